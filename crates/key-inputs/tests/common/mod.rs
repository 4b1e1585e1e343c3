//! Packages of GRUB made by the tests, with as few files as suffice.
#![allow(dead_code, unused_imports)] // each test program uses a part of it

mod machine;

use key_inputs::{Environment, OpenedFiles};
pub use machine::Machine;
use std::fs;
use std::path::{Path, PathBuf};
use testbench::Gpg;
pub use testbench::deb_packages::*;
pub use testbench::debian_archive::{Archive, Suite};

/// The environment of a machine in `dir`, below `home` and `root`, with nothing in them.
pub fn environment(dir: &Path) -> Environment {
    Environment {
        home: Some(dir.join("home")),
        xdg_cache_home: None,
        mirrors: Vec::new(),
        snapshot: Some(String::new()),
        locked: None,
        network: Some(Default::default()),
        not_reached: Default::default(),
        now: NOW,
        root: dir.join("root"),
        source_date_epoch: None,
        opened: OpenedFiles::default(),
    }
}

/// The files that a BIOS's GRUB must have, with contents that name the build.
pub fn grub_files(build: &str) -> Vec<(String, Vec<u8>)> {
    platform_files("i386-pc", build)
}

/// The files that a platform's GRUB must have. Those for EFI lack what only a BIOS needs.
pub fn platform_files(platform: &str, build: &str) -> Vec<(String, Vec<u8>)> {
    let (cpu, firmware) = platform.split_once('-').unwrap();
    let modinfo = format!(
        "#!/bin/bash\ngrub_modinfo_target_cpu={cpu}\ngrub_modinfo_platform={firmware}\n\
         grub_version=\"2.x\"\ngrub_package_version=\"{build}\"\n"
    );
    let bios: &[&str] = match firmware {
        "pc" => &["boot.img", "diskboot.img", "lzma_decompress.img"],
        _ => &[],
    };
    let mut files: Vec<(String, Vec<u8>)> = bios
        .iter()
        .chain(&["kernel.img", "moddep.lst", "command.lst", "fs.lst", "normal.mod", "ext2.mod"])
        .map(|n| ((*n).to_owned(), format!("{n} of {build} for {platform}").into_bytes()))
        .collect();
    files.push(("modinfo.sh".into(), modinfo.into_bytes()));
    files
}

/// The package grub-pc-bin, with as few files as suffice.
pub fn grub_pc_bin(version: &str) -> Package {
    grub_bin("grub-pc-bin", "i386-pc", version)
        .file("usr/lib/grub/i386-pc/efiemu32.o", "not taken")
        .file("usr/lib/grub/i386-pc/monolithic/x.mod", "not taken")
        .file("usr/lib/grub/sparc64-ieee1275/normal.mod", "not taken")
}

/// A package with a platform's modules.
pub fn grub_bin(name: &str, platform: &str, version: &str) -> Package {
    let files = platform_files(platform, version).into_iter();
    files.fold(Package::new(name, version), |p, (n, b)| {
        p.file(&format!("usr/lib/grub/{platform}/{n}"), b)
    })
}

/// The package grub-common, with as few files as suffice.
pub fn grub_common(version: &str) -> Package {
    Package::new("grub-common", version)
        .file("usr/share/grub/unicode.pf2", format!("font of {version}"))
}

/// The time by which signatures are judged in these tests, and that when they are made.
pub const NOW: u64 = 1_780_358_400;
const SIGNED: &str = "20260601T000000";

/// An archive in a directory, for the suite `test`, which apt's list on the machine names.
#[derive(Debug)]
pub struct Repo {
    gpg: Gpg,
    key: String,
    pub dir: PathBuf,
}

impl Repo {
    /// An archive in `dir`, for the machine whose root is `root`. `None` means: skip the test.
    pub fn new(root: &Path, dir: &Path) -> Option<Self> {
        let gpg = Gpg::new()?;
        let key = gpg.key(SIGNED, "archive", "ed25519", "2y");
        let etc = root.join("etc/apt");
        fs::create_dir_all(&etc).unwrap();
        fs::create_dir_all(dir).unwrap();
        fs::write(root.join("etc/keys.gpg"), gpg.export(&[&key])).unwrap();
        fs::write(root.join("etc/os-release"), "ID=test\nVERSION_CODENAME=test\n").unwrap();
        let list = format!("deb [signed-by=/etc/keys.gpg] file:{} test main\n", dir.display());
        fs::write(etc.join("sources.list"), list).unwrap();
        Some(Self { gpg, key, dir: dir.to_path_buf() })
    }

    /// Publishes packages; those that name no architecture are in the index of each.
    pub fn publish(&self, packages: &[Package]) {
        let mut archive = Archive::default();
        let index = archive.pool(packages);
        let both = ["amd64", "arm64"].map(|arch| archive.index("test", arch, &index));
        self.sign(archive, &both.concat());
    }

    /// Publishes an archive whose suite has these lines about indexes.
    pub fn sign(&self, mut archive: Archive, lines: &str) {
        let date = "Mon, 01 Jun 2026 00:00:00 UTC";
        let suite = Suite { suite: "test", codename: "test", date, more: "" };
        archive.sign("test", &suite.list(lines), &self.gpg, SIGNED, &[&self.key]);
        for (path, bytes) in archive.files {
            let path = self.dir.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }
}
