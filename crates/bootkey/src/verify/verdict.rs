//! The verdict about a key: sound, used, damaged, or without a record.

use serde::Serialize;

/// The answer to whether a key is what its record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every byte that has an owner is as it was made.
    Sound,
    /// The key was used since: what was changed is what a system changes that writes to it.
    Used,
    /// Something is not as it was made.
    Damaged,
    /// The disk is no key that bootkey made, or has no record: only its structure was looked at.
    NoRecord,
    /// Nothing that is known is on the disk: no partition table, no file system, no boot code.
    NothingKnown,
}

impl Verdict {
    /// The verdict about a key with a record.
    pub(super) fn of(is_anything_wrong: bool, was_changed: bool) -> Self {
        match (is_anything_wrong, was_changed) {
            (true, _) => Self::Damaged,
            (false, true) => Self::Used,
            (false, false) => Self::Sound,
        }
    }
}
