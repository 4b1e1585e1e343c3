//! The ISO that Debian's `fai-cd` makes, with its own menu, of a small system for automatic
//! installations.

use std::path::Path;
use std::process::Command;

use crate::sh::{self, Error};

/// The name of the ISO.
pub(crate) const ISO: &str = "fai-cd.iso";

const SUITE: &str = "bookworm";
/// The name of the program that needs root, for the message where there is no sudo.
const WHAT: &str = "fai-cd";
const BY_HAND: &str = "cargo xtask isos --makers";
/// The boot menu, which the package has, and which fai-cd puts into GRUB's core images.
const MENU: &str = "/etc/fai/grub.cfg";

/// The packages of the system besides those of the smallest Debian and of FAI.
const PACKAGES: &str = "\
PACKAGES install-norec
dracut dracut-config-generic dracut-network live-boot- initramfs-tools-
sysvinit-core systemd-sysv- sysvinit-utils
dosfstools psmisc procps kmod udev zstd xz-utils curl less lvm2 dialog

PACKAGES install-norec AMD64
grub-pc
grub-efi-amd64-bin
linux-image-amd64
";

/// Makes the ISO, as root. This takes ten minutes and 300 MB of packages.
///
/// # Errors
/// When FAI or root's rights are missing, or it fails.
pub(crate) fn make(out: &Path) -> Result<(), Error> {
    sh::need(&[
        ("fai-make-nfsroot", "fai-server"),
        ("fai-cd", "fai-server"),
        ("debootstrap", "debootstrap"),
        ("mksquashfs", "squashfs-tools"),
    ])?;
    let work = out.with_extension("work");
    sh::remove_as_root(&work, WHAT, BY_HAND)?; // of a run that was broken off
    let made = build(&work, out);
    sh::remove_as_root(&work, WHAT, BY_HAND)?;
    made
}

fn build(work: &Path, out: &Path) -> Result<(), Error> {
    let settings = work.join("etc");
    for dir in ["etc/apt", "config/class"] {
        let dir = work.join(dir);
        std::fs::create_dir_all(&dir).map_err(Error::io(&dir))?;
    }
    let at = work.display();
    let mirror = testbench::debian_mirror()
        .ok_or_else(|| Error::Missing("a mirror of Debian's among apt's sources".into()))?;
    let nfsroot = format!(
        "FAI_DEBOOTSTRAP=\"{SUITE} {mirror}\"\nFAI_DEBOOTSTRAP_OPTS=--variant=minbase\n\
         FAI_ROOTPW='*'\nNFSROOT='{at}/nfsroot'\nTFTPROOT='{at}/tftp'\nNFSROOT_HOOKS=\n\
         FAI_CONFIGDIR='{at}/config'\n"
    );
    let sources = format!("deb {mirror} {SUITE} main\n");
    for (name, text) in [
        ("nfsroot.conf", &*nfsroot),
        ("fai.conf", ""),
        ("NFSROOT", PACKAGES),
        ("apt/sources.list", &sources),
    ] {
        let file = settings.join(name);
        std::fs::write(&file, text).map_err(Error::io(&file))?;
    }
    let menu = settings.join("grub.cfg");
    std::fs::copy(MENU, &menu).map_err(Error::io(Path::new(MENU)))?;
    let settings = settings.display().to_string();
    // Small, packed by zstd, for any machine, with these settings in place of /etc/fai.
    sh::run(&mut as_root(&["fai-make-nfsroot", "-s", "-z", "-g", "-C", &settings])?)?;
    let iso = work.join(ISO);
    let words = ["fai-cd", "-f", "-M", "-C", &settings, &iso.display().to_string()];
    sh::run(&mut as_root(&words)?)?;
    sh::put(&iso, out)
}

/// A command that root runs.
fn as_root(words: &[&str]) -> Result<Command, Error> {
    sh::as_root(words, WHAT, BY_HAND)
}
