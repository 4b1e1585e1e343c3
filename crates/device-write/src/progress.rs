//! How far the writing is.

use crate::{Error, State};
use std::ops::ControlFlow;

/// A phase of writing a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// What was on the medium becomes unreadable.
    Erasing,
    /// The length that it gives is tried.
    Probing,
    /// The image is written.
    Writing,
    /// It is read back.
    Comparing,
    /// What shows is written: the first 128 KiB, the partition table last.
    Finishing,
}

/// How far the writing is, in bytes that the medium has taken or given.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// The phase that is going on.
    pub phase: Phase,
    /// Bytes done.
    pub done: u64,
    /// Bytes in all.
    pub total: u64,
}

/// Told of the progress; ends the writing, tidily, if it says so.
pub type OnProgress<'a> = dyn FnMut(Progress) -> ControlFlow<()> + 'a;

/// Tells, and is an error if that was to end it.
pub(crate) fn tell(on: &mut OnProgress<'_>, progress: Progress, state: State) -> Result<(), Error> {
    match on(progress) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Stopped { state }),
    }
}
