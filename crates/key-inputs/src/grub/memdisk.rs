//! memdisk, the part of Syslinux that boots a disk image from memory on a BIOS.

use super::{Asset, MAX_FILE, read_file};
use crate::cache::Cache;
use crate::deb::Deb;
use crate::dpkg;
use crate::environment::Environment;
use crate::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// The Debian package that holds it.
pub const MEMDISK_PACKAGE: &str = "syslinux-common";

/// Its path in that package.
pub(super) const IN_PACKAGE: &str = "usr/lib/syslinux/memdisk";

/// Where distributions install it, below the root: Debian, Fedora, Arch.
const INSTALLED: [&str; 3] =
    [IN_PACKAGE, "usr/share/syslinux/memdisk", "usr/lib/syslinux/bios/memdisk"];

/// Finds memdisk: in package files that were given, then in the cache, then installed; in the
/// order of [`locate`](super::locate) and for its reasons. `None` when it is nowhere: few keys
/// need it.
///
/// # Errors
/// Whatever reading a package or a file can meet.
pub fn locate_memdisk(explicit: &[PathBuf], env: &Environment) -> Result<Option<Asset>, Error> {
    for path in explicit.iter().filter(|p| p.extension().is_some_and(|x| x == "deb")) {
        if let Some(asset) = in_package(path)? {
            return Ok(Some(asset));
        }
    }
    if let Ok(cache) = Cache::of(env)
        && let Some(cached) = cache.package(MEMDISK_PACKAGE)?
    {
        return in_package(&cached.deb);
    }
    let Some(path) = INSTALLED.map(|p| env.below_root(p)).into_iter().find(|p| p.is_file()) else {
        return Ok(None);
    };
    let path = fs::canonicalize(&path).unwrap_or(path);
    let bytes = read_file(&path)?;
    let package = dpkg::owner(env, &path, "syslinux");
    Ok(Some(Asset::new("memdisk", bytes, path.display().to_string(), package)))
}

fn in_package(path: &Path) -> Result<Option<Asset>, Error> {
    let deb = Deb::open(path)?;
    let bytes = deb.read_members(MAX_FILE, |name| name == IN_PACKAGE)?.remove(IN_PACKAGE);
    let c = deb.control();
    let package = Some((c.package.clone(), c.version.clone()));
    let how = format!("{IN_PACKAGE} in {}", path.display());
    Ok(bytes.map(|bytes| Asset::new("memdisk", bytes, how, package)))
}
