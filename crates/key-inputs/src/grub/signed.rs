//! Programs that start under Secure Boot: shim, MokManager and a distribution's signed GRUB.
//!
//! ```text
//! file                            Debian, Ubuntu                  Fedora                openSUSE
//! shim      BOOTX64.EFI           usr/lib/shim/                   boot/efi/EFI/fedora/  usr/share/efi/
//!                                   shimx64.efi.signed              shimx64.efi           x86_64/shim.efi
//! MokMgr    mmx64.efi             usr/lib/shim/mmx64.efi[.signed] … mmx64.efi           … MokManager.efi
//! GRUB      grubx64.efi           usr/lib/grub/x86_64-efi-signed/ … gcdx64.efi          … grub.efi
//!                                   gcdx64.efi.signed
//! ```
//!
//! All are taken from one level (given, fetched or installed), because shim starts a GRUB only if
//! shim's own vendor has signed it. The GRUB for removable media (`gcd`) is taken and not the one
//! for installed systems, because it looks for its configuration in `/boot/grub` of the partition
//! that it was started from. shim's own fallback (`fbx64.efi`) is left out: in `EFI/BOOT` shim
//! would start it in place of GRUB, and it writes boot entries into the firmware.

use super::parts::{MAX_FILES, asset, open_package, package_file};
use super::{directory, platform};
use crate::environment::Environment;
use crate::error::{Error, shown};
use grub_image::Platform;
use key_inventory::{PackageFile, SignedProgram, SignedPrograms};
use packages::{Package, Request};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    Shim,
    Grub,
    MokManager,
}

/// The Debian packages that hold these programs; none for the BIOS.
pub(super) fn packages(platform: Platform) -> &'static [&'static str] {
    match platform {
        Platform::I386Pc => &[],
        Platform::X86_64Efi => {
            &["shim-signed", "shim-helpers-amd64-signed", "grub-efi-amd64-signed"]
        }
        Platform::I386Efi => &["shim-signed", "shim-helpers-i386-signed", "grub-efi-ia32-signed"],
        Platform::Arm64Efi => {
            &["shim-signed", "shim-helpers-arm64-signed", "grub-efi-arm64-signed"]
        }
    }
}

/// The Debian architecture of the packages that [`requests`] names.
pub(super) fn architecture(platform: Platform) -> &'static str {
    match platform {
        Platform::I386Efi => "i386",
        other => platform::architecture(other),
    }
}

pub(super) fn requests(platform: Platform) -> impl Iterator<Item = Request> {
    let architecture = architecture(platform);
    packages(platform).iter().map(move |name| Request::package(*name).on(architecture))
}

/// Two names of a platform's architecture: the one in file names such as `shimx64.efi`, and that
/// of openSUSE's directory below `usr/share/efi`.
fn suffixes(platform: Platform) -> (&'static str, &'static str) {
    match platform {
        Platform::I386Pc | Platform::X86_64Efi => ("x64", "x86_64"),
        Platform::I386Efi => ("ia32", "i586"),
        Platform::Arm64Efi => ("aa64", "aarch64"),
    }
}

/// The role of the file at a path below the root, and its rank: of several files for one role the
/// one of the lowest rank is taken.
fn role(path: &str, platform: Platform) -> Option<(Role, usize)> {
    let (suffix, cpu) = suffixes(platform);
    let (dir, base) = path.rsplit_once('/')?;
    if dir.strip_prefix("usr/share/efi/") == Some(cpu) {
        return match base {
            "shim.efi" => Some((Role::Shim, 0)),
            "shim-opensuse.efi" | "shim-sles.efi" => Some((Role::Shim, 1)),
            "grub.efi" => Some((Role::Grub, 0)),
            "MokManager.efi" => Some((Role::MokManager, 0)),
            _ => None,
        };
    }
    let known = ["usr/lib/shim", "boot/efi/EFI/", "usr/lib/efi/"];
    let signed = dir.strip_prefix("usr/lib/grub/").and_then(|d| d.strip_suffix("-signed"));
    if signed != Some(platform.name()) && !known.iter().any(|k| dir.starts_with(k)) {
        return None;
    }
    by_base(base, suffix)
}

/// The role and rank of a file by its bare name.
fn by_base(base: &str, suffix: &str) -> Option<(Role, usize)> {
    // In Ubuntu, `.signed` is a link to `.signed.latest` or `.signed.previous`.
    let endings = [".efi.signed", ".efi.signed.latest", ".efi.dualsigned", ".efi"];
    let roles = [("shim", Role::Shim), ("gcd", Role::Grub), ("mm", Role::MokManager)];
    roles.into_iter().find_map(|(stem, role)| {
        let ending = base.strip_prefix(stem)?.strip_prefix(suffix)?;
        Some((role, endings.iter().position(|e| *e == ending)?))
    })
}

/// Whether a package's file is a program for Secure Boot, for any platform.
pub(super) fn is_signed(path: &str) -> bool {
    Platform::ALL.into_iter().any(|p| role(path, p).is_some())
}

