//! The reasons why an image was not written.

use image_layout::{ClaimError, SourceId};
use input_file::shown;
use shown_text::ShellWord;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

use crate::fault::Fault;
use crate::{Format, SourceFiles};

/// The error of writing, with the names of the files and the next step. The output is as it was
/// before, and no other file is left, in every case but [`Self::NotTakenBack`].
#[derive(Debug, Error)]
#[non_exhaustive]
#[allow(missing_docs)] // the messages say it
pub enum Error {
    #[error(
        "`{}` is a block device; build into a file, look at it, and then write it: \
         `dd if=FILE of={} bs=4M conv=fsync`",
        shown(path),
        ShellWord::of(path)
    )]
    BlockDevice { path: PathBuf },
    #[error(
        "`{path}` is a {kind}, not a file; give the output another name, or `-` for standard output", path = shown(path))]
    NotAFile { path: PathBuf, kind: &'static str },
    #[error("`{path}` is a directory; name a file in it, such as `{path}/key.img`", path = shown(path))]
    Directory { path: PathBuf },
    #[error(
        "`{path}` is a symbolic link to `{to}`, which does not exist; remove the link or create the file", path = shown(path), to = shown(to))]
    DanglingLink { path: PathBuf, to: PathBuf },
    #[error("the directory `{dir}` does not exist; create it with `mkdir -p {}`", ShellWord::of(dir), dir = shown(dir))]
    NoDirectory { dir: PathBuf },
    #[error("the output `{path}` is the input `{input}` too; give the output another name", path = shown(path), input = shown(input))]
    IsInput { path: PathBuf, input: PathBuf },
    #[error("`{path}` and `{other}` are to be written, and are one file; give the output another name", path = shown(path), other = shown(other))]
    Twice { path: PathBuf, other: PathBuf },
    #[error(
        "{why}; and what `{path}` was before could not be brought back ({source}): {}",
        match left {
            Some(left) => format!("it is `{}` now; move it away before you build again", shown(left)),
            None => format!("the new `{}` is there, and is complete; build again", shown(path)),
        },
        path = shown(path)
    )]
    NotTakenBack { path: PathBuf, why: String, source: io::Error, left: Option<PathBuf> },
    #[error(
        "cannot write `{path}`: {source}{}",
        match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem =>
                "; choose a place where you may write",
            _ => "",
        }, path = shown(path))]
    Write { path: PathBuf, source: io::Error },
    #[error(
        "`{path}` needs {needed} bytes, but the file system at `{dir}` has {available} left; free some, or write elsewhere", path = shown(path), dir = shown(dir))]
    NoSpace { path: PathBuf, dir: PathBuf, needed: u64, available: u64 },
    #[error("`{path}`: the disk is full ({source}); free some space, or write elsewhere", path = shown(path))]
    DiskFull { path: PathBuf, source: io::Error },
    #[error(
        "`{path}` needs {len} bytes, more than a single file may have here ({source}); write to another file system or raise `ulimit -f`", path = shown(path))]
    TooLarge { path: PathBuf, len: u64, source: io::Error },
    #[error("cannot write to the stream: {source}")]
    Stream { source: io::Error },
    #[error("cannot read `{path}` at byte {offset}: {source}", path = shown(path))]
    Read { path: PathBuf, offset: u64, source: io::Error },
    #[error(
        "`{path}` ended before byte {offset} was read completely: it has become shorter; run again when nothing writes to it", path = shown(path))]
    InputShrank { path: PathBuf, offset: u64 },
    #[error("`{path}` changed while it was read; run again when nothing writes to it", path = shown(path))]
    InputChanged { path: PathBuf },
    #[error("{source}")]
    Inputs { source: io::Error },
    #[error(
        "an image of {len} bytes is too large for the format {format}; choose another, such as qcow2"
    )]
    TooLargeFor { format: Format, len: u64 },
    #[error("an image of {len} bytes is no virtual disk of the format {format}: not whole sectors")]
    NoSectors { format: Format, len: u64 },
    #[error(transparent)]
    Container(#[from] ClaimError),
    #[error(
        "no thread can be started: {source}; raise the limit of processes (`ulimit -u`), or end some"
    )]
    Thread { source: io::Error },
    #[error("stopped before the image was complete")]
    Stopped,
}

impl Error {
    /// A failure to write `len` bytes under the name `path`.
    pub(crate) fn write(path: &Path, len: u64, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::DiskFull { path, source }
            }
            io::ErrorKind::FileTooLarge => Self::TooLarge { path, len, source },
            _ => Self::Write { path, source },
        }
    }

    /// A walk's fault, with names; `write` says what a failed write means.
    pub(crate) fn from_fault(
        fault: Fault,
        sources: &impl SourceFiles,
        write: impl FnOnce(io::Error) -> Self,
    ) -> Self {
        let path = |id: SourceId| sources.path(id).to_owned();
        match fault {
            Fault::Write(error) => write(error),
            Fault::Thread(source) => Self::Thread { source },
            Fault::Stopped => Self::Stopped,
            Fault::Inputs(source) => Self::Inputs { source },
            Fault::Changed(id) => Self::InputChanged { path: path(id) },
            Fault::Read { id, offset, error } if error.kind() == io::ErrorKind::UnexpectedEof => {
                Self::InputShrank { path: path(id), offset }
            }
            Fault::Read { id, offset, error } => {
                Self::Read { path: path(id), offset, source: error }
            }
        }
    }
}
