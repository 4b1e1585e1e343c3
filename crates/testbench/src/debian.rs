//! Files of Debian's packages. The packages are fetched with apt from this system's mirror, with
//! the system's keys but a private state, and unpacked into the user's cache, never installed.
//!
//! `cargo xtask setup` fetches; a test never does.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::FixtureError;

/// The configuration for apt: it fetches only the lists of packages, and runs none of the system's
/// hooks.
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
Acquire::IndexTargets::deb-src::Sources {
  MetaKey "$(COMPONENT)/source/Sources";
  ShortDescription "Sources";
  Description "$(RELEASE)/$(COMPONENT) Sources";
};
Acquire::Languages "none";
APT::Architecture "amd64";
APT::Architectures { "amd64"; "arm64"; };
APT::Sandbox::User "root";
"#;

/// A release of Debian, as apt sees it in a directory of its own.
#[derive(Debug)]
pub(crate) struct Release {
    suite: String,
    cache: PathBuf,
    work: TempDir,
}

impl Release {
    /// Fetches the release's list of packages.
    ///
    /// # Errors
    /// When there is no apt, no mirror of Debian's among its sources, or it fails.
    pub(crate) fn open(suite: &str) -> Result<Self, FixtureError> {
        Self::open_list("deb", suite)
    }

    /// Fetches the release's list of source packages, and none of others.
    ///
    /// # Errors
    /// As [`Release::open`].
    pub(crate) fn open_sources(suite: &str) -> Result<Self, FixtureError> {
        Self::open_list("deb-src", suite)
    }

    fn open_list(kind: &str, suite: &str) -> Result<Self, FixtureError> {
        let failed = |reason: &str| FixtureError::Fetch {
            what: format!("Debian's {suite}"),
            reason: reason.to_owned(),
        };
        let cache =
            cache().ok_or_else(|| failed("neither XDG_CACHE_HOME nor HOME says where to"))?;
        std::fs::create_dir_all(&cache).map_err(FixtureError::io(&cache))?;
        let work = tempfile::tempdir_in(&cache).map_err(FixtureError::io(&cache))?;
        let release = Self { suite: suite.to_owned(), cache, work };
        for name in ["state/lists/partial", "cache/archives/partial", "debs", "root"] {
            let dir = release.at(name);
            std::fs::create_dir_all(&dir).map_err(FixtureError::io(&dir))?;
        }
        let mirror =
            debian_mirror().ok_or_else(|| failed("apt's sources name no mirror of Debian"))?;
        let key = "/usr/share/keyrings/debian-archive-keyring.gpg";
        let sources = format!("{kind} [signed-by={key}] {mirror} {suite} main\n");
        for (name, text) in [("sources", &*sources), ("status", ""), ("apt.conf", CONFIG)] {
            let file = release.at(name);
            std::fs::write(&file, text).map_err(FixtureError::io(&file))?;
        }
        release.apt("apt-get", &["update"])?;
        Ok(release)
    }

    /// The names of the packages that `package` depends on, such as the versioned one that a
    /// metapackage stands for.
    pub(crate) fn dependencies(&self, package: &str) -> Result<Vec<String>, FixtureError> {
        let said = self.apt("apt-cache", &["depends", "--important", package])?;
        let names = said.lines().filter_map(|line| line.trim().strip_prefix("Depends: "));
        Ok(names.map(str::to_owned).collect())
    }

    /// Downloads packages and unpacks them into the directory `name` of the cache, which must not
    /// be there.
    pub(crate) fn unpack(&self, packages: &[&str], name: &str) -> Result<(), FixtureError> {
        self.apt("apt-get", &[&["download"], packages].concat())?;
        let (debs, root) = (self.at("debs"), self.at("root"));
        for entry in std::fs::read_dir(&debs).map_err(FixtureError::io(&debs))? {
            let deb = entry.map_err(FixtureError::io(&debs))?.path();
            self.finish(Command::new("dpkg-deb").arg("-x").arg(deb).arg(&root))?;
        }
        self.keep(name)
    }

