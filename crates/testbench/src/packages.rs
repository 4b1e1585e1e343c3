//! Real ISOs and kernels, from Debian's packages or made of them. Each function returns `None` and
//! notes the test's skip when the file is not there.

use std::path::{Path, PathBuf};

use crate::{inapplicable, missing};

/// The directory in which `debian-installer-12-netboot-amd64` has the text installer's kernel and
/// initrd.
pub const INSTALLER_DIR: &str =
    "/usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64";

/// iPXE's ISO (package `ipxe`).
#[track_caller]
pub fn ipxe_iso() -> Option<PathBuf> {
    installed("/usr/lib/ipxe/ipxe.iso", "ipxe")
}

/// GRUB's rescue CD (package `grub-rescue-pc`).
#[track_caller]
pub fn grub_rescue_iso() -> Option<PathBuf> {
    installed("/usr/lib/grub-rescue/grub-rescue-cdrom.iso", "grub-rescue-pc")
}

/// The memory tester's ISO for 64-bit machines (package `memtest86+`).
#[track_caller]
pub fn memtest_iso() -> Option<PathBuf> {
    installed("/usr/lib/memtest86+/memtest86+x64.iso", "memtest86+")
}

/// The Debian 12 text installer's kernel and initrd (package
/// `debian-installer-12-netboot-amd64`).
#[track_caller]
pub fn installer_pair() -> Option<(PathBuf, PathBuf)> {
    let file = |name| {
        let path = Path::new(INSTALLER_DIR).join(name);
        installed(path, "debian-installer-12-netboot-amd64")
    };
    Some((file("linux")?, file("initrd.gz")?))
}

/// A live system that `cargo xtask isos` makes: the ISO of this name in `target/isos`.
#[track_caller]
pub fn live_iso(name: &str) -> Option<PathBuf> {
    let path = made(name);
    if path.is_none() {
        missing(&format!("target/isos/{name}, for which there is `cargo xtask isos --all`,"));
    }
    path
}

/// An ISO of other makers, of this name in `target/isos`. `cargo xtask isos --makers` makes or fetches
/// it, which CI does not.
pub fn makers_iso(name: &str) -> Option<PathBuf> {
    let path = made(name);
    if path.is_none() {
        inapplicable("an ISO of `cargo xtask isos --makers`");
    }
    path
}

fn made(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/isos").join(name);
    path.is_file().then_some(path)
}

#[track_caller]
fn installed(path: impl Into<PathBuf>, package: &str) -> Option<PathBuf> {
    let path = path.into();
    if path.is_file() {
        return Some(path);
    }
    missing(&format!("{} (package `{package}`)", path.display()));
    None
}
