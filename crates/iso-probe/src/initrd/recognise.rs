//! How a part of an initrd is compressed.

use crate::format::newc;
use unpack::Compression;

/// The compression of a part by its first bytes, as the kernel tells them apart.
pub(super) fn recognise(head: &[u8; 6]) -> Option<Compression> {
    match [newc::MAGIC, newc::CRC_MAGIC].contains(&&head[..]) {
        true => Some(Compression::None),
        false => Compression::recognise(head),
    }
}
