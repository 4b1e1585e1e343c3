//! Whether an image file is truncated: it ends before a file in it, or a directory, does.

use crate::device::Device;
use crate::error::ProbeError;
use crate::extents::FileExtents;

/// Checks that a file does not go on beyond the end of the image file.
pub(crate) fn check_ends_within(file: &FileExtents, device: &Device<'_>) -> Result<(), ProbeError> {
    let end = file.extents.iter().map(|(start, len)| start.saturating_add(*len)).max();
    end.map_or(Ok(()), |end| check_is_there(end, end, device.len()))
}

/// Checks that an image file of `file_bytes` has the bytes before `end`. `needed_bytes` are those that it
/// would have at least if it were whole, for the message.
pub(crate) fn check_is_there(
    end: u64,
    needed_bytes: u64,
    file_bytes: u64,
) -> Result<(), ProbeError> {
    match end > file_bytes {
        true => Err(ProbeError::Truncated { needed_bytes, file_bytes }),
        false => Ok(()),
    }
}
