//! Unmounting what is mounted from a stick.

use rustix::mount::UnmountFlags;
use std::io;
use std::path::Path;

/// Unmounts what is mounted at a place. What was written to it is on its medium then.
///
/// # Errors
/// If somebody still has a file or a directory there open, or it may not be unmounted.
pub fn unmount(place: &Path) -> io::Result<()> {
    Ok(rustix::mount::unmount(place, UnmountFlags::NOFOLLOW)?)
}
