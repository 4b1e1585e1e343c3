//! The rescue key of Debian's own packages: every byte of it is accounted for, and each origin that
//! `explain` names is a file of the package that it should be from, by what `dpkg-deb` unpacks.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use testbench::{Oracle, missing, oracle, run};
use tests::{Room, files_below, sha256};

/// The packages that the key is made of, unpacked by `dpkg-deb`.
struct Unpacked {
    /// The directory of each package, by its name.
    dirs: BTreeMap<String, PathBuf>,
    versions: BTreeMap<String, String>,
}

impl Unpacked {
    /// All packages in a cache of bootkey's.
    fn of(cache: &Path, to: &Path, dpkg_deb: &Oracle) -> Self {
        fs::create_dir(to).unwrap();
        let (mut dirs, mut versions) = (BTreeMap::new(), BTreeMap::new());
        let is_deb = |path: &&PathBuf| path.extension().is_some_and(|e| e == "deb");
        for deb in files_below(cache).values().filter(is_deb) {
            let deb = deb.to_str().unwrap();
            let field = |name: &str| {
                let said = dpkg_deb.run(["-f", deb, name]).expect_success("dpkg-deb -f");
                said.stdout.trim().to_owned()
            };
            let (name, dir) = (field("Package"), to.join(field("Package")));
            dpkg_deb.run(["-x", deb, dir.to_str().unwrap()]).expect_success("dpkg-deb -x");
            versions.insert(name.clone(), field("Version"));
            dirs.insert(name, dir);
        }
        Self { dirs, versions }
    }

    /// The file that the source of a range is, and the version of its package.
    fn file(&self, source: &Value) -> Option<(PathBuf, Option<&str>)> {
        let name = source["name"].as_str()?;
        let in_package = |package: &str, path: &str| {
            let (dir, version) = (self.dirs.get(package)?, self.versions.get(package)?);
            Some((dir.join(path), Some(&**version)))
        };
        if let Some((file, platform)) = name.split_once(" of GRUB for ") {
            let package = match platform {
                "i386-pc" => "grub-pc-bin",
                "x86_64-efi" => "grub-efi-amd64-bin",
                _ => return None,
            };
            return in_package(package, &format!("usr/lib/grub/{platform}/{file}"));
        }
        let versionless = |(path, _)| (path, None);
        match (name, source["package"].as_str()) {
            ("GRUB's font", None) => {
                in_package("grub-common", "usr/share/grub/unicode.pf2").map(versionless)
            }
            ("memdisk", None) => {
                in_package("syslinux-common", "usr/lib/syslinux/memdisk").map(versionless)
            }
            (iso, Some(package)) => {
                let all = files_below(self.dirs.get(package)?);
                let path = all.keys().find(|path| path.ends_with(iso))?;
                in_package(package, path.to_str().unwrap())
            }
            _ => None,
        }
    }
}

/// What is wrong with the origins of a key.
fn wrong(explained: &Value, image: &[u8], packages: &Unpacked) -> BTreeSet<String> {
    let mut wrong = BTreeSet::new();
    let number = |value: &Value| value.as_u64().unwrap() as usize;
    let mut digests: BTreeMap<PathBuf, String> = BTreeMap::new();
    for range in explained["ranges"].as_array().unwrap() {
        let (source, kind) = (&range["source"], range["kind"].as_str().unwrap());
        let name = source["name"].as_str().unwrap_or_default();
        match kind {
            "copied" | "patched" => {}
            // Put together of files that lie on the key, too.
            "built" => continue,
            _ if source.is_null() => continue,
            _ => panic!("{range:#}"),
        }
        let Some((path, version)) = packages.file(source) else {
            wrong.insert(format!("{name} is in no package"));
            continue;
        };
        if source["version"].as_str() != version {
            wrong.insert(format!("{name} has the version {version:?}"));
        }
        let digest = digests.entry(path.clone()).or_insert_with(|| sha256(&path));
        if source["sha256"].as_str() != Some(digest) {
            wrong.insert(format!("{name} has the SHA-256 {digest}"));
        }
        let (at, len) = (number(&range["offset"]), number(&range["len"]));
        let from = number(&source["offset"]);
        let there = fs::read(&path).unwrap();
        if kind == "copied" && there.get(from..from + len) != Some(&image[at..at + len]) {
            wrong.insert(format!("{name} has other bytes"));
        }
    }
    wrong
}

