//! The ISO of a small Debian live system as its makers make it: by live-build, with that program's
//! own boot menus and layout.

use std::path::Path;
use std::process::Command;

use crate::live;
use crate::sh::{self, Error};

/// The path of the ISO, where boot tests look for it.
const ISO: &str = "target/isos/debian-12-live.iso";
/// The name of the program that needs root, for the message where there is no sudo.
const WHAT: &str = "live-build";
const BY_HAND: &str = "cargo xtask isos --live";

/// The settings that differ from live-build's own: all that takes time and that no test needs is
/// left out, and the system is packed by the codec that is the fastest to unpack under emulation.
const SETTINGS: &[&str] = &[
    "--mode=debian",
    // Its own, and one more: QEMU before 8.0 translates a program anew for each address that it is
    // loaded at, and needs minutes for a page of memory that had thousands of translations.
    "--bootappend-live=boot=live components quiet splash norandmaps",
    "--distribution=bookworm",
    "--architectures=amd64",
    "--archive-areas=main",
    "--security=false",
    "--updates=false",
    "--apt-recommends=false",
    "--apt-indices=false",
    "--cache=false",
    "--memtest=none",
    "--firmware-chroot=false",
    "--firmware-binary=false",
    "--zsync=false",
    "--checksums=sha256",
    "--debootstrap-options=--variant=minbase",
    "--chroot-squashfs-compression-type=zstd",
    "--chroot-squashfs-compression-level=3",
];

/// The packages of the live system besides those of the smallest Debian. live-build's own list has
/// live-config, too, whose scripts take half of a start under emulation, and nothing of a key.
const PACKAGES: &str = "live-boot systemd-sysv zstd\n";

/// Whether the ISO was made before.
pub(crate) fn is_there() -> bool {
    sh::root().join(ISO).is_file()
}

/// Makes the ISO, as root. This takes some minutes and 400 MB of packages.
///
/// # Errors
/// When live-build or root's rights are missing, or it fails.
pub(crate) fn make() -> Result<(), Error> {
    sh::need(&[("lb", "live-build"), ("debootstrap", "debootstrap")])?;
    let out = sh::root().join(ISO);
    let dir = out.parent().unwrap_or(Path::new(ISO));
    std::fs::create_dir_all(dir).map_err(Error::io(dir))?;
    let work = out.with_extension("work");
    sh::remove_as_root(&work, WHAT, BY_HAND)?; // of a run that was broken off
    std::fs::create_dir_all(&work).map_err(Error::io(&work))?;
    let made = build(&work, &out);
    sh::remove_as_root(&work, WHAT, BY_HAND)?;
    made
}

fn build(work: &Path, out: &Path) -> Result<(), Error> {
    sh::run(Command::new("lb").arg("config").args(SETTINGS).current_dir(work))?;
    let list = work.join("config/package-lists/live.list.chroot");
    std::fs::write(&list, PACKAGES).map_err(Error::io(&list))?;
    let dpkg = work.join("config/includes.chroot_before_packages/etc/dpkg/dpkg.cfg.d");
    std::fs::create_dir_all(&dpkg).map_err(Error::io(&dpkg))?;
    let less = dpkg.join("less");
    let options: String = live::without_drivers().map(|option| option + "\n").collect();
    std::fs::write(&less, options).map_err(Error::io(&less))?;
    sh::run(as_root(&["lb", "build"])?.current_dir(work))?;
    let made = work.join("live-image-amd64.hybrid.iso");
    std::fs::rename(&made, out).map_err(Error::io(&made))?;
    let size = std::fs::metadata(out).map_err(Error::io(out))?.len();
    println!("{ISO}: {size} bytes");
    Ok(())
}

/// A command that root runs.
fn as_root(words: &[&str]) -> Result<Command, Error> {
    sh::as_root(words, WHAT, BY_HAND)
}
