//! From a short description of an ISO's tree to an ISO, to its facts, to who recognises it.
//!
//! `tests/trees/*.toml` say what is in an ISO of a kind: its label, the names of its files, its boot
//! loaders' configurations, the names in its initrds. Here they are made into real ISO files and
//! probed; `tests/facts/described` has what comes out. `INSTA_UPDATE=always` writes those anew.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests read and write files
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use boot_recipes::{Available, Catalogue, Verdict};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use testbench::Iso;

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Tree {
    /// The recipe that decides.
    expect: String,
    label: String,
    disk_info: Option<String>,
    /// Neither Rock Ridge nor Joliet.
    #[serde(default)]
    plain: bool,
    /// Files of which only the name matters.
    #[serde(default)]
    files: Vec<String>,
    /// Kernels for 64-bit PCs, and for 64-bit ARM.
    #[serde(default)]
    kernels: Vec<String>,
    #[serde(default)]
    arm_kernels: Vec<String>,
    #[serde(default)]
    configs: BTreeMap<String, String>,
    /// The names in them, of empty files.
    #[serde(default)]
    initrds: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    unified: BTreeMap<String, Unified>,
}

/// A unified kernel image.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Unified {
    name: String,
    cmdline: String,
    /// The names in its initrd.
    initrd: Vec<String>,
}

impl Tree {
    /// `None` if it has an EFI image and no tool to make one is there.
    fn iso(&self) -> Option<Iso> {
        let mut iso = Iso::new(&self.label);
        if self.plain {
            iso = iso.plain();
        }
        let mut files: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
        files.extend(self.files.iter().map(|f| (f.as_str(), b"\n".to_vec())));
        files.extend(self.kernels.iter().map(|f| (f.as_str(), bzimage())));
        files.extend(self.arm_kernels.iter().map(|f| (f.as_str(), arm64_image())));
        files.extend(self.configs.iter().map(|(f, text)| (f.as_str(), text.clone().into_bytes())));
        files.extend(self.initrds.iter().map(|(f, names)| (f.as_str(), initrd(names))));
        files.extend(self.unified.iter().map(|(f, unified)| (f.as_str(), unified.program())));
        files.extend(self.disk_info.iter().map(|t| ("/.disk/info", t.clone().into_bytes())));
        // `/efi.img:/x` lies in an EFI image, as the facts name it.
        let mut images: BTreeMap<&str, Vec<(&str, Vec<u8>)>> = BTreeMap::new();
        for (path, bytes) in files {
            match path.split_once(':') {
                Some((image, inside)) => images.entry(image).or_default().push((inside, bytes)),
                None => iso = iso.file(path.trim_start_matches('/'), bytes),
            }
        }
        for (path, files) in images {
            let image = testbench::efi_programs::fat_image(&files)?;
            iso = iso.file(path.trim_start_matches('/'), image);
        }
        Some(iso)
    }
}

impl Unified {
    fn program(&self) -> Vec<u8> {
        let release = format!("PRETTY_NAME=\"{}\"\n", self.name);
        testbench::efi_programs::with_sections(&[
            (".osrel", release.as_bytes()),
            (".cmdline", self.cmdline.as_bytes()),
            (".initrd", &initrd(&self.initrd)),
            (".linux", &bzimage()),
        ])
    }
}

/// The header of a kernel for x86_64: <https://docs.kernel.org/arch/x86/boot.html>.
fn bzimage() -> Vec<u8> {
    let mut image = vec![0; 1024];
    image[0x1fe..0x200].copy_from_slice(&[0x55, 0xaa]);
    image[0x202..0x208].copy_from_slice(b"HdrS\x0f\x02");
    image[0x236] = 1;
    image
}

/// The header of a kernel for ARM64: <https://docs.kernel.org/arch/arm64/booting.html>.
fn arm64_image() -> Vec<u8> {
    let mut image = vec![0; 64];
    image[56..60].copy_from_slice(b"ARM\x64");
    image
}

fn initrd(names: &[String]) -> Vec<u8> {
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    testbench::raw_iso::cpio(&files)
}

fn trees() -> BTreeMap<String, Tree> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/trees");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .map(|path: PathBuf| {
            let text = std::fs::read_to_string(&path).unwrap();
            let tree = toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), tree)
        })
        .collect()
}

#[test]
fn trees_give_the_facts_in_described() {
    let update = std::env::var("INSTA_UPDATE").is_ok_and(|u| u == "always");
    let catalogue = Catalogue::builtin();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.iso");
    let mut wrong = Vec::new();
    for (name, tree) in trees() {
        let Some(iso) = tree.iso() else { continue };
        iso.write(&path).unwrap_or_else(|e| panic!("{name}: {e}"));
        let file = std::fs::File::open(&path).unwrap();
        let size = file.metadata().unwrap().len();
        let mut image =
            iso_probe::IsoImage::open(file, size).unwrap_or_else(|e| panic!("{name}: {e}"));
        image.read_initrds().unwrap();
        let facts = image.into_facts();
        let text = serde_json::to_string_pretty(&facts).unwrap() + "\n";
        let described = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(format!("tests/facts/described/{name}.json"));
        if update {
            std::fs::write(&described, &text).unwrap();
        }
        if std::fs::read_to_string(&described).ok() != Some(text) {
            wrong.push(format!("{name}: the facts are not those in {}", described.display()));
        }
        let verdict = catalogue.recognise(&facts, &name, &Available { memdisk: true });
        let recipe = match &verdict {
            Verdict::Boots(found) => &found.recipe,
            Verdict::Refused { recipe, .. } => recipe,
        };
        if *recipe != tree.expect {
            wrong.push(format!("{name}: {} expected, {recipe} decides", tree.expect));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