#[test]
fn every_byte_of_the_rescue_key_is_accounted_for_and_its_origins_are_in_the_packages() {
    let (Some(room), Some(dpkg_deb)) = (Room::new(), oracle("dpkg-deb")) else { return };
    let Some(_) = oracle("apt-get") else { return };
    let images = Path::new(env!("CARGO_MANIFEST_DIR")).join("../images/rescue.toml");
    let spec = fs::read_to_string(images).unwrap();
    room.text("rescue.toml", &spec.replace("[isos]\n", "[isos]\nchecksums = true\n"));
    let home = room.path("home");
    fs::create_dir(&home).unwrap();
    let bootkey = |args: &[&str]| {
        let mut command = Command::new(room.path("bootkey"));
        command.args(args).current_dir(room.path("")).env("HOME", &home);
        run(command.env_remove("XDG_CACHE_HOME"))
    };
    let fetched = bootkey(&["fetch", "rescue.toml"]);
    if fetched.status == Some(5) {
        return missing("package registry");
    }
    fetched.expect_success("bootkey fetch");
    bootkey(&["build", "rescue.toml", "-o", "key.img"]).expect_success("bootkey build");
    let packages = home.join(".cache/bootkey/packages");
    let packages = Unpacked::of(&packages, &room.path("unpacked"), &dpkg_deb);

    let ran = bootkey(&["explain", "--json", "key.img"]).expect_success("bootkey explain");
    let explained: Value = serde_json::from_str(&ran.stdout).unwrap();
    let image = fs::read(room.path("key.img")).unwrap();
    let (mut end, mut kinds) = (0, BTreeMap::new());
    for range in explained["ranges"].as_array().unwrap() {
        assert_eq!(range["offset"], end, "{range:#}");
        let (at, len) = (end as usize, range["len"].as_u64().unwrap());
        end += len;
        let kind = range["kind"].as_str().unwrap();
        *kinds.entry(kind).or_insert(0) += len;
        let zeros = image[at..end as usize].iter().all(|byte| *byte == 0);
        assert!(zeros || !matches!(kind, "zeros" | "slack" | "unclaimed"), "{range:#}");
        assert_ne!(kind, "unknown", "{range:#}");
    }
    assert_eq!(end, image.len() as u64, "all of it: {kinds:?}");
    assert_eq!(wrong(&explained, &image, &packages), BTreeSet::new());
    let names: BTreeSet<_> = explained["ranges"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|range| range["source"]["package"].as_str())
        .collect();
    assert_eq!(names, BTreeSet::from(["grub-rescue-pc", "ipxe", "memtest86+"]));

    // Tamper: a byte of a file in a package, and another version of one.
    let module = packages.dirs["grub-pc-bin"].join("usr/lib/grub/i386-pc/normal.mod");
    testbench::flip(&module, 1000, 1);
    let found = wrong(&explained, &image, &packages);
    let name = "normal.mod of GRUB for i386-pc";
    let expected =
        [format!("{name} has the SHA-256 {}", sha256(&module)), format!("{name} has other bytes")];
    assert_eq!(found, expected.into());
    testbench::flip(&module, 1000, 1);
    let mut packages = packages;
    packages.versions.insert("memtest86+".to_owned(), "0".to_owned());
    let found = wrong(&explained, &image, &packages);
    let is_version = |wrong: &String| wrong.ends_with("has the version Some(\"0\")");
    assert!(found.len() == 1 && found.iter().all(is_version), "{found:?}");
}
