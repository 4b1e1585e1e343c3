//! dpkg's records of which installed package a file belongs to, read without dpkg.

use crate::deb::field;
use crate::error::Error;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

/// Most bytes of a file that are read; the records of 3000 packages have 3 MB.
const MAX_FILE: u64 = 64 << 20;

/// The name and version of an installed package.
pub type Installed = (String, String);

/// The name and version of the installed package that owns `file`, among those whose names begin
/// with `prefix`. `root` is the system's root directory, and `file` a path below it without links.
/// `None` when dpkg's records do not name a package, or there are none that we may read.
///
/// # Errors
/// [`Error::Read`] when reading them fails.
pub fn owner(root: &Path, file: &Path, prefix: &str) -> Result<Option<Installed>, Error> {
    let resolved = match fs::canonicalize(root) {
        Err(e) if is_none(&e) => return Ok(None),
        resolved => resolved.map_err(|e| Error::Read { path: root.to_path_buf(), source: e })?,
    };
    let Ok(below) = file.strip_prefix(resolved) else { return Ok(None) };
    let line = Path::new("/").join(below);
    let admin = root.join("var/lib/dpkg");
    let (Some(line), Some(status)) = (line.to_str(), text(&admin.join("status"))?) else {
        return Ok(None);
    };
    // A package that was removed without its configuration files has a stanza too.
    let installed =
        |stanza: &&str| field(stanza, "Status").is_some_and(|s| s.ends_with(" installed"));
    let mut packages: Vec<_> = stanzas(&status, prefix)
        .into_iter()
        .filter(installed)
        .filter_map(|stanza| Some((field(stanza, "Package")?, stanza)))
        .collect();
    packages.sort_unstable();
    for (package, stanza) in packages {
        // `libc6:amd64.list` for packages that several architectures may install.
        let arch = field(stanza, "Architecture").map(|arch| format!("{package}:{arch}.list"));
        for list in arch.into_iter().chain([format!("{package}.list")]) {
            let list = text(&admin.join("info").join(list))?;
            if list.is_some_and(|list| list.lines().any(|l| l == line)) {
                let version = field(stanza, "Version");
                return Ok(version.map(|version| (package.to_owned(), version.to_owned())));
            }
        }
    }
    Ok(None)
}

/// The error of reading dpkg's records, if there are some and this user may not read them:
/// [`owner`] then finds no owner for any file.
pub fn forbidden(root: &Path) -> Option<Error> {
    let admin = root.join("var/lib/dpkg");
    ["status", "info"].into_iter().map(|name| admin.join(name)).find_map(|path| {
        let source = File::open(&path).err()?;
        let denied = source.kind() == io::ErrorKind::PermissionDenied;
        denied.then_some(Error::Read { path, source })
    })
}

/// The stanzas of packages whose names begin with `prefix`. dpkg writes the name first in a stanza,
/// so of thousands of stanzas only these few are looked into.
fn stanzas<'s>(status: &'s str, prefix: &str) -> Vec<&'s str> {
    let start = format!("Package: {prefix}");
    let is_first = |at: usize| at == 0 || status[..at].ends_with("\n\n");
    let starts = status.match_indices(&start).filter(|(at, _)| is_first(*at));
    starts.filter_map(|(at, _)| status[at..].split("\n\n").next()).collect()
}

/// The text of one of dpkg's files; `None` if there is none, or this user may not read it. Bytes
/// that are not UTF-8 are replaced: no path or name that is looked for has any.
fn text(path: &Path) -> Result<Option<String>, Error> {
    let bytes = match read(path) {
        Err(e) if is_none(&e) => return Ok(None),
        read => read.map_err(|source| Error::Read { path: path.to_path_buf(), source })?,
    };
    Ok(Some(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(e) => String::from_utf8_lossy(e.as_bytes()).into_owned(),
    }))
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    // The memory is reserved at once: growing step by step would take longer than reading.
    let len = file.metadata()?.len().min(MAX_FILE);
    let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or(0));
    file.take(MAX_FILE).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether a system error means that there is nothing at a path, or nothing that this user may
/// read.
fn is_none(e: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound, PermissionDenied};
    matches!(e.kind(), NotADirectory | NotFound | PermissionDenied)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_owner_and_only_if_installed() {
        let dir = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(dir.path()).unwrap();
        let info = root.join("var/lib/dpkg/info");
        fs::create_dir_all(&info).unwrap();
        fs::write(info.join("grub-common.list"), "/.\n/usr/bin/x\n").unwrap();
        fs::write(info.join("grub-pc-bin:amd64.list"), "/.\n/usr/lib/grub/m\n").unwrap();
        let status = |state| {
            let text = format!(
                "Package: other\nStatus: install ok installed\nArchitecture: amd64\nVersion: 8\n\
                 Description: about\n Package: grub-common\n\n\
                 Package: grub-common\nStatus: install ok installed\nArchitecture: amd64\nVersion: 9\n\n\
                 Package: grub-pc-bin\n\
                 Status: {state}\nArchitecture: i386\nVersion: 1\n\nPackage: grub-pc-bin\n\
                 Status: {state}\nArchitecture: amd64\nVersion: 2.06-13\n"
            );
            fs::write(root.join("var/lib/dpkg/status"), text).unwrap();
            owner(&root, &root.join("usr/lib/grub/m"), "grub").unwrap()
        };
        assert_eq!(status("install ok installed"), Some(("grub-pc-bin".into(), "2.06-13".into())));
        assert_eq!(status("deinstall ok config-files"), None);
        status("install ok installed");
        let plain = owner(&root, &root.join("usr/bin/x"), "grub").unwrap();
        assert_eq!(plain, Some(("grub-common".into(), "9".into())));
        assert_eq!(owner(&root, &root.join("usr/lib/grub/n"), "grub").unwrap(), None);
        assert_eq!(owner(&root, Path::new("/elsewhere/m"), "grub").unwrap(), None);
        // What is no file cannot be read, which is not the same as having no owner.
        fs::remove_file(info.join("grub-common.list")).unwrap();
        fs::create_dir(info.join("grub-common.list")).unwrap();
        assert!(owner(&root, &root.join("usr/bin/x"), "grub").is_err());
    }
}
