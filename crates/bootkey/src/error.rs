//! The reasons why a key cannot be made.

use input_file::shown;
use key_spec::ErrorFamily;
use std::path::PathBuf;
use thiserror::Error as ThisError;

/// The reasons why there is no key.
#[derive(Debug, ThisError)]
#[non_exhaustive]
#[allow(missing_docs)] // the messages say what the fields are
pub enum Error {
    #[error(
        "two specs are given, `{}` and `{}`; a key is made from one",
        shown(first),
        shown(second)
    )]
    TwoSpecs { first: PathBuf, second: PathBuf },
    #[error("SOURCE_DATE_EPOCH: {what}")]
    Time { what: String },
    #[error(
        "a block map is for an image that is written to a stick, not for {format}; \
         leave --bmap out, or write a raw or compressed image"
    )]
    NoBlockMap { format: image_write::Format },
    #[error(
        "`{}` is there, and is not {what}; move it away, or give the output another name",
        shown(path)
    )]
    NotOurs { path: PathBuf, what: &'static str },
    #[error(
        "`{}` is signed, and a line more would make the signature wrong; write the image to a \
         directory of its own, or leave --checksums out",
        shown(path)
    )]
    SignedList { path: PathBuf },
    #[error("`{}` cannot be read: {source}; move it away", shown(path))]
    Sidecar { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Spec(#[from] key_spec::Error),
    #[error(transparent)]
    Inputs(#[from] key_inputs::Error),
    #[error(transparent)]
    Plan(#[from] key_plan::Error),
    #[error(transparent)]
    Write(#[from] image_write::Error),
}

impl Error {
    /// The family of the error.
    pub fn family(&self) -> ErrorFamily {
        use image_write::Error as Write;
        match self {
            Self::TwoSpecs { .. }
            | Self::Time { .. }
            | Self::NoBlockMap { .. }
            | Self::NotOurs { .. }
            | Self::SignedList { .. }
            | Self::Spec(_) => ErrorFamily::Usage,
            Self::Sidecar { .. } => ErrorFamily::Io,
            Self::Inputs(e) => e.family(),
            Self::Plan(e) => e.family(),
            Self::Write(
                Write::BlockDevice { .. }
                | Write::NotAFile { .. }
                | Write::Directory { .. }
                | Write::IsInput { .. }
                | Write::Twice { .. }
                | Write::TooLargeFor { .. },
            ) => ErrorFamily::Usage,
            Self::Write(Write::Stopped) => ErrorFamily::Stopped,
            Self::Write(_) => ErrorFamily::Io,
        }
    }
}
