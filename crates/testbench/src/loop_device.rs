//! Loop devices, which are devices to everyone but their files.

use crate::{is_root, missing, oracle};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A loop device, which ends with this value.
#[derive(Debug)]
pub struct LoopDevice {
    dir: TempDir,
    /// The path at which it is opened: `/dev/loop3`.
    pub path: PathBuf,
}

impl LoopDevice {
    /// A device of these bytes. `None` means: skip the test.
    ///
    /// # Panics
    /// When the kernel makes none.
    #[track_caller]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        Self::with(bytes, &[])
    }

    /// The same, by `losetup` with more options.
    ///
    /// # Panics
    /// When the kernel makes none.
    #[track_caller]
    pub fn with(bytes: &[u8], options: &[&str]) -> Option<Self> {
        let dir = Self::directory(bytes)?;
        let file = dir.path().join("stick.img");
        Self::over(dir, &file, options)
    }

    /// A directory with these bytes as `stick.img`, if this machine can have a loop device of it.
    #[track_caller]
    pub(crate) fn directory(bytes: &[u8]) -> Option<TempDir> {
        oracle("losetup")?;
        if !is_root() {
            missing("root, for loop devices");
            return None;
        }
        let dir = TempDir::new().unwrap();
        fs::write(dir.path().join("stick.img"), bytes).unwrap();
        Some(dir)
    }

    /// A device of a file that shows what is in such a directory.
    #[track_caller]
    pub(crate) fn over(dir: TempDir, file: &Path, options: &[&str]) -> Option<Self> {
        let losetup = oracle("losetup")?;
        let args = [&["--find", "--show"], options].concat();
        let args = args.iter().map(AsRef::as_ref).chain([file.as_os_str()]);
        let said = losetup.run(args).expect_success("losetup").stdout;
        Some(Self { dir, path: PathBuf::from(said.trim()) })
    }

    /// The file with its bytes.
    pub fn file(&self) -> PathBuf {
        self.dir.path().join("stick.img")
    }

    /// A directory that ends with it.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }
}

impl Drop for LoopDevice {
    fn drop(&mut self) {
        if let Some(losetup) = oracle("losetup") {
            losetup.run(["--detach".as_ref(), self.path.as_os_str()]);
        }
    }
}
