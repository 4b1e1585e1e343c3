//! Opening regular files, and nothing else.

use crate::shown;
use rustix::fs::OFlags;
use rustix::io::Errno;
use std::fmt;
use std::fs::{self, File, FileType, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The kind of thing at a path where a regular file is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum NodeKind {
    Directory,
    Fifo,
    Socket,
    BlockDevice,
    CharacterDevice,
    Symlink,
    Unknown,
}

impl fmt::Display for NodeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Directory => "a directory",
            Self::Fifo => "a FIFO (a named pipe)",
            Self::Socket => "a socket",
            Self::BlockDevice => "a block device",
            Self::CharacterDevice => "a character device",
            Self::Symlink => "a symbolic link",
            Self::Unknown => "something else",
        })
    }
}

/// The reason why a file was not opened.
#[derive(Debug, Error)]
#[allow(missing_docs)] // the message says what each field is
pub enum OpenError {
    /// There is no file at the path, or it may not be read.
    #[error("{}: cannot be opened: {source}{}", shown(path), next_step(source))]
    Open { path: PathBuf, source: io::Error },
    /// The path leads to something that is no regular file.
    #[error("{}: is {kind}; a regular file is needed", shown(path))]
    NotRegular { path: PathBuf, kind: NodeKind },
}

/// The advice for a file that cannot be opened, where there is any.
fn next_step(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "; is the path right?",
        io::ErrorKind::PermissionDenied => "; `chmod +r` it, or copy it to where you may read it",
        _ => "",
    }
}

/// Whether an error comes of too many open files, in this process or on the whole machine. It says
/// nothing about the file that was to be opened then.
pub fn too_many_open(error: &(dyn std::error::Error + 'static)) -> bool {
    let is_that = |e: &(dyn std::error::Error + 'static)| {
        let raw = e.downcast_ref::<io::Error>().and_then(io::Error::raw_os_error);
        [Errno::MFILE, Errno::NFILE].iter().any(|e| raw == Some(e.raw_os_error()))
    };
    std::iter::successors(Some(error), |e: &&(dyn std::error::Error + 'static)| (*e).source())
        .any(is_that)
}

/// Opens a regular file. Symbolic links are followed; nothing else is opened, so a FIFO never
/// makes this wait and a device is never touched.
///
/// # Errors
/// [`OpenError::NotRegular`] says what the path leads to instead; [`OpenError::Open`] when there is
/// no file or it may not be read.
pub fn open_regular(path: &Path) -> Result<(File, Metadata), OpenError> {
    let metadata = fs::metadata(path).map_err(|e| open_error(path, e))?;
    open(path, &metadata, OFlags::empty())
}

/// As [`open_regular`], but a symbolic link is not followed.
///
/// # Errors
/// Those of [`open_regular`]; a link is no regular file.
pub fn open_regular_nofollow(path: &Path) -> Result<(File, Metadata), OpenError> {
    let metadata = fs::symlink_metadata(path).map_err(|e| open_error(path, e))?;
    open(path, &metadata, OFlags::NOFOLLOW)
}

fn open_error(path: &Path, source: io::Error) -> OpenError {
    OpenError::Open { path: path.to_path_buf(), source }
}

fn open(path: &Path, found: &Metadata, flags: OFlags) -> Result<(File, Metadata), OpenError> {
    // Checked before opening, because merely opening a device can have effects; and again once it
    // is open, because the path may lead to another file by then. If that is a FIFO, O_NONBLOCK
    // keeps the opening from waiting for its writer; for regular files the flag means nothing.
    regular(path, found)?;
    let flags = i32::try_from((flags | OFlags::NONBLOCK | OFlags::NOCTTY).bits()).unwrap_or(0);
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path);
    let file = file.map_err(|e| open_error(path, e))?;
    let metadata = file.metadata().map_err(|e| open_error(path, e))?;
    regular(path, &metadata)?;
    Ok((file, metadata))
}

fn regular(path: &Path, metadata: &Metadata) -> Result<(), OpenError> {
    if metadata.is_file() {
        return Ok(());
    }
    Err(OpenError::NotRegular { path: path.to_path_buf(), kind: kind(metadata.file_type()) })
}

fn kind(t: FileType) -> NodeKind {
    if t.is_dir() {
        NodeKind::Directory
    } else if t.is_fifo() {
        NodeKind::Fifo
    } else if t.is_socket() {
        NodeKind::Socket
    } else if t.is_block_device() {
        NodeKind::BlockDevice
    } else if t.is_char_device() {
        NodeKind::CharacterDevice
    } else if t.is_symlink() {
        NodeKind::Symlink
    } else {
        NodeKind::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn whatever_is_no_regular_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let fifo = dir.path().join("fifo");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &fifo,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
        let _listener = UnixListener::bind(dir.path().join("socket")).unwrap();
        let cases = [
            (dir.path().to_path_buf(), NodeKind::Directory),
            (fifo, NodeKind::Fifo),
            (dir.path().join("socket"), NodeKind::Socket),
            ("/dev/null".into(), NodeKind::CharacterDevice),
        ];
        for (path, expected) in cases {
            match open_regular(&path) {
                Err(OpenError::NotRegular { kind, .. }) if kind == expected => {}
                other => panic!("{}: {other:?}", path.display()),
            }
        }
        let link = dir.path().join("link");
        std::os::unix::fs::symlink("file", &link).unwrap();
        fs::write(dir.path().join("file"), "x").unwrap();
        open_regular(&link).unwrap();
        let e = open_regular_nofollow(&link).unwrap_err();
        assert!(
            e.to_string().ends_with("link: is a symbolic link; a regular file is needed"),
            "{e}"
        );
        let e = open_regular(&dir.path().join("none.iso")).unwrap_err();
        assert!(e.to_string().contains("none.iso: cannot be opened"), "{e}");
        assert!(e.to_string().ends_with("is the path right?"), "{e}");
    }
}
