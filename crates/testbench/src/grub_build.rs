//! GRUB of other releases of Debian: its files for every platform, and its programs to compare
//! with. They are unpacked into the user's cache and never installed.
//!
//! ```text
//! $XDG_CACHE_HOME/bootkey-testbench/grub/trixie/
//! ├─ usr/lib/grub/{i386-pc,x86_64-efi,i386-efi,arm64-efi}/
//! ├─ usr/bin/grub-mkimage
//! └─ usr/lib/x86_64-linux-gnu/         the C library and loader that it was built for
//! ```
//!
//! `cargo xtask setup` fetches them; a test never does.

use std::path::PathBuf;
use std::process::Command;

use crate::debian::{Release, unpacked};
use crate::{FixtureError, missing};

/// The releases, each with another version of GRUB: 2.06, 2.12, 2.14.
pub const GRUB_SUITES: [&str; 3] = ["bookworm", "trixie", "forky"];

const PACKAGES: &[&str] = &[
    "grub-common",
    "grub2-common",
    "grub-pc-bin",
    "grub-efi-amd64-bin",
    "grub-efi-ia32-bin",
    "grub-efi-arm64-bin:arm64",
    // what the programs are linked with
    "libc6",
    "libcap2",
    "libdevmapper1.02.1",
    "liblzma5",
    "libpcre2-8-0",
    "libselinux1",
    "libudev1",
];

/// The GRUB of a release.
#[derive(Debug, Clone)]
pub struct GrubBuild {
    root: PathBuf,
}

/// The GRUB of a release of Debian, if it was fetched. `None` means: skip the test; the skip is
/// noted for the summary.
///
/// # Panics
/// When it was not fetched and `BOOTKEY_REQUIRE_ORACLES=1`.
#[track_caller]
pub fn grub_build(suite: &str) -> Option<GrubBuild> {
    if let Some(build) = cached(suite) {
        return Some(build);
    }
    missing(&format!("GRUB of Debian's {suite}, for which there is `cargo xtask setup`"));
    None
}

fn cached(suite: &str) -> Option<GrubBuild> {
    Some(GrubBuild { root: unpacked(&place(suite))? })
}

/// The releases whose GRUB [`fetch_grub_build`] has not fetched yet.
pub fn missing_grub_builds() -> Vec<&'static str> {
    GRUB_SUITES.into_iter().filter(|suite| cached(suite).is_none()).collect()
}

impl GrubBuild {
    /// The directory with the files of a platform: `i386-pc`, `x86_64-efi` …
    pub fn directory(&self, platform: &str) -> PathBuf {
        self.root.join("usr/lib/grub").join(platform)
    }

    /// A command that starts one of its programs (`usr/bin/grub-mkimage`), in the C locale.
    pub fn program(&self, path: &str) -> Command {
        let libraries = ["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu"];
        let libraries = libraries.map(|dir| self.root.join(dir));
        let loader = libraries.iter().map(|dir| dir.join("ld-linux-x86-64.so.2"));
        let loader = loader.into_iter().find(|l| l.is_file()).unwrap_or_else(|| "false".into());
        let [first, second] = libraries.map(|dir| dir.display().to_string());
        let mut command = Command::new(loader);
        command.args(["--library-path", &format!("{first}:{second}")]).arg(self.root.join(path));
        command.env("LC_ALL", "C").stdin(std::process::Stdio::null());
        command
    }
}

/// Fetches the GRUB of one release into the cache.
///
/// # Errors
/// When there is no apt, no mirror of Debian's among its sources, or a step of it fails.
pub fn fetch_grub_build(suite: &str) -> Result<(), FixtureError> {
    Release::open(suite)?.unpack(PACKAGES, &place(suite))
}

/// The name of a release's directory in the cache.
fn place(suite: &str) -> String {
    format!("grub/{suite}")
}
