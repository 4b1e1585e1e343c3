//! Loop devices, which are devices to everyone but their files.

use crate::{is_root, missing, oracle};
use std::ffi::OsStr;
use std::fs::{self, File};
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

    /// A device of `len` zeros that cannot be told to forget what is on it, as most sticks cannot: its file lies in a
    /// ramfs, which makes no holes, and which only the device can reach. `None` means: skip the test.
    ///
    /// # Panics
    /// When the kernel makes none.
    #[track_caller]
    pub fn that_cannot_forget(len: u64) -> Option<Self> {
        let (mount, umount) = (oracle("mount")?, oracle("umount")?);
        let dir = Self::directory(&[])?;
        let ramfs = dir.path().join("ramfs");
        fs::create_dir(&ramfs).unwrap();
        let (words, place) = (["-t", "ramfs", "ramfs"].map(OsStr::new), ramfs.as_os_str());
        mount.run(words.into_iter().chain([place])).expect_success("mount");
        let file = ramfs.join("stick.img");
        let made = File::create(&file).and_then(|file| file.set_len(len));
        let device = made.is_ok().then(|| Self::over(dir, &file, &[])).flatten();
        // It ends with the device, which holds its file.
        umount.run([OsStr::new("--lazy"), place]).expect_success("umount");
        made.unwrap();
        device
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
