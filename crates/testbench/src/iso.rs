//! ISO 9660 images for fixtures: the same tree gives the same bytes, always.
//!
//! ```
//! # let dir = tempfile::tempdir().unwrap();
//! use testbench::Iso;
//! let out = dir.path().join("x.iso");
//! Iso::new("RESCUE")
//!     .file("isolinux/vmlinuz", b"kernel")
//!     .file("isolinux/initrd.img", b"initrd")
//!     .write(&out)
//!     .unwrap();
//! ```
//!
//! The writer is `hadris-iso`'s; `tests/iso.rs` compares it with `xorriso` and GRUB.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use hadris_fs::{Content, DateTime, Node, Tree};
use hadris_iso::{IsoId, IsoLevel, IsoOptions};

use crate::FixtureError;

/// 2009-11-22T00:00:00Z: every fixture is as old as the keys that bootkey descends from.
pub const FIXTURE_TIME: i64 = 1_258_848_000;

/// An ISO image that is being made.
#[derive(Debug, Clone)]
pub struct Iso {
    volume: String,
    files: BTreeMap<Vec<u8>, Source>,
    plain: bool,
}

#[derive(Debug, Clone)]
enum Source {
    Bytes(Vec<u8>),
    File(PathBuf),
}

impl Iso {
    /// An empty image with the volume id `volume` (at most 32 bytes), Rock Ridge and Joliet.
    pub fn new(volume: &str) -> Self {
        Self { volume: volume.to_owned(), files: BTreeMap::new(), plain: false }
    }

    /// The image without Rock Ridge and Joliet: names are like `VMLINUZ.;1`, as on the oldest
    /// discs.
    pub fn plain(mut self) -> Self {
        self.plain = true;
        self
    }

    /// Adds a file of the given bytes at `path`, `/`-separated from the root; missing directories
    /// are made.
    pub fn file(mut self, path: impl AsRef<[u8]>, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path.as_ref().to_vec(), Source::Bytes(bytes.into()));
        self
    }

    /// Adds the contents of a file on disk. They are streamed, whatever their size; the file's
    /// times and mode stay behind.
    pub fn file_from(mut self, path: impl AsRef<[u8]>, disk: &Path) -> Self {
        self.files.insert(path.as_ref().to_vec(), Source::File(disk.to_owned()));
        self
    }

    /// Writes the image to `out`, replacing what is there; returns its size in bytes.
    ///
    /// # Errors
    /// When an input cannot be read, the output cannot be written, or ISO 9660 cannot hold the
    /// tree.
    pub fn write(&self, out: &Path) -> Result<u64, FixtureError> {
        let mut tree = Tree::new();
        for (path, source) in &self.files {
            let content = match source {
                Source::Bytes(bytes) => Content::bytes(bytes.clone()),
                Source::File(disk) => {
                    hadris_fs::host::file(disk).map_err(|e| FixtureError::iso(out, e))?
                }
            };
            tree.insert(path.as_slice(), Node::file(content))
                .map_err(|e| FixtureError::iso(out, e))?;
        }
        let time = DateTime::from_unix_seconds(FIXTURE_TIME)
            .map_err(|e| FixtureError::iso(out, format!("{e:?}")))?;
        let mut options = IsoOptions::new()
            .with_id(IsoId::Volume, &self.volume)
            .with_id(IsoId::Application, "BOOTKEY TESTBENCH")
            .with_level(IsoLevel::L3)
            .with_time(time);
        if !self.plain {
            options = options.with_rock_ridge().with_joliet();
        }
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(out)
            .map_err(FixtureError::io(out))?;
        let device = hadris_storage::host::FileDevice::new(file).map_err(FixtureError::io(out))?;
        let report = hadris_iso::sync::write(device, &tree, &options)
            .map_err(|e| FixtureError::iso(out, e))?;
        Ok(report.size())
    }
}

/// The boot menu that [`netinstall_iso`] carries. `norandmaps` is for emulation: QEMU before 8.0 translates
/// a program anew for each address that it is loaded at.
pub const NETINSTALL_CFG: &str = "\
default linux
prompt 1
timeout 600
label linux
  kernel vmlinuz
  append initrd=initrd.img norandmaps
";

/// A network-install ISO in the shape of 2009: `/isolinux/vmlinuz`, `/isolinux/initrd.img` and
/// `/isolinux/isolinux.cfg`, from a real installer's `kernel` and `initrd`. Returns its size.
///
/// # Errors
/// As [`Iso::write`].
pub fn netinstall_iso(out: &Path, kernel: &Path, initrd: &Path) -> Result<u64, FixtureError> {
    netinstall(kernel, initrd, NETINSTALL_CFG).write(out)
}

/// An ISO as [`netinstall_iso`] makes, with another menu.
pub fn netinstall(kernel: &Path, initrd: &Path, menu: &str) -> Iso {
    Iso::new("NETINSTALL")
        .file_from("isolinux/vmlinuz", kernel)
        .file_from("isolinux/initrd.img", initrd)
        .file("isolinux/isolinux.cfg", menu)
}
