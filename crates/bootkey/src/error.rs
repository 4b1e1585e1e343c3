//! Everything that can go wrong, and the exit status that tells it.

use std::io;
use std::path::PathBuf;
use thiserror::Error as ThisError;

/// Why there is no key.
#[derive(Debug, ThisError)]
#[non_exhaustive]
#[allow(missing_docs)] // the messages say what the fields are
pub enum Error {
    #[error(
        "two specs are given, `{}` and `{}`; a key is made from one", first.display(), second.display()
    )]
    TwoSpecs { first: PathBuf, second: PathBuf },
    #[error("{option}: {message}")]
    Option { option: &'static str, message: String },
    #[error("SOURCE_DATE_EPOCH: {what}")]
    Time { what: String },
    #[error(
        "`{}`: there is no format .{extension} here; there are .img, .img.zst, .img.xz, .img.gz, \
         .qcow2, .vmdk and .vhd (see --format)", output.display()
    )]
    Format { output: PathBuf, extension: String },
    #[error(
        "a block map is for an image that is written to a stick, not for {format}; \
         leave --bmap out, or write a raw or compressed image"
    )]
    NoBlockMap { format: image_write::Format },
    #[error("{option} writes a file beside the image; give that a name, instead of `-o -`")]
    Beside { option: &'static str },
    #[error("standard output is a terminal; send the image to a file or a program: `-o - | …`")]
    Terminal,
    #[error("{no} of {isos} ISOs cannot boot from a key")]
    CannotBoot { no: usize, isos: usize },
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
    #[error("cannot listen to signals: {0}")]
    Signal(io::Error),
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
    /// The program's exit status: 1 the answer is no, 2 usage or spec, 3 does not fit, 4 unsupported input,
    /// 5 input/output, 130 interrupted (by SIGINT).
    pub fn exit_status(&self) -> u8 {
        use image_write::Error as Write;
        use key_inputs::Family as Inputs;
        use key_plan::Family as Plan;
        match self {
            Self::CannotBoot { .. } => 1,
            Self::TwoSpecs { .. }
            | Self::Option { .. }
            | Self::Time { .. }
            | Self::Format { .. }
            | Self::NoBlockMap { .. }
            | Self::Beside { .. }
            | Self::Terminal
            | Self::Spec(_) => 2,
            Self::Output(_) | Self::Signal(_) => 5,
            Self::Inputs(e) => match e.family() {
                Inputs::Usage => 2,
                Inputs::DoesNotFit => 3,
                Inputs::Unsupported => 4,
                Inputs::Io => 5,
            },
            Self::Plan(e) => match e.family() {
                Plan::Usage => 2,
                Plan::DoesNotFit => 3,
                Plan::Unsupported => 4,
            },
            Self::Write(
                Write::BlockDevice { .. }
                | Write::NotAFile { .. }
                | Write::Directory { .. }
                | Write::IsInput { .. }
                | Write::TooLargeFor { .. },
            ) => 2,
            Self::Write(Write::Stopped) => 130,
            Self::Write(_) => 5,
        }
    }
}
