//! Which installed package a file belongs to: dpkg's own records, read without dpkg.

use crate::deb::field;
use crate::environment::Environment;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

/// Longest list of files that is looked at, in bytes.
const MAX_LIST: u64 = 16 << 20;

/// Name and version of the installed package that owns `file`, among those whose names begin
/// with `prefix`. `None` when dpkg's records do not say or cannot be read: this is only ever
/// used to tell people what they have.
pub(crate) fn owner(env: &Environment, file: &Path, prefix: &str) -> Option<(String, String)> {
    let root = fs::canonicalize(&env.root).ok()?;
    let line = Path::new("/").join(file.strip_prefix(root).ok()?);
    let line = line.to_str()?;
    let admin = env.below_root("var/lib/dpkg");
    let mut lists: Vec<_> =
        fs::read_dir(admin.join("info")).ok()?.filter_map(|e| Some(e.ok()?.path())).collect();
    lists.sort();
    let stem = lists.iter().find_map(|path| {
        let stem = path.file_name()?.to_str()?.strip_suffix(".list")?;
        let mut text = String::new();
        let wanted = stem.starts_with(prefix);
        let read =
            wanted.then(|| File::open(path).ok()?.take(MAX_LIST).read_to_string(&mut text).ok());
        read.flatten()?;
        text.lines().any(|l| l == line).then_some(stem)
    })?;
    // `grub-pc-bin`, or `libc6:amd64` for packages that several architectures may install.
    let (package, arch) = stem.split_once(':').map_or((stem, None), |(p, a)| (p, Some(a)));
    let version = version(&admin.join("status"), package, arch)?;
    Some((package.to_owned(), version))
}

fn version(status: &Path, package: &str, arch: Option<&str>) -> Option<String> {
    let mut stanza = String::new();
    let lines = BufReader::new(File::open(status).ok()?).split(b'\n').map_while(Result::ok);
    for line in lines.chain([Vec::new()]) {
        if !line.is_empty() {
            stanza.push_str(&String::from_utf8_lossy(&line));
            stanza.push('\n');
            continue;
        }
        let get = |name| field(&stanza, name);
        let installed = get("Status").is_some_and(|s| s.ends_with(" installed"));
        let arch_fits = arch.is_none_or(|a| get("Architecture") == Some(a));
        if get("Package") == Some(package) && installed && arch_fits {
            return get("Version").map(Into::into);
        }
        stanza.clear();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_owner_and_only_if_installed() {
        let dir = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(dir.path()).unwrap();
        let env =
            Environment { home: None, xdg_cache_home: None, path: "".into(), root: root.clone() };
        let info = root.join("var/lib/dpkg/info");
        fs::create_dir_all(&info).unwrap();
        fs::write(info.join("grub-common.list"), "/.\n/usr/bin/x\n").unwrap();
        fs::write(info.join("grub-pc-bin:amd64.list"), "/.\n/usr/lib/grub/m\n").unwrap();
        let status = |state| {
            let text = format!(
                "Package: a\nStatus: install ok installed\nVersion: 9\n\nPackage: grub-pc-bin\n\
                 Status: {state}\nArchitecture: i386\nVersion: 1\n\nPackage: grub-pc-bin\n\
                 Status: {state}\nArchitecture: amd64\nVersion: 2.06-13\n"
            );
            fs::write(root.join("var/lib/dpkg/status"), text).unwrap();
            owner(&env, &root.join("usr/lib/grub/m"), "grub")
        };
        assert_eq!(status("install ok installed"), Some(("grub-pc-bin".into(), "2.06-13".into())));
        assert_eq!(status("deinstall ok config-files"), None);
        status("install ok installed");
        assert_eq!(owner(&env, &root.join("usr/lib/grub/n"), "grub"), None);
        assert_eq!(owner(&env, Path::new("/elsewhere/m"), "grub"), None);
    }
}
