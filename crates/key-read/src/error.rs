//! Errors: why an image, or something in it, cannot be read.

use input_file::shown;
use shown_text::Shown;
use std::io;
use std::path::PathBuf;
use thiserror::Error as ThisError;

/// The reason why an image, or something in it, cannot be read.
#[derive(Debug, ThisError)]
#[non_exhaustive]
#[allow(missing_docs)] // the messages say what the fields are
pub enum Error {
    #[error("{}: cannot be opened: {source}{}", shown(path), next_step(source))]
    Open { path: PathBuf, source: io::Error },
    #[error("{}: is {kind}; a disk image or a block device is needed", shown(path))]
    NotADisk { path: PathBuf, kind: &'static str },
    #[error("{}: {what}", shown(path))]
    Container { path: PathBuf, what: String },
    #[error("{}: cannot be unpacked: {source}; get or make the file anew", shown(path))]
    Compressed { path: PathBuf, source: io::Error },
    #[error("{}: unpacks to more than the {most} bytes that there are for it", shown(path))]
    LongerThan { path: PathBuf, most: u64 },
    #[error("the image cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error("there is no partition `{}`; there are {names}", shown_text::shown(name))]
    NoPartition { name: String, names: String },
    #[error("no such file or directory: /{}", Shown(path))]
    NotFound { path: Vec<u8> },
    #[error("/{}: is no directory", Shown(path))]
    NotADirectory { path: Vec<u8> },
    #[error("/{}: is {kind}, not a file", Shown(path))]
    NotAFile { path: Vec<u8>, kind: crate::FileType },
    #[error("/{}: more symbolic links than Linux follows", Shown(path))]
    TooManyLinks { path: Vec<u8> },
    #[error("the ext file system: {0}")]
    Ext(#[from] fs_ext::read::Error),
    #[error("the FAT file system: {0}")]
    Fat(#[from] fs_fat::read::Error),
}

impl Error {
    /// Whether the medium, or the file that holds the image, cannot be read. Otherwise the image is
    /// damaged, or something was asked for that it does not have.
    pub fn is_io(&self) -> bool {
        matches!(self, Self::Open { .. } | Self::Compressed { .. }) || self.io().is_some()
    }

    /// Whether a block of a compressed image is damaged: the only case in which reading fails with
    /// [`io::ErrorKind::InvalidData`].
    pub fn is_damaged_block(&self) -> bool {
        self.io().is_some_and(|error| error.kind() == io::ErrorKind::InvalidData)
    }

    /// Whether the error comes from the operating system, and not from the contents of what was
    /// read.
    pub fn is_the_mediums(&self) -> bool {
        matches!(self, Self::Open { .. }) || self.io().is_some_and(|e| e.raw_os_error().is_some())
    }

    /// The error of reading, if it is one.
    fn io(&self) -> Option<&io::Error> {
        use {fs_ext::read::Error as ExtError, fs_fat::read::Error as FatError};
        match self {
            Self::Io(e) | Self::Ext(ExtError::Io(e)) | Self::Fat(FatError::Io(e)) => Some(e),
            _ => None,
        }
    }
}

/// The advice for a file that cannot be opened, if there is any; else an empty text.
fn next_step(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "; is the path right?",
        io::ErrorKind::PermissionDenied => {
            "; to read a device, be in its group (often `disk`) or run this as root"
        }
        _ => "",
    }
}
