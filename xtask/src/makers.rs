//! The ISOs of `cargo xtask isos --makers`: real ones of several makers, for the tests that boot
//! them. Some are in packages of other releases of Debian, some are made by their makers' programs.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::fai;
use crate::live::{self, CLOUD};
use crate::sh::{self, Error};

/// Releases with other versions of what this machine's release has as well.
const SUITES: [&str; 2] = ["trixie", "unstable"];

/// The packages with ISOs: each with the ISO in it, and the name of its copy, before the suite.
const PACKAGED: [(&str, &str, &str); 4] = [
    ("memtest86+", "usr/lib/memtest86+/memtest86+x64.iso", "memtest86plus-x64"),
    ("memtest86+", "usr/lib/memtest86+/memtest86+ia32.iso", "memtest86plus-ia32"),
    ("ipxe", "usr/lib/ipxe/ipxe.iso", "ipxe"),
    ("grub-rescue-pc", "usr/lib/grub-rescue/grub-rescue-cdrom.iso", "grub-rescue"),
];

/// Debian's installers beside the one of text of Debian 12, which [`isos`](crate::isos) makes: each with the
/// package's suite, its directory there, and what its own menu appends for graphics.
const INSTALLERS: [(&str, &str, &str, &str); 3] = [
    ("debian-12-netinstall-gtk.iso", "bookworm", "12/amd64/gtk", GRAPHICS),
    ("debian-13-netinstall.iso", "trixie", "13/amd64/text", ""),
    ("debian-13-netinstall-gtk.iso", "trixie", "13/amd64/gtk", GRAPHICS),
];
const GRAPHICS: &str = " vga=788 --- quiet";

/// The release whose source of Memtest86+ its GRUB ISO is made from.
const MEMTEST_SUITE: &str = "trixie";
const MEMTEST_GRUB: &str = "memtest86plus-grub.iso";

/// Makes or fetches the ISOs of all makers, or only those that are missing.
///
/// # Errors
/// When a package cannot be fetched, or a program is missing or fails.
pub(crate) fn all(missing_only: bool) -> Result<(), Error> {
    let dir = sh::root().join("target/isos");
    std::fs::create_dir_all(&dir).map_err(Error::io(&dir))?;
    let wanted = |name: &str| !(missing_only && dir.join(name).is_file());
    for suite in SUITES {
        packaged(suite, &dir, wanted)?;
    }
    for (name, suite, images, graphics) in INSTALLERS {
        if wanted(name) {
            installer(suite, images, graphics, &dir.join(name))?;
        }
    }
    if wanted(MEMTEST_GRUB) {
        memtest_with_grub(&dir.join(MEMTEST_GRUB))?;
    }
    if !(missing_only && CLOUD.is_there()) {
        live::make(&CLOUD)?;
    }
    if wanted(fai::ISO) {
        fai::make(&dir.join(fai::ISO))?;
    }
    Ok(())
}

/// Copies the ISOs out of a release's packages.
fn packaged(suite: &str, dir: &Path, wanted: impl Fn(&str) -> bool) -> Result<(), Error> {
    let names = PACKAGED.map(|(_, _, name)| format!("{name}-{suite}.iso"));
    if !names.iter().any(|name| wanted(name)) {
        return Ok(());
    }
    let mut packages = PACKAGED.map(|(package, _, _)| package).to_vec();
    packages.dedup();
    let root = testbench::fetched_packages(suite, &packages)?;
    for ((_, iso, _), name) in PACKAGED.iter().zip(&names) {
        sh::put(&root.join(iso), &dir.join(name))?;
    }
    Ok(())
}

/// Makes an installer's ISO of the kernel and the initrd in its package.
fn installer(suite: &str, images: &str, graphics: &str, out: &Path) -> Result<(), Error> {
    let release = images.split('/').next().unwrap_or_default();
    let package = format!("debian-installer-{release}-netboot-amd64");
    let root = testbench::fetched_packages(suite, &[&package])?;
    let files = root.join("usr/lib/debian-installer/images").join(images);
    let files = files.join("debian-installer/amd64");
    let part = out.with_extension("iso.part");
    let menu = format!("{}{graphics}\n", testbench::NETINSTALL_CFG.trim_end());
    let (kernel, initrd) = (files.join("linux"), files.join("initrd.gz"));
    testbench::netinstall(&kernel, &initrd, &menu).write(&part)?;
    std::fs::rename(&part, out).map_err(Error::io(out))
}

/// Makes the ISO on which GRUB starts Memtest86+, as its makers' own build does: a kernel, two
/// menus, and GRUB as the EFI program.
fn memtest_with_grub(out: &Path) -> Result<(), Error> {
    sh::need(&[
        ("make", "make"),
        ("gcc", "gcc"),
        ("xorrisofs", "xorriso"),
        ("mkdosfs", "dosfstools"),
        ("mcopy", "mtools"),
        ("grub-mkimage", "grub-common"),
    ])?;
    let source = testbench::fetched_source(MEMTEST_SUITE, "memtest86+")?;
    let work = out.with_extension("work");
    let _ = std::fs::remove_dir_all(&work); // of a run that was broken off
    sh::run(Command::new("cp").arg("-r").args([&source, &work]))?;
    let build: PathBuf = work.join("build64");
    sh::run(Command::new("make").arg("-C").arg(&build).arg("grub-iso"))?;
    sh::put(&build.join("grub-memtest.iso"), out)?;
    std::fs::remove_dir_all(&work).map_err(Error::io(&work))
}
