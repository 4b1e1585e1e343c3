//! Lists in the cache: indexes by their digests, and the dates of the newest lists of each suite.
//!
//! ```text
//! CACHE/lists/
//! ├─ dates            `1783764997 Debian trixie`: one line for each origin and suite, whatever mirror
//! └─ 9e0b5aab…        an index as it came, by its SHA-256; those not used any more are removed
//! ```

use crate::cache::{Writing, make_dir, rename, write_error};
use crate::error::Error;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Longest file of dates that is read, in bytes.
const MAX_DATES: u64 = 1 << 20;

/// The lists in a cache that somebody writes into.
#[derive(Debug)]
pub(super) struct Lists<'a> {
    writing: &'a Writing,
    dir: PathBuf,
    dates: BTreeMap<String, u64>,
    used: BTreeSet<String>,
}

impl<'a> Lists<'a> {
    /// Opens the lists of the cache in the directory `cache`.
    pub(super) fn open(cache: &Path, writing: &'a Writing) -> Result<Self, Error> {
        let dir = cache.join("lists");
        make_dir(&dir)?;
        input_file::cached::trust(cache, &dir)?;
        let text = read(&dir.join("dates"), MAX_DATES)?.unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let line = |line: &str| {
            let (date, of) = line.split_once(' ')?;
            Some((of.to_owned(), date.parse().ok()?))
        };
        let dates = text.lines().filter_map(line).collect();
        Ok(Self { writing, dir, dates, used: BTreeSet::new() })
    }

    /// The date of the newest list of a suite that was fetched so far.
    pub(super) fn newest(&self, of: &str) -> Option<u64> {
        self.dates.get(of).copied()
    }

    /// The file of the dates.
    pub(super) fn dates_file(&self) -> PathBuf {
        self.dir.join("dates")
    }

    /// Remembers the date of a list.
    pub(super) fn remember(&mut self, of: &str, date: u64) {
        self.dates.insert(of.to_owned(), date);
    }

    /// The index that is stored under this digest, if it is there and has this length. Its digest
    /// is not checked here; the caller computes it.
    pub(super) fn index(&mut self, sha256: &str, len: u64) -> Result<Option<Vec<u8>>, Error> {
        self.used.insert(sha256.to_owned());
        let bytes = read(&self.dir.join(sha256), len.saturating_add(1))?;
        Ok(bytes.filter(|b| b.len() as u64 == len))
    }

    /// Keeps an index that was verified.
    pub(super) fn keep(&self, sha256: &str, bytes: &[u8]) -> Result<(), Error> {
        self.put(sha256, bytes)
    }

    /// Writes the dates, and removes the indexes that were not used.
    pub(super) fn close(self) -> Result<(), Error> {
        let lines = self.dates.iter().map(|(of, date)| format!("{date} {of}\n"));
        self.put("dates", lines.collect::<String>().as_bytes())?;
        for entry in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name != "dates" && !self.used.contains(&name) {
                // OK to ignore: it is removed the next time.
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(())
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let part = self.writing.scratch.join("list");
        fs::write(&part, bytes).map_err(|e| write_error(&part, e))?;
        rename(&part, &self.dir.join(name))
    }
}

/// The bytes of a file, at most `limit` of them; `None` if there is none.
fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Error> {
    use std::io::Read as _;
    let Some((file, _)) = input_file::cached::open(path)? else { return Ok(None) };
    let mut bytes = Vec::new();
    let read = file.take(limit).read_to_end(&mut bytes);
    read.map_err(|source| Error::Read { path: path.to_path_buf(), source })?;
    Ok(Some(bytes))
}
