//! The reason why writing ended early, before anybody has put names to it.

use image_layout::SourceId;
use std::io;

/// The reason why a walk ended early. The caller knows the names.
#[derive(Debug)]
pub(crate) enum Fault {
    Read {
        id: SourceId,
        offset: u64,
        error: io::Error,
    },
    Changed(SourceId),
    Inputs(io::Error),
    Write(io::Error),
    /// No thread can be had.
    Thread(io::Error),
    Stopped,
}
