//! Damage: contents of a key that differ from its record, and those that are still to be compared.

use crate::error::Error;
use file_tree::FileContent;
use image_layout::Content;
use key_read::DiskImage;

/// The damage of a content that has the length but not the digest that it had.
const WRONG_DIGEST: &str = "its SHA-256 is not the one in the record";

/// The moment at which files that a key carries are compared with their digests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigestCheck {
    /// The moment when they are met: nothing else reads them before they are copied.
    Now,
    /// Later, for contents that the survey itself need not read: the caller reads the whole key and
    /// compares them by [`OldKey::vouched`](crate::OldKey::vouched), or does without the
    /// comparison.
    Later,
}

/// A content on a key that has a digest in its record.
#[derive(Debug, Clone)]
pub struct Vouched {
    /// The place on the key: `isos:/a.iso`.
    pub at: String,
    /// The bytes, as ranges of the key.
    pub content: FileContent,
    /// Their SHA-256, by the record.
    pub sha256: String,
}

/// The contents on a key that have a digest in its record.
#[derive(Debug, Clone, Default)]
pub struct RecordedContents {
    /// The contents that are there with the right length, still to be compared with their digests.
    pub there: Vec<Vouched>,
    /// The files of trees that have another length than the record says.
    pub damaged: Vec<Damage>,
    /// The contents that are gone, cannot be read as files any more, or, as ISOs, have another
    /// length.
    pub missing: Vec<Damage>,
}

/// A damage: something on a key that is not as its record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The place on the key: `boot:/boot/grub/i386-pc/normal.mod`.
    pub at: String,
    /// The description of the damage.
    pub what: String,
}

/// Turns the error of a thing on the key ([`Error::OnKey`]) into a damage; any other error stays
/// one.
pub(super) fn or_damage(result: Result<(), Error>, damage: &mut Vec<Damage>) -> Result<(), Error> {
    match result {
        Err(Error::OnKey { at, why, .. }) => damage.push(Damage { at, what: why }),
        other => other?,
    }
    Ok(())
}

/// What a message says of a content that does not have its digest: the first range that could not
/// be read and came as zeros, if there is one, else only that the digest differs.
pub(super) fn wrong_digest(image: &DiskImage, content: &FileContent) -> String {
    let bad = content.pieces().iter().find_map(|piece| match *piece {
        Content::Source { offset, len, .. } => {
            image.bad_ranges(offset..offset.saturating_add(len)).into_iter().next()
        }
        _ => None,
    });
    bad.map_or_else(|| WRONG_DIGEST.to_owned(), |bad| bad.to_string())
}
