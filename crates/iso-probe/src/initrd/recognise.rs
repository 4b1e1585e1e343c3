//! The compression of an initrd's parts.

use unpack::{Compression, newc};

/// The compression of a part, by its first bytes, as the kernel recognises it.
pub(crate) fn recognise(head: &[u8; 6]) -> Option<Compression> {
    match [newc::MAGIC, newc::CRC_MAGIC].contains(&head) {
        true => Some(Compression::None),
        false => Compression::recognise(head),
    }
}
