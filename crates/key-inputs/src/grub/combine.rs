//! Combining: one build of GRUB out of the parts that were found.

use super::parts::{Found, Part, not_grub};
use super::platform;
use super::same_build::check_one_build;
use crate::error::Error;
use grub_image::{Platform, PlatformFiles};
use key_inventory::{Grub, GrubBuild, Origin};
use std::path::Path;

/// Makes one build of the parts for the wanted platforms, or says why they do not belong together.
pub(super) fn combine(
    found: &Found,
    wanted: &[Platform],
    place: &Path,
) -> Result<GrubBuild, Error> {
    let mut chosen: Vec<&Part> = Vec::new();
    for platform in wanted {
        let mut parts = found.parts.iter().filter(|p| p.platform == *platform);
        let Some(first) = parts.next() else {
            return Err(none_there(found, *platform, place));
        };
        if let Some(second) = parts.next() {
            // Two paths hold one platform. If their versions differ as well, that is the more
            // telling error, so it comes first.
            check_one_build(&[first, second], &[])?;
            let (first, second) = (first.how.clone(), second.how.clone());
            return Err(Error::TwiceGrub { platform: platform.name().into(), first, second });
        }
        chosen.push(first);
    }
    check_one_build(&chosen, &found.fonts)?;
    for part in &chosen {
        complete(part, place)?;
    }
    let platforms = chosen.into_iter().map(|part| Grub {
        platform: part.platform,
        files: PlatformFiles::new(part.files.clone()),
        origin: Origin {
            from: part.how.clone(),
            package: part.package.clone().map(|p| p.0),
            version: part.package.clone().map(|p| p.1).or_else(|| part.build.clone()),
            sha256: part.sha256.clone(),
        },
        sums: part.sums.clone(),
    });
    Ok(GrubBuild {
        platforms: platforms.collect(),
        font: found.fonts.first().map(|f| f.0.clone()),
        signed: None,
        packages: found.packages.clone(),
    })
}

pub(super) fn none_there(found: &Found, platform: Platform, place: &Path) -> Error {
    let there = match found.holds.as_slice() {
        [] => String::new(),
        holds => format!("; there are those for {}", platform::names(holds)),
    };
    let package = platform.package();
    let why = format!("there are no modules, which are in the package {package}{there}");
    not_grub(place, &[platform], why)
}

/// Checks that the part has every file that building a boot loader needs.
pub(super) fn complete(part: &Part, place: &Path) -> Result<(), Error> {
    let required = platform::required(part.platform).iter();
    let missing: Vec<_> = required.copied().filter(|f| !part.files.contains_key(*f)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let why = format!(
        "it lacks {}; a /boot/grub that grub-install has filled is not enough, give what it \
         copies from, such as /usr/lib/grub",
        missing.join(", ")
    );
    Err(not_grub(place, &[part.platform], why))
}
