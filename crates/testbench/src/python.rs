//! Programs that Debian has no package of, from the Python Package Index: in the user's cache, and never installed.

use std::path::PathBuf;
use std::process::Command;

use crate::debian::{cache, unpacked};
use crate::{FixtureError, inapplicable};

/// What pip installs, each by itself: the parser of kickstart files that Red Hat's installer has; and the script
/// axe-core, which a package for another browser's driver carries.
const PACKAGES: [&[&str]; 2] =
    [&["pykickstart==3.78"], &["--no-deps", "axe-playwright-python==0.1.8"]];
/// The directory in the cache. Another number when it has other packages.
const PLACE: &str = "python-2";

/// Whether the programs are there.
pub fn has_python_programs() -> bool {
    unpacked(PLACE).is_some()
}

/// Fetches the programs.
///
/// # Errors
/// When there is no pip, or it fails: the index may be out of reach.
pub fn fetch_python_programs() -> Result<(), FixtureError> {
    let fetch = |reason: String| FixtureError::Fetch {
        what: "pykickstart and axe-core".to_owned(),
        reason,
    };
    let place = cache().ok_or_else(|| fetch("there is no cache".to_owned()))?.join(PLACE);
    // Complete, or not there.
    let part = place.with_extension("part");
    for packages in PACKAGES {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--upgrade", "--target"]).arg(&part);
        let out = pip.args(packages).output().map_err(|e| fetch(e.to_string()))?;
        if !out.status.success() {
            return Err(fetch(String::from_utf8_lossy(&out.stderr).trim().to_owned()));
        }
    }
    std::fs::rename(&part, &place).map_err(|e| fetch(e.to_string()))
}

/// The value of `PYTHONPATH` with which Python finds pykickstart; `None`: the test is skipped, and that is noted.
pub fn pykickstart() -> Option<PathBuf> {
    let place = unpacked(PLACE);
    if place.is_none() {
        inapplicable("nothing from the Python Package Index");
    }
    place
}

/// The script axe-core, which looks for what keeps people from using a page; `None` as for [`pykickstart`].
pub fn axe_core() -> Option<PathBuf> {
    Some(pykickstart()?.join("axe_playwright_python/axe.min.js"))
}
