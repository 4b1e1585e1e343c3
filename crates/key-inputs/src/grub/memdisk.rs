//! memdisk, the part of Syslinux that boots a disk image from memory on a BIOS.

use super::directory;
use super::parts::{MAX_FILE, asset};
use crate::environment::Environment;
use crate::error::Error;
use key_inventory::Asset;
use packages::Package;
use std::path::PathBuf;

/// The Debian package that holds it.
pub const MEMDISK_PACKAGE: &str = "syslinux-common";

/// Where distributions' packages have it, and install it below the root: Debian, Fedora and
/// openSUSE, Arch.
pub(super) const IN_PACKAGES: [&str; 3] =
    ["usr/lib/syslinux/memdisk", "usr/share/syslinux/memdisk", "usr/lib/syslinux/bios/memdisk"];

/// Finds memdisk: in package files that were given, then in the cache, then installed; in the
/// order of [`locate`](super::locate) and for its reasons. `None` when it is nowhere: few keys
/// need it.
///
/// # Errors
/// Whatever reading a package or a file can meet.
pub fn locate_memdisk(explicit: &[PathBuf], env: &Environment) -> Result<Option<Asset>, Error> {
    for path in explicit.iter().filter(|p| !p.is_dir()) {
        if let Some(asset) = in_package(&Package::open(path)?)? {
            return Ok(Some(asset));
        }
    }
    if let Ok(cache) = env.cache()
        && let Some(cached) = cache.package(MEMDISK_PACKAGE, None)?
    {
        return in_package(&cached.open()?);
    }
    let installed = IN_PACKAGES.map(|p| env.below_root(p)).into_iter().find(|p| p.is_file());
    installed.map(|path| directory::installed_asset(&path, "syslinux", env)).transpose()
}

fn in_package(package: &Package) -> Result<Option<Asset>, Error> {
    let members = package.read_members(MAX_FILE, |name| IN_PACKAGES.contains(&name))?;
    let Some((name, bytes)) = members.into_iter().next() else { return Ok(None) };
    let how = format!("{name} in {}", package.path().display());
    Ok(Some(asset(bytes, how, Some((package.name().to_owned(), package.version().to_owned())))))
}
