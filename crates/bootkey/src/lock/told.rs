//! The listeners to the work on a lock.

use crate::build::OnProgress;
use key_inputs::{DownloadEvent, NeededDownload};

/// The listeners to the work on a lock.
pub struct Told<'a> {
    /// Gets a line at each step.
    pub say: &'a mut dyn FnMut(&str),
    /// Gets what the user has to know.
    pub warn: &'a mut dyn FnMut(&str),
    /// Gets what happens to downloads.
    pub downloads: &'a (dyn Fn(usize, &NeededDownload, DownloadEvent<'_>) + Sync),
    /// Gets how far the image is.
    pub progress: &'a mut OnProgress<'a>,
}

impl core::fmt::Debug for Told<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Told").finish_non_exhaustive()
    }
}
