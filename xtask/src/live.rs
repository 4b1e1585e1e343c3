//! The live system that `cargo xtask isos --live` makes: Debian 12 with live-boot, as small as it
//! boots to a login prompt.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::sh::{self, Error};

/// Where the ISO comes to lie; the boot tests look for it there.
const ISO: &str = "target/isos/debian-12-live.iso";
const SUITE: &str = "bookworm";
const PACKAGES: &str = "linux-image-amd64,live-boot,live-config-systemd,systemd-sysv,zstd";
/// Debian's sources on a machine that runs the same suite; else mmdebstrap's own default.
const SOURCES: &str = "/etc/apt/sources.list.d/debian.sources";

/// The menu that Debian's live ISOs carry, as far as it matters here.
const GRUB_CFG: &str = "\
menuentry 'Live system (amd64)' {
\tlinux /live/vmlinuz boot=live components quiet
\tinitrd /live/initrd.img
}
";

/// Makes the ISO; returns where it is. Some minutes, some 400 MB of packages.
///
/// # Errors
/// When a program that it takes is missing, or fails.
pub(crate) fn make() -> Result<PathBuf, Error> {
    for (program, package) in [("mmdebstrap", "mmdebstrap"), ("mksquashfs", "squashfs-tools")] {
        if sh::find(program).is_none() {
            return Err(Error::Missing(format!("{program} (package {package})")));
        }
    }
    let out = sh::root().join(ISO);
    let dir = out.parent().unwrap_or(Path::new(ISO));
    std::fs::create_dir_all(dir).map_err(Error::io(dir))?;
    let work = dir.join("live-work");
    let _ = std::fs::remove_dir_all(&work); // of a run that was broken off
    std::fs::create_dir_all(&work).map_err(Error::io(&work))?;
    let made = from_packages(&work, &out);
    let _ = std::fs::remove_dir_all(&work);
    made.map(|()| out)
}

fn from_packages(work: &Path, out: &Path) -> Result<(), Error> {
    let root = work.join("root.tar");
    let boot = work.join("boot");
    let squashfs = work.join("filesystem.squashfs");
    let mut bootstrap = Command::new("mmdebstrap");
    bootstrap.args(["--variant=minbase", &format!("--include={PACKAGES}")]);
    // Kernel and initrd lie beside the squashfs, not in it.
    bootstrap.arg(format!("--customize-hook=mkdir -p '{}'", boot.display()));
    bootstrap.arg(format!(
        "--customize-hook=cp \"$1\"/boot/vmlinuz-* '{0}/vmlinuz' && cp \"$1\"/boot/initrd.img-* '{0}/initrd.img'",
        boot.display()
    ));
    bootstrap.arg("--customize-hook=rm \"$1\"/boot/initrd.img-*");
    bootstrap.arg(SUITE).arg(&root);
    if Path::new(SOURCES).is_file() {
        bootstrap.arg(SOURCES);
    }
    sh::run(&mut bootstrap)?;
    let mut squash = Command::new("mksquashfs");
    squash.arg("-").arg(&squashfs).args(["-tar", "-comp", "zstd", "-Xcompression-level", "3"]);
    squash.args(["-quiet", "-no-progress"]);
    squash.stdin(std::fs::File::open(&root).map_err(Error::io(&root))?);
    sh::run(&mut squash)?;
    let part = out.with_extension("iso.part");
    let size = testbench::Iso::new("d-live 12 bootkey")
        .file(".disk/info", "Debian GNU/Linux 12 live, made by bootkey's tests\n")
        .file("boot/grub/grub.cfg", GRUB_CFG)
        .file_from("live/vmlinuz", &boot.join("vmlinuz"))
        .file_from("live/initrd.img", &boot.join("initrd.img"))
        .file_from("live/filesystem.squashfs", &squashfs)
        .write(&part)?;
    std::fs::rename(&part, out).map_err(Error::io(out))?;
    println!("{ISO}: {size} bytes");
    Ok(())
}
