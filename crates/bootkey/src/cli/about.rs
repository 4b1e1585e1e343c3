//! The arguments of the commands that tell about bootkey itself, to shells, `man` and editors.

use clap::{Args, ValueHint};
use clap_complete::Shell;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell that completes what is typed.
    #[arg(value_name = "SHELL")]
    pub(crate) shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The directory to write the pages into: bootkey.1, bootkey-build.1 and so on. Without one, the
    /// first of them goes to standard output.
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) directory: Option<PathBuf>,
}