    /// Downloads the source of a package as its makers publish it, without what Debian adds, and
    /// unpacks it into the directory `name` of the cache, which must not be there.
    pub(crate) fn unpack_source(&self, package: &str, name: &str) -> Result<(), FixtureError> {
        self.apt("apt-get", &["source", "--download-only", "--tar-only", package])?;
        let (archives, root) = (self.at("debs"), self.at("root"));
        for entry in std::fs::read_dir(&archives).map_err(FixtureError::io(&archives))? {
            let archive = entry.map_err(FixtureError::io(&archives))?.path();
            let mut tar = Command::new("tar");
            tar.args(["--strip-components=1", "-xf"]).arg(archive).arg("-C").arg(&root);
            self.finish(&mut tar)?;
        }
        self.keep(name)
    }

    /// Moves what was unpacked into the directory `name` of the cache.
    fn keep(&self, name: &str) -> Result<(), FixtureError> {
        let root = self.at("root");
        // Renamed last, so that a directory of this name is always complete.
        let place = self.cache.join(name);
        let parent = place.parent().unwrap_or(&self.cache);
        std::fs::create_dir_all(parent).map_err(FixtureError::io(parent))?;
        std::fs::rename(root, &place).map_err(FixtureError::io(&place))
    }

    fn at(&self, name: &str) -> PathBuf {
        self.work.path().join(name)
    }

    fn apt(&self, program: &str, words: &[&str]) -> Result<String, FixtureError> {
        let mut command = Command::new(program);
        command.arg("-q").arg("-c").arg(self.at("apt.conf")).current_dir(self.at("debs"));
        for (option, name) in [
            ("Dir::State", "state"),
            ("Dir::State::lists", "state/lists"),
            ("Dir::State::status", "status"),
            ("Dir::Cache", "cache"),
            ("Dir::Etc::SourceList", "sources"),
            ("Dir::Etc::SourceParts", "none"),
        ] {
            command.arg("-o").arg(format!("{option}={}", self.at(name).display()));
        }
        self.finish(command.args(words))
    }

    /// Runs a program to its end and returns its output.
    fn finish(&self, command: &mut Command) -> Result<String, FixtureError> {
        let program = command.get_program().display().to_string();
        let failed = |reason| FixtureError::Fetch {
            what: format!("a package of Debian's {}", self.suite),
            reason: format!("{program}: {reason}"),
        };
        let out = command.env("LC_ALL", "C").stdin(Stdio::null()).output();
        let out = out.map_err(|e| failed(e.to_string()))?;
        if out.status.success() {
            return Ok(String::from_utf8_lossy(&out.stdout).into_owned());
        }
        Err(failed(format!("{}: {}", out.status, String::from_utf8_lossy(&out.stderr))))
    }
}

/// The mirror from which this system gets Debian's packages, as apt's sources name it.
pub fn debian_mirror() -> Option<String> {
    let format = ["indextargets", "--format", "$(ORIGIN) $(LABEL) $(REPO_URI)"];
    let out = Command::new("apt-get").args(format).arg("Created-By: Packages").output().ok()?;
    let text = String::from_utf8_lossy(&out.stdout);
    text.lines().find_map(|line| line.strip_prefix("Debian Debian ")).map(str::to_owned)
}

/// The directory `name` of the cache, if [`Release::unpack`] has filled it.
pub(crate) fn unpacked(name: &str) -> Option<PathBuf> {
    Some(cache()?.join(name)).filter(|place| place.is_dir())
}

/// The cache's directory, `$XDG_CACHE_HOME/bootkey-testbench`.
pub(crate) fn cache() -> Option<PathBuf> {
    let xdg = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let base = xdg.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cache")));
    Some(base?.join("bootkey-testbench"))
}
