//! Packages of GRUB made by the tests, with as few files as suffice.
#![allow(dead_code, unused_imports)] // each test program uses a part of it

mod machine;

use key_inputs::{Environment, OpenedFiles};
pub use machine::Machine;
use std::path::Path;
pub use testbench::deb_packages::*;

/// The environment of a machine in `dir`, below `home` and `root`, without apt.
pub fn environment(dir: &Path) -> Environment {
    Environment {
        home: Some(dir.join("home")),
        xdg_cache_home: None,
        path: "".into(),
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

/// Publishes packages in `repo`: the files, and the index that apt reads.
pub fn publish(repo: &Path, packages: &[Package]) {
    let mut index = String::new();
    for (i, package) in packages.iter().enumerate() {
        let path = package.write(&repo.join(format!("{i}.deb")));
        let sha256 = packages::Deb::open(&path).unwrap().sha256().unwrap();
        let len = std::fs::metadata(&path).unwrap().len();
        let control = package.control.trim_end();
        index += &format!("{control}\nFilename: ./{i}.deb\nSize: {len}\nSHA256: {sha256}\n\n");
    }
    std::fs::write(repo.join("Packages"), index).unwrap();
}
