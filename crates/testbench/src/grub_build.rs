//! GRUB as other releases of Debian ship it: its files for every platform, and its programs to
//! compare with, unpacked into the user's cache and never installed.
//!
//! ```text
//! $XDG_CACHE_HOME/bootkey-testbench/grub/trixie/
//! ├─ usr/lib/grub/{i386-pc,x86_64-efi,i386-efi,arm64-efi}/
//! ├─ usr/bin/grub-mkimage
//! └─ usr/lib/x86_64-linux-gnu/         the C library and loader that it was built for
//! ```
//!
//! `cargo xtask setup` fetches them with apt, from the mirror that this system uses, with its keys
//! and a private state of apt's. A test never fetches.

use std::path::{Path, PathBuf};
use std::process::Command;

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

/// Only the lists of packages, and none of the hooks that a system attaches.
const CONFIG: &str = r#"
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear Acquire::IndexTargets;
Acquire::IndexTargets::deb::Packages {
  MetaKey "$(COMPONENT)/binary-$(ARCHITECTURE)/Packages";
  ShortDescription "Packages";
  Description "$(RELEASE)/$(COMPONENT) $(ARCHITECTURE) Packages";
};
Acquire::Languages "none";
APT::Architecture "amd64";
APT::Architectures { "amd64"; "arm64"; };
APT::Sandbox::User "root";
"#;

/// One release's GRUB.
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
    let root = cache()?.join(suite);
    root.is_dir().then_some(GrubBuild { root })
}

/// The releases that [`fetch_grub_build`] has not brought yet.
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
    let failed = |reason: &str| FixtureError::Fetch {
        what: format!("GRUB of Debian's {suite}"),
        reason: reason.to_owned(),
    };
    let cache = cache().ok_or_else(|| failed("neither XDG_CACHE_HOME nor HOME says where to"))?;
    std::fs::create_dir_all(&cache).map_err(FixtureError::io(&cache))?;
    let work = tempfile::tempdir_in(&cache).map_err(FixtureError::io(&cache))?;
    let at = |name: &str| work.path().join(name);
    let dirs = ["state/lists/partial", "cache/archives/partial", "debs", "root"].map(at);
    for dir in &dirs {
        std::fs::create_dir_all(dir).map_err(FixtureError::io(dir))?;
    }
    let [.., debs, root] = &dirs;
    let mirror = mirror().ok_or_else(|| failed("apt's sources name no mirror of Debian"))?;
    let key = "/usr/share/keyrings/debian-archive-keyring.gpg";
    let sources = format!("deb [signed-by={key}] {mirror} {suite} main\n");
    for (name, text) in [("sources", &*sources), ("status", ""), ("apt.conf", CONFIG)] {
        std::fs::write(at(name), text).map_err(FixtureError::io(&at(name)))?;
    }
    let apt = |words: &[&str]| {
        let mut command = Command::new("apt-get");
        command.arg("-q").arg("-c").arg(at("apt.conf")).current_dir(debs).env("LC_ALL", "C");
        for (option, path) in [
            ("Dir::State", "state"),
            ("Dir::State::lists", "state/lists"),
            ("Dir::State::status", "status"),
            ("Dir::Cache", "cache"),
            ("Dir::Etc::SourceList", "sources"),
            ("Dir::Etc::SourceParts", "none"),
        ] {
            command.arg("-o").arg(format!("{option}={}", at(path).display()));
        }
        command.args(words);
        finish(&mut command).map_err(|reason| failed(&reason))
    };
    apt(&["update"])?;
    apt(&[&["download"], PACKAGES].concat())?;
    for entry in std::fs::read_dir(debs).map_err(FixtureError::io(debs))? {
        let deb = entry.map_err(FixtureError::io(debs))?.path();
        finish(Command::new("dpkg-deb").arg("-x").arg(deb).arg(root)).map_err(|e| failed(&e))?;
    }
    // Last, so that a directory under this name is whole.
    let place = cache.join(suite);
    std::fs::rename(root, &place).map_err(FixtureError::io(&place))
}

fn finish(command: &mut Command) -> Result<(), String> {
    let out = command.stdin(std::process::Stdio::null()).output();
    let out = out.map_err(|e| format!("{}: {e}", command.get_program().display()))?;
    if out.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&out.stderr);
    Err(format!("{}, {}: {said}", command.get_program().display(), out.status))
}

/// Where this system gets Debian's packages from.
fn mirror() -> Option<String> {
    let format = ["indextargets", "--format", "$(ORIGIN) $(LABEL) $(REPO_URI)"];
    let out = Command::new("apt-get").args(format).arg("Created-By: Packages").output().ok()?;
    let text = String::from_utf8_lossy(&out.stdout);
    text.lines().find_map(|line| line.strip_prefix("Debian Debian ")).map(str::to_owned)
}

fn cache() -> Option<PathBuf> {
    let xdg = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let base = xdg.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cache")));
    Some(base?.join("bootkey-testbench/grub"))
}
