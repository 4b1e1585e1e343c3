//! The ranges of an image that have an owner.

use bootkey::explain::{Kind, Range as Explained};
use bootkey::key_read::{self, DiskImage, ReadAt as _};
use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;
use std::ops::Range;

/// The ranges that are written: those with an owner. What the record gives to nobody is left out, unless
/// something lies there: then somebody has used the key, and what is zeros there may be a part of it.
pub(super) fn owned(
    image: &DiskImage,
    explained: &[Explained],
) -> Result<Vec<Range<u64>>, key_read::Error> {
    let mut owned = Vec::new();
    for range in explained {
        let bytes = range.offset..range.offset + range.len;
        if range.kind != Kind::Unclaimed {
            owned.push(bytes);
        } else if !is_zeros(image, bytes)? {
            return Ok(std::iter::once(0..image.len()).collect());
        }
    }
    Ok(owned)
}

/// Whether a range of an image is zeros.
fn is_zeros(image: &DiskImage, range: Range<u64>) -> Result<bool, key_read::Error> {
    const STEP: u64 = 1 << 20;
    let mut at = range.start;
    while at < range.end {
        // The holes of a file need not be read.
        match image.raw_file().map(|file| seek(file, SeekFrom::Data(at))) {
            Some(Ok(data)) => at = data.max(at),
            Some(Err(Errno::NXIO)) => break,
            Some(Err(_)) | None => {}
        }
        let len = range.end.saturating_sub(at).min(STEP);
        // OK to cast: at most `STEP`.
        if image.read_vec(at, len as usize)?.iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        at += len.max(1);
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::FileExt as _;

    fn explained(offset: u64, len: u64, kind: Kind) -> Explained {
        Explained { offset, len, owner: String::new(), kind, source: None, sha256: None }
    }

    #[test]
    fn all_of_a_key_that_was_used_has_an_owner() {
        const MIB: u64 = 1 << 20;
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(9 * MIB).unwrap();
        let of = || {
            let explained = [
                explained(0, MIB, Kind::Made),
                explained(MIB, 4 * MIB, Kind::Unclaimed),
                explained(5 * MIB, 1000, Kind::Zeros),
                explained(5 * MIB + 1000, 4 * MIB - 1000, Kind::Unclaimed),
            ];
            owned(&DiskImage::open(file.path()).unwrap(), &explained).unwrap()
        };
        let made = [0..MIB, 5 * MIB..5 * MIB + 1000];
        for at in [0, 5 * MIB + 999] {
            file.as_file().write_all_at(b"x", at).unwrap();
            assert_eq!(of(), made);
        }
        for at in [MIB, 5 * MIB - 1, 5 * MIB + 1000, 9 * MIB - 1] {
            file.as_file().write_all_at(b"x", at).unwrap();
            assert_eq!(of(), std::slice::from_ref(&(0..9 * MIB)), "{at}");
            file.as_file().write_all_at(b"\0", at).unwrap();
            assert_eq!(of(), made);
        }
    }
}
