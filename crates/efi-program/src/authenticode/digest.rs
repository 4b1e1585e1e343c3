//! The digest of an image: everything but what signing changes.
//!
//! ```text
//! ┌ headers ┬ CheckSum ┬ headers ┬ directory 4 ┬ headers ┬ sections ┬ rest ┬ certificates ┐
//! │ hashed  │    –     │ hashed  │      –      │ hashed  │ by offset│ hashed│      –      │
//! ```

use crate::Error;
use crate::image::{Image, malformed};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// A digest algorithm that signatures use and that is still worth anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// By the contents of its object identifier: 2.16.840.1.101.3.4.2.1 to .3.
    pub(super) fn from_oid(oid: &[u8]) -> Option<Self> {
        match oid.strip_prefix(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02])? {
            [1] => Some(Self::Sha256),
            [2] => Some(Self::Sha384),
            [3] => Some(Self::Sha512),
            _ => None,
        }
    }

    /// The digest of the parts, one after the other.
    pub(super) fn of<'a>(self, parts: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
        fn all<'a, D: sha2::Digest>(parts: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
            let mut hasher = D::new();
            parts.for_each(|p| hasher.update(p));
            hasher.finalize().to_vec()
        }
        match self {
            Self::Sha256 => all::<Sha256>(parts),
            Self::Sha384 => all::<Sha384>(parts),
            Self::Sha512 => all::<Sha512>(parts),
        }
    }
}

/// SHA-256 of bytes, in hex.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(&Sha256::digest(bytes))
}

/// The image's digest.
///
/// # Errors
/// [`Error::Malformed`] when sections overlap so that there would be more to hash than there is:
/// shim and firmware refuse such an image too.
pub(crate) fn image_digest(image: &Image<'_>, hash: Hash) -> Result<Vec<u8>, Error> {
    let bytes = |from: usize, to: usize| image.bytes.get(from..to).unwrap_or_default();
    let (start, end) = match &image.directory {
        Some(directory) => (directory.start, directory.end),
        None => (image.check_sum.end, image.check_sum.end),
    };
    let headers = [
        bytes(0, image.check_sum.start),
        bytes(image.check_sum.end, start),
        bytes(end, image.headers),
    ];
    let mut sections: Vec<_> = image.sections.iter().map(|s| s.raw.clone()).collect();
    sections.retain(|s| !s.is_empty());
    sections.sort_by_key(|s| s.start);
    let hashed = sections.iter().fold(image.headers, |sum, s| sum.saturating_add(s.len()));
    let unsigned = image.bytes.len() - image.certificates.len();
    if hashed > unsigned {
        return Err(malformed(format!(
            "its sections have {hashed} bytes, but the file only {unsigned}: they overlap"
        )));
    }
    let sections = sections.iter().map(|s| bytes(s.start, s.end));
    let rest = bytes(hashed, unsigned);
    Ok(hash.of(headers.into_iter().chain(sections).chain([rest])))
}
