//! What `bootkey grub where` tells: every place, what is there, and which one is taken.

use super::{GrubFiles, INSTALLED, fetched, given, installed};
use crate::cache::Cache;
use crate::environment::Environment;
use crate::error::Error;
use std::path::{Path, PathBuf};

/// A place where GRUB was looked for.
#[derive(Debug)]
pub struct Candidate {
    /// The directory or file, or the cache.
    pub place: PathBuf,
    /// Why it was looked at.
    pub kind: PlaceKind,
    /// What is there; `Err` says why it cannot be used, `Ok(None)` that there is nothing.
    pub found: Result<Option<GrubFiles>, Error>,
    /// Whether a build takes GRUB's files from here.
    pub chosen: bool,
    /// Why it is chosen or not, for people.
    pub why: &'static str,
}

/// Why a place is looked at; in the order in which they are preferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlaceKind {
    /// Named on the command line.
    Given,
    /// Put into the cache by `bootkey grub fetch`.
    Fetched,
    /// Where the system has it.
    Installed,
}

/// Every place where GRUB is looked for, what is there, and which of them a build takes.
pub fn candidates(explicit: &[PathBuf], env: &Environment) -> Vec<Candidate> {
    let mut all = Vec::new();
    let mut add = |place: &Path, kind, found| {
        let place = place.to_path_buf();
        all.push(Candidate { place, kind, found, chosen: false, why: "" });
    };
    if let Some(first) = explicit.first() {
        add(first, PlaceKind::Given, given(explicit, env).map(Some));
    }
    if let Ok(cache) = Cache::of(env) {
        add(cache.dir(), PlaceKind::Fetched, fetched(&cache));
    }
    for dir in INSTALLED.map(|dir| env.below_root(dir)) {
        let found = installed(&dir, env);
        add(&dir, PlaceKind::Installed, found);
    }
    let mut decided = false;
    for c in &mut all {
        (c.chosen, c.why) = match (&c.found, c.kind, decided) {
            (Ok(None), ..) => (false, "nothing there"),
            (_, _, true) => (false, "another comes first"),
            (Ok(Some(_)), PlaceKind::Given, _) => (true, "it was given"),
            (Ok(Some(_)), PlaceKind::Fetched, _) => (true, "it was fetched, and none was given"),
            (Ok(Some(_)), PlaceKind::Installed, _) => (true, "the first installed one"),
            (Err(_), PlaceKind::Installed, _) => (false, "it cannot be used"),
            (Err(_), ..) => (false, "it cannot be used, and nothing else replaces it"),
        };
        let on_purpose = c.found.is_err() && c.kind != PlaceKind::Installed;
        decided |= c.chosen || on_purpose;
    }
    all
}
