//! memdisk, the part of Syslinux that boots a disk image from memory on a BIOS.

use super::directory;
use super::parts::{MAX_FILE, asset, open_package};
use crate::environment::Environment;
use crate::error::{Error, shown};
use key_inventory::Asset;
use packages::Package;
use std::path::PathBuf;

/// The Debian package that has memdisk.
pub const MEMDISK_PACKAGE: &str = "syslinux-common";

/// The paths of memdisk in packages, and below the root once they are installed: in Debian, in
/// Fedora and openSUSE, in Arch.
pub(super) const IN_PACKAGES: [&str; 3] =
    ["usr/lib/syslinux/memdisk", "usr/share/syslinux/memdisk", "usr/lib/syslinux/bios/memdisk"];

/// Finds memdisk: in the package files among `explicit`, else in the cache, else where
/// distributions install it. A lock that is in force names all there is, so then only `explicit` is
/// looked at. `None` if memdisk is nowhere, which is no error: few keys need it.
///
/// The order is that of [`locate`](super::locate): the most deliberate choice wins. Unlike there,
/// a path that was given and has no memdisk does not end the search.
///
/// # Errors
/// Whatever reading a package or a file can meet.
pub fn locate_memdisk(explicit: &[PathBuf], env: &Environment) -> Result<Option<Asset>, Error> {
    for path in explicit.iter().filter(|p| !p.is_dir()) {
        if let Some(asset) = in_package(&open_package(path, env)?)? {
            return Ok(Some(asset));
        }
    }
    if env.locked.is_some() {
        return Ok(None);
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
    let how = format!("{name} in {}", shown(package.path()));
    Ok(Some(asset(bytes, how, Some((package.name().to_owned(), package.version().to_owned())))))
}
