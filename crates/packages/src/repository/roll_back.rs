//! The check against a roll-back: a list of a suite must not be older than one that was fetched before.
//! Whoever shows us an old list, however well signed, would have us take packages with faults that are
//! mended.

use super::ArchiveError;
use super::lists::Lists;
use super::release::Release;
use super::sources::Source;

/// Refuses a list that is older than one of its suite that was accepted before; remembers it else.
pub(super) fn refuse(
    source: &Source,
    url: String,
    release: &Release,
    lists: &mut Lists<'_>,
) -> Result<(), ArchiveError> {
    // Not of a mirror: whoever has another one asked must not get further back by that.
    let of = format!("{} {}", release.origin, source.suite);
    match lists.newest(&of) {
        Some(newest) if newest > release.date => {
            let (seconds, seen) = (newest - release.date, lists.dates_file());
            Err(ArchiveError::RolledBack { url, seconds, seen })
        }
        _ => {
            lists.remember(&of, release.date);
            Ok(())
        }
    }
}