/// The programs found at one level (given, fetched or installed), the one of lowest rank for each
/// role.
#[derive(Default)]
struct Level {
    programs: BTreeMap<Role, (usize, SignedProgram)>,
    packages: Vec<PackageFile>,
    place: PathBuf,
}

impl Level {
    fn at(place: &Path) -> Self {
        Self { place: place.to_path_buf(), ..Self::default() }
    }

    fn offer(&mut self, (role, rank): (Role, usize), program: SignedProgram) {
        if self.programs.get(&role).is_none_or(|(had, _)| rank < *had) {
            self.programs.insert(role, (rank, program));
        }
    }

    fn package(&mut self, package: &Package, platform: Platform) -> Result<(), Error> {
        let members = package.read_members(MAX_FILES, |name| role(name, platform).is_some())?;
        if members.is_empty() {
            return Ok(());
        }
        let file = package_file(package)?;
        for (member, bytes) in members {
            let Some(found) = role(&member, platform) else { continue };
            let owner = Some((file.name.clone(), file.version.clone()));
            let asset = asset(bytes, format!("{member} in {}", shown(package.path())), owner);
            self.offer(found, SignedProgram { name: base(&member), asset });
        }
        self.packages.push(file);
        Ok(())
    }

    fn file(&mut self, path: &Path, what: (Role, usize), env: &Environment) -> Result<(), Error> {
        if self.programs.get(&what.0).is_some_and(|(had, _)| *had <= what.1) {
            return Ok(());
        }
        let asset = directory::installed_asset(path, "", env)?;
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
        self.offer(what, SignedProgram { name, asset });
        Ok(())
    }

    /// The level's programs; `None` if it has neither shim nor GRUB, an error if it has only one.
    fn finish(mut self, platform: Platform) -> Result<Option<SignedPrograms>, Error> {
        let mut take = |role| self.programs.remove(&role).map(|(_, program)| program);
        let lacks = match (take(Role::Shim), take(Role::Grub)) {
            (Some(shim), Some(grub)) => {
                return Ok(Some(SignedPrograms {
                    platform,
                    shim,
                    grub,
                    mok_manager: take(Role::MokManager),
                    packages: self.packages,
                }));
            }
            (None, None) => return Ok(None),
            (Some(_), None) => "shim without the GRUB that its vendor signed",
            (None, Some(_)) => "a signed GRUB without its vendor's shim",
        };
        let packages = packages(platform).iter().map(|p| (*p).to_owned()).collect();
        Err(Error::HalfSigned { place: self.place, platform: platform.name(), lacks, packages })
    }
}

/// Finds shim and the signed GRUB for a platform: in the `explicit` paths, else in the cache, else
/// where distributions install them.
///
/// The order is that of [`locate`](super::locate): the most deliberate choice wins. Unlike there,
/// paths that were given and have neither program do not end the search.
///
/// # Errors
/// [`Error::NoSigned`] with the next command when there are none, [`Error::HalfSigned`] when a
/// level has one and not the other; whatever reading a package or a file can meet.
pub fn locate_signed(
    platform: Platform,
    explicit: &[PathBuf],
    env: &Environment,
) -> Result<SignedPrograms, Error> {
    let mut level = Level::at(explicit.first().map_or(Path::new(""), |p| p));
    for path in explicit {
        if path.is_dir() {
            given_directory(&mut level, path, platform, env)?;
        } else {
            level.package(&open_package(path, env)?, platform)?;
        }
    }
    if let Some(found) = level.finish(platform)? {
        return Ok(found);
    }
    if env.locked.is_some() {
        let package = packages(platform).first().copied().unwrap_or_default().to_owned();
        return Err(Error::NotLocked { package, member: "a signed GRUB".to_owned() });
    }
    if let Ok(cache) = env.cache() {
        let mut level = Level::at(cache.dir());
        for name in packages(platform) {
            if let Some(cached) = cache.package(name, Some(architecture(platform)))? {
                level.package(&cached.open()?, platform)?;
            }
        }
        if let Some(found) = level.finish(platform)? {
            return Ok(found);
        }
    }
    let mut level = Level::at(&env.root);
    for dir in installed_directories(platform, env)? {
        for name in file_names(&dir)? {
            let path = dir.join(&name);
            let relative = path.strip_prefix(&env.root).ok().and_then(Path::to_str);
            if let Some(what) = relative.and_then(|r| role(r, platform)) {
                level.file(&path, what, env)?;
            }
        }
    }
    let packages = packages(platform).iter().map(|p| (*p).to_owned()).collect();
    level.finish(platform)?.ok_or(Error::NoSigned { platform: platform.name(), packages })
}

/// Reads a directory that the user named. It may hold the programs themselves, or be like
/// `/usr/lib/grub`: then GRUB is in a subdirectory such as `x86_64-efi-signed`, and shim in a
/// directory `shim` in it or beside it.
fn given_directory(
    level: &mut Level,
    dir: &Path,
    platform: Platform,
    env: &Environment,
) -> Result<(), Error> {
    let signed = dir.join(format!("{platform}-signed"));
    for dir in [dir.to_path_buf(), signed, dir.join("shim"), dir.join("../shim")] {
        for name in file_names(&dir)? {
            if let Some(what) = by_base(&name, suffixes(platform).0) {
                level.file(&dir.join(name), what, env)?;
            }
        }
    }
    Ok(())
}

