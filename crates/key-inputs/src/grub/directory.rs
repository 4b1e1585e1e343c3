//! GRUB in a directory: an installed one, or one that somebody unpacked.

use super::{Asset, GRUB_PLATFORM, Part, is_grub_file, not_grub, read_file};
use crate::dpkg;
use crate::environment::Environment;
use crate::error::Error;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the font is, from the directory that holds the platform's (`/usr/lib/grub`):
/// Debian and Arch, Fedora and openSUSE, the same directory, a filled `/boot/grub`.
const FONTS: [&str; 4] = [
    "../../share/grub/unicode.pf2",
    "../../share/grub2/unicode.pf2",
    "unicode.pf2",
    "fonts/unicode.pf2",
];

/// The platform directory that `dir` is or holds.
pub(super) fn resolve(dir: &Path) -> Option<PathBuf> {
    [dir.join(GRUB_PLATFORM), dir.to_path_buf()]
        .into_iter()
        .find(|d| ["kernel.img", "boot.img", "normal.mod"].iter().any(|f| d.join(f).is_file()))
}

/// Reads a platform directory.
pub(super) fn part(dir: &Path, how: String, env: &Environment) -> Result<Part, Error> {
    let fail = |source| Error::Read { path: dir.to_path_buf(), source };
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(dir).map_err(fail)? {
        let name = entry.map_err(fail)?.file_name();
        let Some(name) = name.to_str().filter(|n| is_grub_file(n)) else { continue };
        files.insert(name.to_owned(), read_file(&dir.join(name))?);
    }
    let modinfo = files.get("modinfo.sh").map(|b| String::from_utf8_lossy(b).into_owned());
    let modinfo = modinfo.as_deref().unwrap_or_default();
    if let (Some(cpu), Some(platform)) =
        (variable(modinfo, "grub_modinfo_target_cpu"), variable(modinfo, "grub_modinfo_platform"))
        && format!("{cpu}-{platform}") != GRUB_PLATFORM
    {
        return Err(not_grub(dir, format!("its modinfo.sh says it is for {cpu}-{platform}")));
    }
    // Resolved, because the font is looked for beside it and dpkg knows files by their real name.
    let real = fs::canonicalize(dir).map_err(fail)?;
    let (package, version) = dpkg::owner(env, &real.join("modinfo.sh"), "grub").unzip();
    let version = version.or_else(|| {
        let version = variable(modinfo, "grub_package_version");
        version.or_else(|| variable(modinfo, "grub_version")).map(Into::into)
    });
    let font = font(&real, env)?;
    Ok(Part { how, package, version, is_package: false, files, font })
}

fn font(real: &Path, env: &Environment) -> Result<Option<Asset>, Error> {
    let Some(parent) = real.parent() else { return Ok(None) };
    let Some(path) = FONTS.iter().map(|f| parent.join(f)).find(|p| p.is_file()) else {
        return Ok(None);
    };
    let path = fs::canonicalize(&path).unwrap_or(path);
    let bytes = read_file(&path)?;
    let package = dpkg::owner(env, &path, "grub");
    Ok(Some(Asset::new("unicode.pf2", bytes, path.display().to_string(), package)))
}

/// The value of `name=value` or `name="value"` in a shell script that only assigns.
fn variable<'a>(script: &'a str, name: &str) -> Option<&'a str> {
    script.lines().find_map(|line| {
        let value = line.strip_prefix(name)?.strip_prefix('=')?.trim();
        let value = value.trim_matches('"').trim_matches('\'');
        (!value.is_empty()).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::variable;

    #[test]
    fn variables() {
        let script = "#!/bin/bash\n# x=9\ngrub_version=\"2.06\"\ngrub_modinfo_platform=pc\ne=\n";
        assert_eq!(variable(script, "grub_version"), Some("2.06"));
        assert_eq!(variable(script, "grub_modinfo_platform"), Some("pc"));
        assert_eq!(variable(script, "e"), None);
        assert_eq!(variable(script, "x"), None);
    }
}
