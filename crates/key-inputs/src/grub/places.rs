//! The places where GRUB's files are looked for, and what is found in each.

use super::parts::{Found, not_grub, open_package};
use super::{directory, package, platform, signed};
use crate::environment::Environment;
use crate::error::Error;
use grub_image::Platform;
use input_file::OpenError;
use packages::Cache;
use std::fs;
use std::path::{Path, PathBuf};

/// Debian's packages of which one has the font: up to GRUB 2.12 the first, since 2.14 the second.
pub(crate) const FONT_PACKAGES: [&str; 2] = ["grub-common", "grub2-common"];

/// The directories below the root that hold GRUB's platform directories: in Debian, Fedora and
/// Arch; in openSUSE; in openSUSE before 15.1; the last two where GRUB was installed by hand.
pub(super) const INSTALLED: [&str; 5] =
    ["usr/lib/grub", "usr/share/grub2", "usr/lib/grub2", "usr/share/grub", "usr/local/lib/grub"];

pub(super) fn given(
    paths: &[PathBuf],
    wanted: &[Platform],
    env: &Environment,
) -> Result<Found, Error> {
    let mut all = Found::default();
    for path in paths {
        let metadata =
            fs::metadata(path).map_err(|source| OpenError::Open { path: path.clone(), source })?;
        if metadata.is_dir() {
            let found = directory::found(path, wanted, "given:", env)?;
            if found.holds.is_empty() && !signed::is_in(path, env) {
                let names = platform::names(wanted);
                let why =
                    format!("neither it nor a directory {names} in it has boot.img or kernel.img");
                return Err(not_grub(path, wanted, why));
            }
            all.merge(found);
        } else {
            let package = package::found(&open_package(path, env)?, wanted, "given:")?;
            if !package.of_use {
                let why = "the package has none of its files, nor its font, nor memdisk, nor shim";
                return Err(not_grub(path, wanted, why));
            }
            all.merge(package.found);
        }
    }
    Ok(all)
}

pub(super) fn fetched(cache: &Cache, wanted: &[Platform]) -> Result<Found, Error> {
    let mut all = Found::default();
    for platform in wanted {
        let cached = cache.package(platform.package(), Some(platform::architecture(*platform)))?;
        if let Some(cached) = cached {
            all.merge(package::found(&cached.open()?, &[*platform], "fetched:")?.found);
        }
    }
    // A font without any platform is not GRUB: it may have been fetched for another reason.
    if !all.parts.is_empty() {
        all.merge(fetched_font(cache, &FONT_PACKAGES)?);
    }
    Ok(all)
}

/// The font, from the first of some fetched packages that has it.
pub(crate) fn fetched_font(cache: &Cache, packages: &[&str]) -> Result<Found, Error> {
    for name in packages {
        let Some(cached) = cache.package(name, None)? else { continue };
        let found = package::found(&cached.open()?, &[], "fetched:")?.found;
        if !found.fonts.is_empty() {
            return Ok(found);
        }
    }
    Ok(Found::default())
}

pub(super) fn installed(
    dir: &Path,
    wanted: &[Platform],
    env: &Environment,
) -> Result<Found, Error> {
    directory::found(dir, wanted, "installed in", env)
}
