//! Packages with GRUB's files: modules in grub-pc-bin or grub2-pc-modules, the font in grub-common or
//! grub2-common.

use super::memdisk::IN_PACKAGES as MEMDISK;
use super::parts::{Found, MAX_FILES, Part, asset, is_grub_file, package_file};
use super::signed;
use crate::error::{Error, shown};
use grub_image::Platform;
use packages::Package;
use std::cell::Cell;
use std::collections::BTreeMap;

/// The directories of packages that hold the platforms' directories: in Debian, Fedora and Arch;
/// in openSUSE; in openSUSE before 15.1.
const MODULES: [&str; 3] = ["usr/lib/grub/", "usr/share/grub2/", "usr/lib/grub2/"];
/// The paths of the font in packages: in Debian and Arch; in openSUSE; in Fedora.
const FONTS: [&str; 3] =
    ["usr/share/grub/unicode.pf2", "usr/share/grub2/unicode.pf2", "boot/grub2/fonts/unicode.pf2"];

/// The files of GRUB that a package file has.
pub(super) struct FoundInPackage {
    pub found: Found,
    /// Whether it has anything that `--grub` is for: GRUB's files, the font, memdisk, or a program
    /// for Secure Boot.
    pub of_use: bool,
}

/// Reads the wanted platforms' files and the font from a package.
pub(super) fn found(
    package: &Package,
    wanted: &[Platform],
    how: &str,
) -> Result<FoundInPackage, Error> {
    let of_use = Cell::new(false);
    let holds = Cell::new([false; Platform::ALL.len()]);
    let members = package.read_members(MAX_FILES, |name| {
        let font = FONTS.contains(&name);
        of_use.set(of_use.get() || font || MEMDISK.contains(&name) || signed::is_signed(name));
        let Some((platform, _)) = platform_file(name) else { return font };
        of_use.set(true);
        let mut all = holds.get();
        all[platform as usize] = true;
        holds.set(all);
        wanted.contains(&platform)
    })?;
    let mut found = Found::default();
    found.holds.extend(Platform::ALL.into_iter().filter(|p| holds.get()[*p as usize]));
    let of_use = of_use.get();
    if members.is_empty() {
        return Ok(FoundInPackage { found, of_use });
    }
    let file = package_file(package)?;
    let owner = || Some((file.name.clone(), file.version.clone()));
    let mut parts: BTreeMap<Platform, BTreeMap<_, _>> = BTreeMap::new();
    for (name, bytes) in members {
        if let Some((platform, base)) = platform_file(&name) {
            parts.entry(platform).or_default().insert(base.to_owned(), bytes);
        } else {
            let how = format!("{name} in {}", shown(package.path()));
            found.fonts.push((asset(bytes, how, owner()), true));
        }
    }
    let how = format!("{how} {}", shown(package.path()));
    for (platform, files) in parts {
        let mut part = Part::new(platform, files, how.clone(), owner());
        part.is_package = true;
        found.parts.push(part);
    }
    found.packages.push(file);
    Ok(FoundInPackage { found, of_use })
}

/// Whether a member is the font, or a file of any platform.
pub(super) fn is_grubs(name: &str) -> bool {
    FONTS.contains(&name) || platform_file(name).is_some()
}

/// The platform and the file name, if the member lies directly in a platform's directory.
fn platform_file(name: &str) -> Option<(Platform, &str)> {
    let (platform, file) = MODULES.iter().find_map(|m| name.strip_prefix(m)?.split_once('/'))?;
    let plain = !file.contains('/') && is_grub_file(file);
    Some((platform.parse::<Platform>().ok()?, file)).filter(|_| plain)
}
