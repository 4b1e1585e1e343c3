//! The check against a roll-back: a suite's list must not be older than one that was fetched
//! before. Somebody who shows an old list, however well signed, could otherwise make us take
//! packages with faults that have since been mended.

use super::ArchiveError;
use super::lists::Lists;
use super::release::Release;
use super::sources::Source;

/// Refuses a list that is older than the newest one of its suite that was accepted before; else
/// remembers its date.
pub(super) fn refuse(
    source: &Source,
    url: String,
    release: &Release,
    lists: &mut Lists<'_>,
) -> Result<(), ArchiveError> {
    // The date is kept for a suite, not for a mirror: else, whoever gets us to ask another mirror
    // could show an old list there.
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
