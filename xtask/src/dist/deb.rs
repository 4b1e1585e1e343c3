//! The package for Debian and its like, by `dpkg-deb`.

use std::path::Path;
use std::process::Command;

use super::compile::Architecture;
use super::files::put;
use super::release::{DESCRIPTION, Release, SUMMARY};
use super::tree::{Tree, gzip};
use crate::sh::{self, Error};

/// What lintian may not complain about: static is what the program is meant to be.
const OVERRIDES: &str = "bootkey: statically-linked-binary [usr/bin/bootkey]\n";

/// Makes the package in `output`, in a directory of its own in `work`.
pub(crate) fn write(
    work: &Path,
    output: &Path,
    release: &Release,
    architecture: Architecture,
    system: &Tree,
) -> Result<(), Error> {
    let tree = contents(release, system)?;
    let dir = work.join("deb");
    tree.write(&dir)?;
    let sums = sums(&dir, &tree)?;
    let control = control(release, architecture, &tree);
    let meta = dir.join("DEBIAN");
    std::fs::create_dir(&meta).map_err(Error::io(&meta))?;
    put(&meta.join("control"), control.as_bytes())?;
    put(&meta.join("md5sums"), sums.as_bytes())?;
    let name = format!("bootkey_{}-1_{}.deb", release.version, architecture.debian());
    let mut deb = Command::new("dpkg-deb");
    // More threads would cut the archive into blocks.
    deb.args(["--root-owner-group", "--threads-max=1", "-Zxz", "--build"])
        .arg(&dir)
        .arg(output.join(name))
        .env("SOURCE_DATE_EPOCH", release.time.to_string());
    sh::run(&mut deb)
}

/// The files, with those that Debian wants of every package.
fn contents(release: &Release, system: &Tree) -> Result<Tree, Error> {
    let doc = "usr/share/doc/bootkey";
    let mut tree = Tree::default();
    for (path, file) in &system.0 {
        match path.strip_prefix(doc).map(|p| p.trim_start_matches('/')) {
            Some("CHANGELOG.md") => tree.add(&format!("{doc}/changelog.gz"), &gzip(&file.1)),
            // Both are in `copyright`, the second by reference, as it is on every Debian.
            Some("LICENSE-MIT" | "LICENSE-APACHE") => {}
            Some("THIRD-PARTY.txt") => {
                tree.add(&format!("{doc}/THIRD-PARTY.txt.gz"), &gzip(&file.1))
            }
            _ => {
                tree.0.insert(path.clone(), file.clone());
            }
        }
    }
    let mit = system.0.get(&format!("{doc}/LICENSE-MIT")).map(|(_, bytes)| bytes.as_slice());
    let mit = String::from_utf8_lossy(mit.unwrap_or_default());
    tree.add(&format!("{doc}/copyright"), copyright(&release.licence, &mit).as_bytes());
    let changes = format!(
        "bootkey ({}-1) unstable; urgency=medium\n\n  * Release {0}: see changelog.gz.\n\n -- {}  {}\n",
        release.version,
        release.maintainer,
        release.date("+%a, %d %b %Y %H:%M:%S %z")?
    );
    tree.add(&format!("{doc}/changelog.Debian.gz"), &gzip(changes.as_bytes()));
    tree.add("usr/share/lintian/overrides/bootkey", OVERRIDES.as_bytes());
    Ok(tree)
}

/// <https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/>
fn copyright(licence: &str, mit: &str) -> String {
    let indented =
        |line: &str| if line.is_empty() { " .\n".to_owned() } else { format!(" {line}\n") };
    let mit: String = mit.trim_end().lines().map(indented).collect();
    let licence = licence.replace(" OR ", " or ").replace("MIT", "Expat");
    format!(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: bootkey
Comment: The crates that are compiled in have their licences in THIRD-PARTY.txt.gz.

Files: *
Copyright: 2026 The bootkey authors
License: {licence}

License: Expat
{mit}
License: Apache-2.0
 On Debian systems, the text of the Apache License, version 2.0, is in
 /usr/share/common-licenses/Apache-2.0.
"
    )
}

fn control(release: &Release, architecture: Architecture, tree: &Tree) -> String {
    let kib: usize = tree.0.values().map(|(_, bytes)| bytes.len().div_ceil(1024)).sum();
    let description: String = DESCRIPTION.map(|line| format!(" {line}\n")).concat();
    format!(
        "Package: bootkey
Version: {}-1
Architecture: {}
Maintainer: {}
Installed-Size: {kib}
Recommends: grub-common
Suggests: grub-pc-bin, grub-efi-amd64-bin, qemu-system-x86, ovmf
Section: admin
Priority: optional
Description: {SUMMARY}
{description}",
        release.version,
        architecture.debian(),
        release.maintainer,
    )
}

/// The list by which `dpkg --verify` sees what was changed, in the tree's order.
fn sums(dir: &Path, tree: &Tree) -> Result<String, Error> {
    sh::answer(Command::new("md5sum").current_dir(dir).arg("--").args(tree.0.keys()))
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::example;
    use super::*;

    #[test]
    fn dpkg_reads_what_was_written_and_twice_it_is_the_same() {
        if testbench::oracle("dpkg-deb").is_none() {
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            let out = dir.path().join(name);
            std::fs::create_dir(&out).unwrap();
            let work = dir.path().join(format!("{name}-work"));
            write(&work, &out, &Release::example(), Architecture::Aarch64, &example()).unwrap();
            out.join("bootkey_1.2.3-1_arm64.deb")
        };
        let (one, two) = (make("one"), make("two"));
        assert_eq!(std::fs::read(&one).unwrap(), std::fs::read(two).unwrap());
        let ask =
            |args: &[&str]| sh::answer(Command::new("dpkg-deb").args(args).arg(&one)).unwrap();
        let fields = ask(&["-f"]);
        assert!(
            fields.contains("Package: bootkey\nVersion: 1.2.3-1\nArchitecture: arm64\n"),
            "{fields}"
        );
        let files = ask(&["-c"]);
        for name in ["usr/bin/bootkey", "man1/bootkey.1.gz", "changelog.Debian.gz", "copyright"] {
            assert!(
                files.lines().any(|l| l.contains("root/root") && l.ends_with(name)),
                "{name}: {files}"
            );
        }
    }
}