/// The directories in which distributions install the programs: those in the module's table.
fn installed_directories(platform: Platform, env: &Environment) -> Result<Vec<PathBuf>, Error> {
    let signed = format!("usr/lib/grub/{platform}-signed");
    let suse = format!("usr/share/efi/{}", suffixes(platform).1);
    let mut all =
        vec![env.below_root("usr/lib/shim"), env.below_root(signed), env.below_root(suse)];
    all.extend(subdirectories(&env.below_root("boot/efi/EFI"))?);
    for program in ["shim", "grub2"] {
        for version in subdirectories(&env.below_root("usr/lib/efi").join(program))? {
            all.extend(subdirectories(&version.join("EFI"))?);
        }
    }
    Ok(all)
}

/// The directories in `dir`, sorted.
fn subdirectories(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let names = entries(dir, fs::Metadata::is_dir)?;
    Ok(names.into_iter().map(|name| dir.join(name)).collect())
}

/// The names of the files in `dir`, sorted, as far as they are UTF-8.
fn file_names(dir: &Path) -> Result<Vec<String>, Error> {
    let names = entries(dir, fs::Metadata::is_file)?;
    Ok(names.into_iter().filter_map(|name| name.into_string().ok()).collect())
}

/// The names in `dir` of what is of this kind, links followed, sorted. None if there is no such
/// directory, or we may not look into it: on many systems only root may read `/boot/efi`.
fn entries(dir: &Path, is_wanted: fn(&fs::Metadata) -> bool) -> Result<Vec<OsString>, Error> {
    let failed = |path: &Path, source| Error::Read { path: path.to_path_buf(), source };
    let listed = match fs::read_dir(dir) {
        Err(e) if is_none(&e) => return Ok(Vec::new()),
        listed => listed.map_err(|e| failed(dir, e))?,
    };
    let mut names = Vec::new();
    for entry in listed {
        let entry = entry.map_err(|e| failed(dir, e))?;
        match fs::metadata(entry.path()) {
            Ok(metadata) if is_wanted(&metadata) => names.push(entry.file_name()),
            Ok(_) => {}
            Err(e) if is_none(&e) => {}
            Err(e) => return Err(failed(&entry.path(), e)),
        }
    }
    names.sort();
    Ok(names)
}

/// Whether a system error means that there is nothing at a path, or nothing that this user may see.
fn is_none(e: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound, PermissionDenied};
    matches!(e.kind(), NotADirectory | NotFound | PermissionDenied)
}

/// Whether a directory that was given has any of these programs, for any platform.
pub(super) fn is_in(dir: &Path, env: &Environment) -> bool {
    Platform::ALL.into_iter().any(|platform| {
        let mut level = Level::at(dir);
        // A directory that cannot be read counts as having none here; the search that needs its
        // programs reports the error.
        given_directory(&mut level, dir, platform, env).is_ok() && !level.programs.is_empty()
    })
}

fn base(member: &str) -> String {
    member.rsplit('/').next().unwrap_or(member).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_the_places_of_distributions() {
        use Platform::{Arm64Efi, I386Efi, X86_64Efi};
        for (path, platform, expected) in [
            ("usr/lib/shim/shimx64.efi.signed", X86_64Efi, Some((Role::Shim, 0))),
            ("usr/lib/shim/shimx64.efi.signed.latest", X86_64Efi, Some((Role::Shim, 1))),
            ("usr/lib/shim/shimx64.efi", X86_64Efi, Some((Role::Shim, 3))),
            ("usr/lib/shim/shimx64.efi.signed", I386Efi, None),
            ("usr/lib/shim/mmaa64.efi.signed", Arm64Efi, Some((Role::MokManager, 0))),
            ("usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed", X86_64Efi, Some((Role::Grub, 0))),
            ("usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed", X86_64Efi, None),
            ("usr/lib/grub/i386-efi-signed/gcdx64.efi.signed", X86_64Efi, None),
            ("boot/efi/EFI/fedora/gcdx64.efi", X86_64Efi, Some((Role::Grub, 3))),
            ("usr/lib/efi/shim/15.8-3/EFI/fedora/shimx64.efi", X86_64Efi, Some((Role::Shim, 3))),
            ("usr/share/efi/x86_64/grub.efi", X86_64Efi, Some((Role::Grub, 0))),
            ("usr/share/efi/aarch64/grub.efi", X86_64Efi, None),
            ("home/x/shimx64.efi.signed", X86_64Efi, None),
        ] {
            assert_eq!(role(path, platform), expected, "{path}");
        }
        assert!(is_signed("usr/lib/shim/mmia32.efi.signed") && !is_signed("usr/bin/hello"));
    }
}
