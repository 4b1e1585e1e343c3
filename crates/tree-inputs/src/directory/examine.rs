//! Examining an entry of a directory: all system calls about it are here. Nothing here touches the
//! tree, so that two threads can examine entries at once.

use super::failure::{Failure, cannot};
use super::{holes, sources, xattrs};
use file_tree::{DeviceNumber, MetadataPolicy, Name, SpecialKind, TreeError, Xattrs};
use input_file::FileStamp;
use rustix::fs::{AtFlags, FileType, Mode, Stat, fstat, openat, readlinkat, statat};
use std::ops::Range;
use std::os::fd::{AsFd, BorrowedFd};

/// A name in a directory, and what the directory says it is.
pub(super) type Listed = (Name, FileType);

/// The thing found under a name.
pub(super) enum Found {
    /// A directory. It is examined when it is opened to be read.
    Directory,
    Leaf(Leaf),
}

/// An entry that is no directory, with all that the tree needs to know of it.
pub(super) struct Leaf {
    pub stat: Stat,
    pub xattrs: Xattrs,
    pub kind: LeafKind,
}

pub(super) enum LeafKind {
    /// A regular file, and the ranges in which it has data; `None` if it has no holes.
    File(Option<Vec<Range<u64>>>),
    Symlink(Box<[u8]>),
    Special(SpecialKind),
}

/// Examines an entry of the directory that is open as `dir`.
pub(super) fn examine(
    dir: BorrowedFd<'_>,
    (name, kind): &Listed,
    policy: &MetadataPolicy,
) -> Result<Found, Failure> {
    match kind {
        FileType::Directory => Ok(Found::Directory),
        FileType::RegularFile => file(dir, name, policy).map(Found::Leaf),
        _ => {
            let stat = statat(dir, name.as_bytes(), AtFlags::SYMLINK_NOFOLLOW)
                .map_err(cannot("cannot be examined"))?;
            match FileType::from_raw_mode(stat.st_mode) {
                // Some file systems do not have the type in the directory.
                FileType::Directory => Ok(Found::Directory),
                FileType::RegularFile => file(dir, name, policy).map(Found::Leaf),
                kind => unopened(dir, name, policy, stat, kind).map(Found::Leaf),
            }
        }
    }
}

/// Examines a thing that is not opened: a symbolic link, a device, a fifo, a socket.
fn unopened(
    dir: BorrowedFd<'_>,
    name: &Name,
    policy: &MetadataPolicy,
    stat: Stat,
    kind: FileType,
) -> Result<Leaf, Failure> {
    let kind = match kind {
        FileType::Symlink => {
            let target = readlinkat(dir, name.as_bytes(), Vec::new())
                .map_err(cannot("cannot be read as a symbolic link"))?;
            LeafKind::Symlink(target.into_bytes().into())
        }
        FileType::Fifo => LeafKind::Special(SpecialKind::Fifo),
        FileType::Socket => LeafKind::Special(SpecialKind::Socket),
        FileType::BlockDevice => LeafKind::Special(SpecialKind::Block(device(&stat)?)),
        FileType::CharacterDevice => LeafKind::Special(SpecialKind::Character(device(&stat)?)),
        _ => return Err(Failure::Changed("its type is unknown".into())),
    };
    let xattrs = xattrs::of_entry(dir, name.as_bytes(), policy)?;
    Ok(Leaf { stat, xattrs, kind })
}

fn device(stat: &Stat) -> Result<DeviceNumber, TreeError> {
    DeviceNumber::new(rustix::fs::major(stat.st_rdev), rustix::fs::minor(stat.st_rdev))
}

/// A regular file's metadata, and where its data are.
fn file(dir: BorrowedFd<'_>, name: &Name, policy: &MetadataPolicy) -> Result<Leaf, Failure> {
    // Opened even if nothing is read now: better to learn here that it may not be read than when
    // half of the image is written.
    let fd = openat(dir, name.as_bytes(), sources::FILE, Mode::empty())
        .map_err(cannot("cannot be opened"))?;
    let stat = fstat(&fd).map_err(cannot("cannot be examined"))?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(Failure::Changed("it is no file any more".into()));
    }
    let xattrs = xattrs::of_open(&fd, policy)?;
    // OK to cast: not negative.
    let (len, held) = (stat.st_size as u64, (stat.st_blocks as u64).saturating_mul(512));
    let data = if held >= len {
        None
    } else {
        let data = holes::data(fd.as_fd(), len).map_err(cannot("its holes cannot be found"))?;
        let after = fstat(&fd).map_err(cannot("cannot be examined"))?;
        FileStamp::from(&stat)
            .compare(&after)
            .map_err(|what| Failure::Changed(what.to_string()))?;
        Some(data)
    };
    Ok(Leaf { stat, xattrs, kind: LeafKind::File(data) })
}
