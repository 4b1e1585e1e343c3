//! A machine of the test's own.

use super::{environment, platform_files};
use key_inputs::{Environment, Platform};
use std::fs;
use std::path::PathBuf;
use testbench::deb_packages::Package;

/// A machine of the test's own: a root, a home, and a place for package files.
pub struct Machine {
    pub dir: tempfile::TempDir,
    pub env: Environment,
}

impl Machine {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let env = environment(dir.path());
        fs::create_dir_all(&env.root).unwrap();
        Self { dir, env }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Puts a build of a platform's GRUB into the directory of that platform in `dir`.
    pub fn install_platform(&self, dir: &str, platform: Platform, build: &str) -> PathBuf {
        let parent = self.path(dir);
        let dir = parent.join(platform.name());
        fs::create_dir_all(&dir).unwrap();
        for (name, bytes) in platform_files(platform.name(), build) {
            fs::write(dir.join(name), bytes).unwrap();
        }
        parent
    }

    /// Puts a package into the cache as `fetch` does, in the layout that `cache.rs` documents.
    pub fn cache(&self, name: &str, package: &Package) -> PathBuf {
        let deb = package.write(&self.path("x.deb"));
        let opened = packages::Deb::open(&deb).unwrap();
        let sha = opened.sha256().unwrap();
        // The version of a cached package is in the name of its file.
        let c = opened.control();
        let file = format!("{}_{}_{}.deb", c.package, c.version, c.architecture);
        let dir = self.path("home/.cache/bootkey/packages").join(name);
        fs::create_dir_all(dir.join(&sha)).unwrap();
        let _ = fs::remove_file(dir.join("current"));
        std::os::unix::fs::symlink(&sha, dir.join("current")).unwrap();
        let cached = dir.join(sha).join(file);
        fs::rename(deb, &cached).unwrap();
        cached
    }
}
