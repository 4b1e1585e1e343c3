//! Who is told how far the work on a lock is.

use crate::build::OnProgress;
use key_inputs::{DownloadEvent, NeededDownload};

/// Who is told how far it is.
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
