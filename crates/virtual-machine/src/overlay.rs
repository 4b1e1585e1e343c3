//! A virtual disk (qcow2) that has only what was written to it; all else is another file's, which
//! nobody writes to. <https://www.qemu.org/docs/master/interop/qcow2.html>

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use crate::{Error, Format};

const CLUSTER_BITS: u32 = 16;
const CLUSTER: u64 = 1 << CLUSTER_BITS;
/// The bytes of the disk that one entry of the first table stands for.
const PER_ENTRY: u64 = CLUSTER * (CLUSTER / 8);
/// The length of version 3's header.
const HEADER: u32 = 104;
const MAGIC: &[u8; 4] = b"QFI\xfb";
const BACKING_FORMAT: u32 = 0xe279_2aca;

/// A virtual disk over another file.
#[derive(Debug)]
pub struct Overlay {
    path: PathBuf,
    len: u64,
}

impl Overlay {
    /// Makes an overlay of `len` bytes over `backing`, whose path must be absolute.
    ///
    /// # Errors
    /// If there is a file at `path`, or none can be made.
    pub fn create(path: &Path, backing: &Path, format: Format, len: u64) -> Result<Self, Error> {
        let entries = len.div_ceil(PER_ENTRY);
        let name = backing.as_os_str().as_bytes();
        if entries * 8 > CLUSTER || name.len() > 1023 {
            let what = "a virtual disk has at most 4 TiB, and a key's path at most 1023 bytes";
            return Err(Error::Unsuitable { what: what.to_owned() });
        }
        let bytes = header(name, format, len, entries as u32);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(path)
            .map_err(Error::file(path))?;
        if let Err(e) = file.write_all(&bytes) {
            // OK to ignore: it is useless, and the error of writing is the one to tell.
            let _ = std::fs::remove_file(path);
            return Err(Error::file(path)(e));
        }
        Ok(Self { path: path.to_owned(), len })
    }

    /// Opens one that was made before over the same file. `None`: there is no file at `path`.
    ///
    /// # Errors
    /// If it is something else, lies over something else, or is older than what it lies over: then
    /// the two do not fit together any more.
    pub fn open(path: &Path, backing: &Path) -> Result<Option<Self>, Error> {
        let file = match File::open(path) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            file => file.map_err(Error::file(path))?,
        };
        let written = file.metadata().and_then(|m| m.modified()).map_err(Error::file(path))?;
        let mut head = Vec::new();
        file.take(CLUSTER).read_to_end(&mut head).map_err(Error::file(path))?;
        let shown = |path: &Path| shown_text::shown(&path.to_string_lossy());
        let unsuitable = |what: String| {
            let what = format!("`{}` {what}; give --keep another name", shown(path));
            Err(Error::Unsuitable { what })
        };
        let (Some(over), Some(len)) = (backing_of(&head), head.get(24..32)) else {
            return unsuitable("is there, and is no virtual disk over a key".to_owned());
        };
        if over != backing {
            return unsuitable(format!("is there, and lies over `{}`", shown(&over)));
        }
        let changed = std::fs::metadata(backing).and_then(|m| m.modified());
        if changed.map_err(Error::file(backing))? > written {
            return unsuitable("is older than the key, which was written since".to_owned());
        }
        let len = len.iter().fold(0, |len, byte| len << 8 | u64::from(*byte));
        Ok(Some(Self { path: path.to_owned(), len }))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The length of the disk, in bytes.
    pub fn disk_len(&self) -> u64 {
        self.len
    }
}

/// The file that a virtual disk lies over.
fn backing_of(head: &[u8]) -> Option<PathBuf> {
    if !head.starts_with(MAGIC) {
        return None;
    }
    let at = u64::from_be_bytes(head.get(8..16)?.try_into().ok()?);
    let len = u32::from_be_bytes(head.get(16..20)?.try_into().ok()?);
    let at = usize::try_from(at).ok().filter(|at| *at > 0)?;
    let name = head.get(at..at.checked_add(usize::try_from(len).ok()?)?)?;
    Some(PathBuf::from(std::ffi::OsString::from_vec(name.to_vec())))
}

/// Four clusters: the header; the table of the tables that count uses; the one of them that there is,
/// which says that all four are used; and the first table of the disk, empty.
fn header(backing: &[u8], format: Format, len: u64, entries: u32) -> Vec<u8> {
    let kind = format.qemu().as_bytes();
    let name_at = HEADER + 8 + 8 + 8; // behind an extension of up to 8 bytes, and the last one
    let mut head = Vec::new();
    head.extend(MAGIC);
    head.extend(3u32.to_be_bytes());
    head.extend(u64::from(name_at).to_be_bytes());
    head.extend((backing.len() as u32).to_be_bytes());
    head.extend(CLUSTER_BITS.to_be_bytes());
    head.extend(len.to_be_bytes());
    head.extend(0u32.to_be_bytes()); // no encryption
    head.extend(entries.to_be_bytes());
    head.extend((3 * CLUSTER).to_be_bytes());
    head.extend(CLUSTER.to_be_bytes());
    head.extend(1u32.to_be_bytes());
    head.extend([0; 4 + 8]); // no snapshots
    head.extend([0; 3 * 8]); // no features
    head.extend(4u32.to_be_bytes()); // counts of 1 << 4 bits
    head.extend(HEADER.to_be_bytes());
    head.extend(BACKING_FORMAT.to_be_bytes());
    head.extend((kind.len() as u32).to_be_bytes());
    head.extend(kind);
    head.resize(name_at as usize, 0);
    head.extend(backing);
    let mut bytes = vec![0; 4 * CLUSTER as usize];
    bytes[..head.len()].copy_from_slice(&head);
    bytes[CLUSTER as usize..][..8].copy_from_slice(&(2 * CLUSTER).to_be_bytes());
    for used in 0..4 {
        bytes[2 * CLUSTER as usize + 2 * used..][..2].copy_from_slice(&[0, 1]);
    }
    bytes
}
