//! Directories with GRUB's files, whether a package manager or a user put the files there.

use super::modinfo;
use super::parts::{Found, Part, asset, is_grub_file, not_grub, read_file};
use super::platform::FileMap;
use crate::environment::Environment;
use crate::error::{Error, shown};
use crate::two_at_a_time::two_at_a_time;
use grub_image::Platform;
use key_inventory::Asset;
use packages::Installed;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The font's paths relative to the directory that holds the platforms' directories, such as
/// `/usr/lib/grub`: for Debian and Arch, for Fedora and openSUSE, in that directory itself, and in
/// a `/boot/grub` that `grub-install` has filled.
const FONTS: [&str; 4] = [
    "../../share/grub/unicode.pf2",
    "../../share/grub2/unicode.pf2",
    "unicode.pf2",
    "fonts/unicode.pf2",
];

/// Reads the wanted platforms whose directories are in `dir`, or `dir` itself if it is one
/// platform's directory. The result is empty if it is neither.
pub(super) fn found(
    dir: &Path,
    wanted: &[Platform],
    how: &str,
    env: &Environment,
) -> Result<Found, Error> {
    let mut found = Found::default();
    let sub = |platform: &Platform| dir.join(platform.name());
    found.holds.extend(Platform::ALL.iter().filter(|p| is_platform_directory(&sub(p))));
    let read: Vec<_> = found.holds.iter().filter(|p| wanted.contains(p)).copied().collect();
    let parts = two_at_a_time(&read, |_, p| part(&sub(p), Some(*p), wanted, how, env))?;
    for (platform, part) in read.iter().zip(parts) {
        found.add(part, &sub(platform), env)?;
    }
    if found.holds.is_empty() && is_platform_directory(dir) {
        let part = part(dir, None, wanted, how, env)?;
        found.holds.push(part.platform);
        if wanted.contains(&part.platform) {
            found.add(part, dir, env)?;
        }
    }
    Ok(found)
}

fn is_platform_directory(dir: &Path) -> bool {
    ["kernel.img", "boot.img", "normal.mod"].iter().any(|f| dir.join(f).is_file())
}

impl Found {
    /// Adds a part that was read from the platform directory `dir`, and the font beside that
    /// directory unless a font was found before: a key has one.
    fn add(&mut self, part: Part, dir: &Path, env: &Environment) -> Result<(), Error> {
        self.parts.push(part);
        if self.fonts.is_empty() {
            let font = font(dir, env)?;
            self.fonts.extend(font.map(|f| (f, false)));
        }
        Ok(())
    }
}

/// Reads a platform directory.
fn part(
    dir: &Path,
    named: Option<Platform>,
    wanted: &[Platform],
    how: &str,
    env: &Environment,
) -> Result<Part, Error> {
    let fail = |source| Error::Read { path: dir.to_path_buf(), source };
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(dir).map_err(fail)? {
        let name = entry.map_err(fail)?.file_name();
        let Some(name) = name.to_str().filter(|n| is_grub_file(n)) else { continue };
        files.insert(name.to_owned(), read_file(&dir.join(name), env)?);
    }
    // Resolved, because dpkg knows files by their real name.
    let real = fs::canonicalize(dir).map_err(fail)?;
    let package = owner(env, &real.join("modinfo.sh"), "grub")?;
    Ok(Part::new(platform(dir, named, wanted, &files)?, files, whence(how, dir), package))
}

fn whence(how: &str, dir: &Path) -> String {
    format!("{how} {}", shown(dir))
}

/// The platform that a directory is for: by its `modinfo.sh`, else by its name, else the only one
/// that is wanted.
fn platform(
    dir: &Path,
    named: Option<Platform>,
    wanted: &[Platform],
    files: &FileMap,
) -> Result<Platform, Error> {
    let says = modinfo::platform(files);
    let says = says.as_deref();
    let wrong = |wanted, name: &str| {
        Err(not_grub(dir, wanted, format!("its modinfo.sh says it is for {name}")))
    };
    match (says, named) {
        (Some(name), Some(named)) if name != named.name() => wrong(&[named], name),
        (_, Some(named)) => Ok(named),
        (Some(name), None) => match name.parse::<Platform>().ok() {
            Some(platform) => Ok(platform),
            None => wrong(wanted, name),
        },
        (None, None) => {
            let by_name = dir.file_name().and_then(|n| n.to_str()?.parse::<Platform>().ok());
            match (by_name, wanted) {
                (Some(platform), _) => Ok(platform),
                (None, [platform]) => Ok(*platform),
                _ => Err(not_grub(dir, wanted, "it has no modinfo.sh that says for which it is")),
            }
        }
    }
}

fn font(dir: &Path, env: &Environment) -> Result<Option<Asset>, Error> {
    let real = fs::canonicalize(dir);
    let real = real.map_err(|source| Error::Read { path: dir.to_path_buf(), source })?;
    let Some(parent) = real.parent() else { return Ok(None) };
    let Some(path) = FONTS.iter().map(|f| parent.join(f)).find(|p| p.is_file()) else {
        return Ok(None);
    };
    installed_asset(&path, "grub", env).map(Some)
}

/// The installed package that owns a file, by dpkg's records.
fn owner(env: &Environment, file: &Path, prefix: &str) -> Result<Option<Installed>, Error> {
    env.opened.add_directory(&env.below_root("var/lib/dpkg"));
    Ok(packages::owner(&env.root, file, prefix)?)
}

/// The file at `path`, with the installed package that owns it if dpkg's records name one.
pub(super) fn installed_asset(
    path: &Path,
    package_prefix: &str,
    env: &Environment,
) -> Result<Asset, Error> {
    let real = fs::canonicalize(path);
    let path = real.map_err(|source| Error::Read { path: path.to_path_buf(), source })?;
    let bytes = read_file(&path, env)?;
    let package = owner(env, &path, package_prefix)?;
    Ok(asset(bytes, shown(&path).to_string(), package))
}
