//! GRUB's own files: where they are looked for, and which are taken.
//!
//! ```text
//! given       --grub PATH…                        if any is given, nothing else is looked at
//!   │ none given
//! fetched     the cache: grub-pc-bin, grub-common … if `bootkey grub fetch` put them there
//!   │ nothing of what is wanted was fetched
//! installed   /usr/lib/grub, /usr/share/grub2, …  for each platform the first that is complete
//!   │ none
//! error       with the next command
//! ```
//!
//! The most deliberate act wins. Somebody who gives a path means it, so neither the cache nor the
//! system completes it. Somebody who fetched wants what they fetched: the cache changes only when
//! they fetch again, while an installation changes under every system upgrade. A place that was
//! chosen on purpose and is damaged is therefore an error and never a reason to look elsewhere.
//!
//! All parts come from one build. Within a platform, because modules of one do not load into the
//! core of another. Across platforms, because all of them read one `/boot/grub` of the key: one
//! `grub.cfg`, whose words must mean the same in each, one font. Files of one platform therefore
//! come from one directory or one package, and where a key has several platforms their packages'
//! versions, and the versions in their `modinfo.sh`, must be equal as far as they are known.
//! A rebuild of the same source (`+b1` at the end of a Debian version) counts as equal.
//!
//! A `/boot/grub` that `grub-install` has filled is no source: it has the modules, but neither
//! `kernel.img` nor `diskboot.img`.

mod candidates;
mod combine;
mod directory;
mod memdisk;
mod modinfo;
mod package;
mod parts;
mod places;
mod platform;
mod same_build;
mod signed;

pub use candidates::{Candidate, PlaceKind, candidates};
pub use grub_image::Platform;
pub use memdisk::{MEMDISK_PACKAGE, locate_memdisk};
pub use signed::locate_signed;

use crate::environment::Environment;
use crate::error::{Error, shown};
use combine::{combine, complete};
use key_inventory::GrubBuild;
use key_spec::Spec;
use packages::{Keep, Request};
pub(crate) use parts::digest;
use parts::{Found, MAX_FILES, Part};
pub(crate) use places::{FONT_PACKAGES, fetched_font};
use places::{INSTALLED, fetched, given, installed};
use std::path::{Path, PathBuf};

/// The Debian packages to fetch for keys of these platforms; for Secure Boot, those of shim and
/// the signed GRUB as well.
pub fn grub_requests(platforms: &[Platform], secure_boot: bool) -> Vec<Request> {
    let mut all: Vec<Request> = platforms.iter().map(|p| platform::request(*p)).collect();
    // Only the first package that may have the font is asked for; where it has none,
    // `fetch_packages` tries the others.
    all.push(Request::package(FONT_PACKAGES[0]));
    if secure_boot {
        all.extend(platforms.iter().flat_map(|p| signed::requests(*p)));
    }
    all
}

/// The platforms of GRUB that start the spec's key, one for each kind of firmware.
pub(crate) fn platforms_of(spec: &Spec) -> Vec<Platform> {
    spec.key.firmware.iter().copied().map(key_inventory::platform).collect()
}

/// Whether a package has anything that a build takes from `--grub`: GRUB's files, the font, memdisk
/// or a program for Secure Boot.
pub(crate) fn is_of_use(package: &packages::Package) -> Result<bool, Error> {
    Ok(package::found(package, &[], "")?.of_use)
}

/// Whether a package has the font.
pub(crate) fn has_font(package: &packages::Package) -> Result<bool, Error> {
    Ok(!package::found(package, &[], "")?.found.fonts.is_empty())
}

/// Finds GRUB's files for the wanted platforms, all of one build: in the `explicit` paths if there
/// are any, else in the cache, else where distributions install them.
///
/// # Errors
/// [`Error::NoGrub`] with the next command when there is none; [`Error::NotGrub`] when a place
/// that was given holds none, [`Error::MixedGrub`] and [`Error::TwiceGrub`] when those given do
/// not belong together; whatever reading a package or a file can meet.
pub fn locate(
    wanted: &[Platform],
    explicit: &[PathBuf],
    env: &Environment,
) -> Result<GrubBuild, Error> {
    if let Some(first) = explicit.first() {
        return combine(&given(explicit, wanted, env)?, wanted, first);
    }
    let mut looked_at = Vec::new();
    if let Ok(cache) = env.cache() {
        let found = fetched(&cache, wanted)?;
        if !found.parts.is_empty() {
            return combine(&found, wanted, cache.dir());
        }
        looked_at.push(shown(cache.dir()).to_string());
    }
    let mut picked = Found::default();
    for dir in INSTALLED.map(|dir| env.below_root(dir)) {
        let lacking: Vec<_> = lacking(&picked, wanted).collect();
        match installed(&dir, &lacking, env) {
            Ok(found) if found.parts.is_empty() => looked_at.push(shown(&dir).to_string()),
            Ok(mut found) => {
                let unusable = |p: &Part| complete(p, Path::new(&dir)).err();
                let errors: Vec<_> = found.parts.iter().filter_map(unusable).collect();
                looked_at.extend(errors.iter().map(|e| format!("{} ({e})", shown(&dir))));
                found.parts.retain(|p| unusable(p).is_none());
                if !found.parts.is_empty() {
                    picked.merge(found);
                }
            }
            // No fault of the place: another would not help, nor what `NoGrub` advises.
            Err(e) if input_file::too_many_open(&e) => return Err(e),
            Err(e) => looked_at.push(format!("{} ({e})", shown(&dir))),
        }
    }
    let lacking: Vec<_> = lacking(&picked, wanted).collect();
    if !lacking.is_empty() {
        let packages = lacking.iter().map(|p| p.package()).collect();
        return Err(Error::NoGrub { platform: platform::names(&lacking), looked_at, packages });
    }
    combine(&picked, wanted, &env.root)
}

fn lacking(found: &Found, wanted: &[Platform]) -> impl Iterator<Item = Platform> {
    let has = |p: &Platform| found.parts.iter().any(|part| part.platform == *p);
    wanted.iter().copied().filter(move |p| !has(p))
}

/// The files of packages that any search here reads; the cache keeps them unpacked.
pub(crate) const KEEP: Keep = Keep {
    wanted: |name| {
        package::is_grubs(name) || memdisk::IN_PACKAGES.contains(&name) || signed::is_signed(name)
    },
    limit: MAX_FILES,
};
