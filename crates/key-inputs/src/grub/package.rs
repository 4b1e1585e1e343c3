//! GRUB in Debian packages: modules in grub-pc-bin, the font in grub-common.

use super::memdisk::IN_PACKAGE as MEMDISK;
use super::{Asset, GRUB_PLATFORM, MAX_FILES, Part, is_grub_file};
use crate::deb::Deb;
use crate::error::Error;
use std::collections::BTreeMap;
use std::path::Path;

const MODULES: &str = "usr/lib/grub/";
const FONT: &str = "usr/share/grub/unicode.pf2";

/// Reads what a package file has of GRUB.
pub(super) fn part(path: &Path, how: String) -> Result<Part, Error> {
    let deb = Deb::open(path)?;
    let members =
        deb.read_members(MAX_FILES, |name| name == FONT || platform_file(name).is_some())?;
    let c = deb.control();
    let mut files = BTreeMap::new();
    let mut font = None;
    for (name, bytes) in members {
        if let Some(file) = platform_file(&name) {
            files.insert(file.to_owned(), bytes);
        } else {
            let package = Some((c.package.clone(), c.version.clone()));
            let how = format!("{} in {}", name, path.display());
            font = Some(Asset::new("unicode.pf2", bytes, how, package));
        }
    }
    let (package, version) = (Some(c.package.clone()), Some(c.version.clone()));
    Ok(Part { how, package, version, is_package: true, files, font })
}

/// Whether the package is the one that carries memdisk.
pub(super) fn has_memdisk(path: &Path) -> Result<bool, Error> {
    Ok(!Deb::open(path)?.read_members(MAX_FILES, |name| name == MEMDISK)?.is_empty())
}

/// The file name, if the member is a file of the platform directory itself.
fn platform_file(name: &str) -> Option<&str> {
    let file = name.strip_prefix(MODULES)?.strip_prefix(GRUB_PLATFORM)?.strip_prefix('/')?;
    (!file.contains('/') && is_grub_file(file)).then_some(file)
}
