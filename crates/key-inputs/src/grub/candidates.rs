//! Candidates, which `bootkey grub where` lists: every place, what is there, and which is taken.

use super::combine::combine;
use super::parts::Found;
use super::places::{INSTALLED, fetched, given, installed};
use crate::environment::Environment;
use crate::error::Error;
use grub_image::Platform;
use key_inventory::GrubBuild;
use std::path::{Path, PathBuf};

/// A place where GRUB was looked for, and what it has for one platform.
#[derive(Debug)]
pub struct Candidate {
    /// The directory or file, or the cache.
    pub place: PathBuf,
    /// The reason why it was looked at.
    pub kind: PlaceKind,
    /// The platform whose files were looked for.
    pub platform: Platform,
    /// The build that is there. `Ok(None)` if there is none; `Err` says why it cannot be used.
    pub found: Result<Option<GrubBuild>, Error>,
    /// Whether a key for this platform alone takes GRUB's files from here. A key for several
    /// platforms needs one version of all of them besides.
    pub chosen: bool,
    /// The reason why it is chosen or not, as a message says it.
    pub why: &'static str,
}

/// The reason why a place is looked at. The first kind is preferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlaceKind {
    /// Named on the command line.
    Given,
    /// Put into the cache by `bootkey grub fetch`.
    Fetched,
    /// A directory in which distributions install GRUB.
    Installed,
}

/// Every place where GRUB is looked for, what is there for each of the wanted platforms, and
/// which place a build takes. Sorted by platform, in the order in which they are wanted.
pub fn candidates(wanted: &[Platform], explicit: &[PathBuf], env: &Environment) -> Vec<Candidate> {
    type Look<'a> = Box<dyn Fn(&[Platform]) -> Result<Found, Error> + 'a>;
    let mut places: Vec<(PathBuf, PlaceKind, Look<'_>)> = Vec::new();
    if let Some(first) = explicit.first() {
        let look = |wanted: &[Platform]| given(explicit, wanted, env);
        places.push((first.clone(), PlaceKind::Given, Box::new(look)));
    }
    if let Ok(cache) = env.cache() {
        let place = cache.dir().to_path_buf();
        let look = move |wanted: &[Platform]| fetched(&cache, wanted);
        places.push((place, PlaceKind::Fetched, Box::new(look)));
    }
    for dir in INSTALLED.map(|dir| env.below_root(dir)) {
        let at = dir.clone();
        let look = move |wanted: &[Platform]| installed(&at, wanted, env);
        places.push((dir, PlaceKind::Installed, Box::new(look)));
    }
    let mut all = Vec::new();
    for platform in wanted {
        let mut decided = false;
        for (place, kind, look) in &places {
            let found = look(&[*platform]).and_then(|found| one(&found, *platform, *kind, place));
            let (chosen, why) = match (&found, kind, decided) {
                (Ok(None), ..) => (false, "nothing there"),
                (_, _, true) => (false, "another comes first"),
                (Ok(Some(_)), PlaceKind::Given, _) => (true, "it was given"),
                (Ok(Some(_)), PlaceKind::Fetched, _) => {
                    (true, "it was fetched, and none was given")
                }
                (Ok(Some(_)), PlaceKind::Installed, _) => (true, "the first installed one"),
                (Err(_), PlaceKind::Installed, _) => (false, "it cannot be used"),
                (Err(_), ..) => (false, "it cannot be used, and nothing else replaces it"),
            };
            let on_purpose = found.is_err() && *kind != PlaceKind::Installed;
            decided |= chosen || on_purpose;
            let (place, kind, platform) = (place.clone(), *kind, *platform);
            all.push(Candidate { place, kind, platform, found, chosen, why });
        }
    }
    all
}

fn one(
    found: &Found,
    platform: Platform,
    kind: PlaceKind,
    place: &Path,
) -> Result<Option<GrubBuild>, Error> {
    // A path of the command line in which nothing is found is an error, and `combine` words it.
    if found.parts.is_empty() && kind != PlaceKind::Given {
        return Ok(None);
    }
    combine(found, &[platform], place).map(Some)
}
