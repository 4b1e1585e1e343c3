//! The archive that a kernel unpacks before it starts the first process.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use cpio::newc::{Builder, trailer};

const DIRECTORY: u32 = 0o40_755;
const PROGRAM: u32 = 0o100_755;

pub(super) fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// An archive that is being made: files by their paths. All of them are executable.
#[derive(Debug, Default)]
pub(super) struct Initramfs {
    directories: BTreeSet<String>,
    files: BTreeMap<String, Vec<u8>>,
}

impl Initramfs {
    pub(super) fn directory(&mut self, path: &str) {
        self.directories.insert(path.to_owned());
    }

    /// Adds a file, with the directories that lead to it.
    pub(super) fn program(&mut self, path: &str, bytes: &[u8]) {
        let path = path.trim_start_matches('/');
        for (end, _) in path.match_indices('/') {
            self.directory(&path[..end]);
        }
        self.files.insert(path.to_owned(), bytes.to_vec());
    }

    /// The archive, in cpio's `newc` format.
    pub(super) fn finish(&self) -> Vec<u8> {
        let directories = self.directories.iter().map(|path| (path, DIRECTORY, [].as_slice()));
        let files = self.files.iter().map(|(path, bytes)| (path, PROGRAM, bytes.as_slice()));
        let mut archive = Vec::new();
        for ((path, mode, bytes), inode) in directories.chain(files).zip(1..) {
            // The kernel takes equal numbers for hard links.
            let entry = Builder::new(path).mode(mode).ino(inode).nlink(1);
            let len = u32::try_from(bytes.len()).expect("a file below 4 GiB");
            let mut entry = entry.write(&mut archive, len);
            entry.write_all(bytes).and_then(|()| entry.finish()).expect("a Vec takes it");
        }
        trailer(&mut archive).expect("a Vec takes it");
        archive
    }
}

/// The files of the named kernel modules below `dir`, each behind the ones that it depends on.
pub(super) fn modules(dir: &Path, names: &[&str]) -> Vec<PathBuf> {
    let mut found = BTreeMap::new();
    find(dir, &mut found);
    let mut ordered = Vec::new();
    for name in names {
        add(name, &found, &mut ordered);
    }
    ordered
}

fn add(name: &str, found: &BTreeMap<String, PathBuf>, ordered: &mut Vec<PathBuf>) {
    let path = found.get(name).unwrap_or_else(|| panic!("the kernel has no module {name}"));
    if ordered.contains(path) {
        return;
    }
    for needed in depends(&read(path)) {
        add(&needed, found, ordered);
    }
    ordered.push(path.clone());
}

/// The modules that a module depends on, from `depends=a,b` in its section `.modinfo`.
fn depends(module: &[u8]) -> Vec<String> {
    let strings = module.split(|byte| *byte == 0);
    let names = strings
        .filter_map(|string| string.strip_prefix(b"depends="))
        .flat_map(|names| names.split(|byte| *byte == b',').filter(|name| !name.is_empty()));
    names.map(|name| String::from_utf8_lossy(name).into_owned()).collect()
}

/// Finds every `*.ko` below `dir`, and files it under the name by which others depend on it.
fn find(dir: &Path, found: &mut BTreeMap<String, PathBuf>) {
    let entries = std::fs::read_dir(dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
    for entry in entries {
        let path = entry.expect("an entry of a directory").path();
        if path.is_dir() && !path.is_symlink() {
            find(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "ko") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().replace('-', "_");
            found.insert(name, path);
        }
    }
}
