//! The places of a key at which a listing can begin.

use super::place::content_of;
use core::fmt::Write as _;
use key_read::{Disk, FileSystem, Volume};
use serde::Serialize;
use shown_text::shown;

/// The words that stand for a partition by its part in a key, if it has one.
const WORDS: [&str; 3] = ["boot", "esp", "isos"];

/// A partition, or all of a disk without a table.
#[derive(Debug, Serialize)]
pub struct PartitionPlace {
    /// Its number; 0: all of a disk without a table.
    number: u32,
    /// The words that stand for it as well: `boot`, `esp`, `isos`.
    words: Vec<&'static str>,
    /// The kind of its file system; `None`: nothing can be listed in it.
    file_system: Option<String>,
    label: Option<String>,
    /// The kind of data that lies there instead of a file system that can be read.
    content: Option<String>,
}

/// The document that `bootkey ls --json` prints without a place.
#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    partitions: &'a [PartitionPlace],
}

/// The partitions of a disk, by their numbers.
pub fn places(disk: &Disk<'_>) -> Vec<PartitionPlace> {
    disk.volumes().iter().map(|volume| place(disk, volume)).collect()
}

fn place(disk: &Disk<'_>, volume: &Volume<'_>) -> PartitionPlace {
    let is_here = |word: &&str| disk.select(word).is_ok_and(|v| v.number == volume.number);
    let files = volume.file_system().ok().flatten();
    let label = files.as_ref().and_then(|files| files.label().ok().flatten());
    PartitionPlace {
        number: volume.number,
        words: WORDS.into_iter().filter(is_here).collect(),
        label: label.map(|label| String::from_utf8_lossy(&label).into_owned()),
        content: files.is_none().then(|| content_of(volume.part)),
        file_system: files.as_ref().map(FileSystem::kind),
    }
}

/// The places for people, a line each, as they are typed.
pub fn places_text(places: &[PartitionPlace]) -> String {
    let mut out = String::new();
    for place in places {
        let number = place.number.to_string();
        let name = match place.number {
            0 => "the disk".to_owned(),
            number => format!("partition {number}"),
        };
        let label = place.label.as_ref().map(|label| format!(" `{}`", shown(label)));
        let word = place.words.first().copied().unwrap_or(&number);
        let (at, what) = match (&place.file_system, &place.content) {
            (Some(kind), _) => {
                (format!("{word}:/"), format!("{kind}{}", label.unwrap_or_default()))
            }
            (None, content) => ("-".to_owned(), shown(content.as_deref().unwrap_or_default())),
        };
        // OK to ignore: writing to a String does not fail.
        let _ = writeln!(out, "{at:<8}{name}: {what}");
    }
    out
}

/// A value that serialises to the document of `bootkey ls --json` without a place.
pub fn places_json(places: &[PartitionPlace]) -> impl Serialize {
    Document { schema: "bootkey.ls/1", partitions: places }
}
