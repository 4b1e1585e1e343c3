//! dpkg's records of which installed package a file belongs to, read without dpkg.

use crate::deb::field;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

/// Most bytes of a file that are read; the records of 3000 packages have 3 MB.
const MAX_FILE: u64 = 64 << 20;

/// The name and version of the installed package that owns `file`, among those whose names begin
/// with `prefix`. `root` is the system's root directory, and `file` a path below it without links.
/// `None` when dpkg's records do not name a package or cannot be read.
pub fn owner(root: &Path, file: &Path, prefix: &str) -> Option<(String, String)> {
    let resolved = fs::canonicalize(root).ok()?;
    let line = Path::new("/").join(file.strip_prefix(resolved).ok()?);
    let line = line.to_str()?;
    let admin = root.join("var/lib/dpkg");
    let status = text(&admin.join("status"))?;
    // A package that was removed without its configuration files has a stanza too.
    let installed =
        |stanza: &&str| field(stanza, "Status").is_some_and(|s| s.ends_with(" installed"));
    let mut packages: Vec<_> = status
        .split("\n\n")
        .filter_map(|stanza| Some((field(stanza, "Package")?, stanza)))
        .filter(|(package, stanza)| package.starts_with(prefix) && installed(stanza))
        .collect();
    packages.sort_unstable();
    let owns = |list: String| {
        let list = text(&admin.join("info").join(list));
        list.is_some_and(|list| list.lines().any(|l| l == line))
    };
    let (package, stanza) = packages.into_iter().find(|(package, stanza)| {
        // `libc6:amd64.list` for packages that several architectures may install.
        let arch = field(stanza, "Architecture");
        arch.is_some_and(|arch| owns(format!("{package}:{arch}.list")))
            || owns(format!("{package}.list"))
    })?;
    Some((package.to_owned(), field(stanza, "Version")?.to_owned()))
}

/// The text of one of dpkg's files. Bytes that are not UTF-8 are replaced: nothing that is looked
/// for has any.
fn text(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(MAX_FILE).read_to_end(&mut bytes).ok()?;
    Some(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(e) => String::from_utf8_lossy(e.as_bytes()).into_owned(),
    })
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
                "Package: grub-common\nStatus: install ok installed\nArchitecture: amd64\nVersion: 9\n\n\
                 Package: grub-pc-bin\n\
                 Status: {state}\nArchitecture: i386\nVersion: 1\n\nPackage: grub-pc-bin\n\
                 Status: {state}\nArchitecture: amd64\nVersion: 2.06-13\n"
            );
            fs::write(root.join("var/lib/dpkg/status"), text).unwrap();
            owner(&root, &root.join("usr/lib/grub/m"), "grub")
        };
        assert_eq!(status("install ok installed"), Some(("grub-pc-bin".into(), "2.06-13".into())));
        assert_eq!(status("deinstall ok config-files"), None);
        status("install ok installed");
        let plain = owner(&root, &root.join("usr/bin/x"), "grub");
        assert_eq!(plain, Some(("grub-common".into(), "9".into())));
        assert_eq!(owner(&root, &root.join("usr/lib/grub/n"), "grub"), None);
        assert_eq!(owner(&root, Path::new("/elsewhere/m"), "grub"), None);
    }
}
