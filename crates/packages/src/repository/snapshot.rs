//! The snapshot archive, which keeps every package file that Debian ever had. It limits how often
//! it is asked, so it is asked last, with one request at a time and a pause after each refusal.
//!
//! ```text
//! /mr/binary/grub-pc-bin/2.06-13%2Bdeb12u1/binfiles   the SHA-1 of the package file of each architecture
//! /file/<SHA-1>                                       the file; its SHA-256 is the caller's matter
//! ```

use super::fetching::Fetching;
use super::get::{GetError, Place, get_into};
use super::pinned::Pinned;
use core::fmt::Write as _;
use serde::Deserialize;
use std::time::Duration;

/// Longest answer that names files, in bytes: a thousand times the longest.
const MAX_ANSWER: u64 = 1 << 20;
/// Requests for the same thing, before it is given up.
const TRIES: u32 = 6;
/// The pause after the first refusal, which is doubled after each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// Longest pause, whatever the server asks for: nobody waits longer without being told to.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// A snapshot archive, and the way to wait.
pub struct Snapshot<'a> {
    /// Its address, without a slash at the end.
    pub url: String,
    /// Waits.
    pub wait: &'a dyn Fn(Duration),
}

impl core::fmt::Debug for Snapshot<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Snapshot").field("url", &self.url).finish_non_exhaustive()
    }
}

/// The reason why the snapshot archive gave no file.
pub(super) enum NotGot {
    /// It has none.
    NotThere(String),
    /// What it sent could not be written.
    NotKept { url: String, why: String },
    /// It could not be asked.
    Failed(String),
}

/// The files of a package's version.
#[derive(Deserialize)]
struct Answer {
    result: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    architecture: String,
    hash: String,
}

impl Snapshot<'_> {
    /// Gets a package file into a place, and says where from, and its length and digest.
    pub(super) fn get(
        &self,
        pinned: &Pinned,
        by: &mut Fetching<'_>,
        place: &mut dyn Place,
    ) -> Result<(String, (u64, String)), NotGot> {
        let (package, version) = (quoted(&pinned.package), quoted(&pinned.version));
        let url = format!("{}/mr/binary/{package}/{version}/binfiles", self.url);
        let mut answer = Vec::new();
        self.ask(&url, MAX_ANSWER, by, &mut answer)?;
        let answer: Answer = serde_json::from_slice(&answer).map_err(|_| {
            NotGot::Failed(format!("{url}: the answer is none of a snapshot archive"))
        })?;
        let is_sha1 = |hash: &str| hash.len() == 40 && hash.bytes().all(|b| b.is_ascii_hexdigit());
        let fits = |f: &&File| f.architecture == pinned.architecture && is_sha1(&f.hash);
        let architecture = &pinned.architecture;
        let file = answer.result.iter().find(fits);
        let no_file = || NotGot::NotThere(format!("{url}: names no file for {architecture}"));
        let file = file.ok_or_else(no_file)?;
        let url = format!("{}/file/{}", self.url, file.hash);
        let got = self.ask(&url, pinned.len, by, place)?;
        Ok((url, got))
    }

    /// Gets what is at an address, and waits where the server says that it is asked too often.
    fn ask(
        &self,
        url: &str,
        max: u64,
        by: &mut Fetching<'_>,
        place: &mut dyn Place,
    ) -> Result<(u64, String), NotGot> {
        let mut pause = FIRST_PAUSE;
        for left in (0..TRIES).rev() {
            by.say(&format!("getting {url}"));
            match get_into(by.client, url, max, place) {
                Ok(got) => return Ok(got),
                Err(GetError::NotKept(why)) => {
                    return Err(NotGot::NotKept { url: url.to_owned(), why });
                }
                Err(GetError::Busy { why, retry_after }) if left > 0 => {
                    let wait = retry_after.map_or(pause, Duration::from_secs);
                    if wait > LONGEST_PAUSE {
                        return Err(NotGot::Failed(format!("{url}: {why}; try again later")));
                    }
                    by.say(&format!("{url}: {why}; asking again in {} s", wait.as_secs()));
                    (self.wait)(wait);
                    pause = pause.saturating_mul(2);
                }
                Err(e @ GetError::NotFound) => return Err(NotGot::NotThere(format!("{url}: {e}"))),
                Err(e) => return Err(NotGot::Failed(format!("{url}: {e}"))),
            }
        }
        Err(NotGot::Failed(format!("{url}: it was asked too often; try again later")))
    }
}

/// A text as a part of a path in a URL.
fn quoted(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte.is_ascii_alphanumeric() || b".-_~".contains(&byte) {
            true => out.push(char::from(byte)),
            // OK to ignore: writing to a String does not fail.
            false => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}
