//! The boot loaders' configurations inside an image, read as far as it takes to know what they
//! start: kernel, initrds, parameters of each entry.

mod grub;
mod loader_entries;
mod loopback;
mod syslinux;

use crate::contents::Contents;
use crate::{BootEntry, Config, Loader, LoopbackCfg};
use std::collections::BTreeMap;
use std::io::{Read, Seek};

/// Largest configuration file read, in bytes; and how many, with those that others include.
const MAX_BYTES: usize = 256 << 10;
const MAX_FILES: usize = 64;
/// Configurations that are not included by another.
const MAX_CONFIGS: usize = 12;
/// Entries kept, of one configuration and in all.
const MAX_OF_ONE: usize = 6;
const MAX_ENTRIES: usize = 16;
/// Parameters kept of an entry, and their bytes.
const MAX_ARGS: usize = 64;
const MAX_ARG_BYTES: usize = 4096;
/// Initrds that an entry may have.
const MAX_INITRDS: usize = 8;

/// Known places, the more telling first. What else is called like one comes behind.
const PLACES: &[&str] = &[
    "/boot/grub/grub.cfg",
    "/boot/grub2/grub.cfg",
    "/boot/grub/kernels.cfg",
    "/EFI/BOOT/grub.cfg",
    "/EFI/debian/grub.cfg",
    "/grub/grub.cfg",
    "/isolinux/isolinux.cfg",
    "/boot/isolinux/isolinux.cfg",
    "/syslinux/syslinux.cfg",
    "/boot/syslinux/syslinux.cfg",
    "/boot/syslinux/isolinux.cfg",
];
const NAMES: &[&str] =
    &["grub.cfg", "kernels.cfg", "isolinux.cfg", "syslinux.cfg", "extlinux.conf"];

/// What all configurations together say.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) configs: BTreeMap<String, Config>,
    pub(crate) entries: Vec<BootEntry>,
    pub(crate) loopback: Option<LoopbackCfg>,
}

/// The text files of an image, a bounded number of them.
pub(crate) struct Texts<'a, R> {
    contents: &'a mut Contents<R>,
    left: usize,
}

impl<R: Read + Seek> Texts<'_, R> {
    /// A file's text; `None` when there is no such file, or it is no configuration by its size.
    fn read(&mut self, path: &str) -> Option<String> {
        let path = self.contents.find(path)?.to_owned();
        let len = self.contents.len(&path)?;
        self.left = self.left.checked_sub(1)?;
        if len > MAX_BYTES as u64 {
            return None;
        }
        let bytes = self.contents.head(&path, MAX_BYTES)?;
        Some(String::from_utf8_lossy(&bytes).replace('\r', ""))
    }

    /// The path as the image spells it.
    fn find(&self, path: &str) -> Option<&str> {
        self.contents.find(path)
    }

    fn is_directory(&self, path: &str) -> bool {
        self.contents.has_directory(path)
    }
}

/// Reads them all.
pub(crate) fn read_all<R: Read + Seek>(contents: &mut Contents<R>) -> Found {
    let mut found = Found::default();
    let places = places(contents);
    let mut texts = Texts { contents, left: MAX_FILES };
    let mut kept = Vec::new();
    for path in places {
        let Some(text) = texts.read(&path) else { continue };
        let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        let (loader, entries) = match name.as_str() {
            "grub.cfg" | "kernels.cfg" => (Loader::Grub, grub::entries(&mut texts, &path, &text)),
            _ => (Loader::Syslinux, syslinux::entries(&mut texts, &path, &text)),
        };
        note(&texts, &path, loader, entries, &mut found.configs, &mut kept);
    }
    let entries = loader_entries::entries(&mut texts);
    if let Some(first) = entries.first() {
        let directory = first.config.clone();
        note(&texts, &directory, Loader::LoaderEntries, entries, &mut found.configs, &mut kept);
    }
    kept.truncate(MAX_ENTRIES);
    found.entries = kept;
    found.loopback = loopback::find(&mut texts);
    found
}

/// The configurations that there are, in the order in which they count.
fn places<R: Read + Seek>(contents: &Contents<R>) -> Vec<String> {
    let mut places: Vec<String> =
        PLACES.iter().filter_map(|p| contents.find(p).map(str::to_owned)).collect();
    let named = contents.paths().filter(|path| {
        let name = path.rsplit('/').next().unwrap_or_default();
        path.matches('/').count() <= 5 && NAMES.iter().any(|n| n.eq_ignore_ascii_case(name))
    });
    let mut rest: Vec<&str> = named.collect();
    rest.sort_by_key(|p| (p.matches('/').count(), *p));
    for path in rest {
        if !places.iter().any(|p| p == path) {
            places.push(path.to_owned());
        }
    }
    places.truncate(MAX_CONFIGS);
    places
}

/// Keeps of one configuration's entries those that can mean something later.
fn note<R: Read + Seek>(
    texts: &Texts<'_, R>,
    config: &str,
    loader: Loader,
    entries: Vec<BootEntry>,
    configs: &mut BTreeMap<String, Config>,
    kept: &mut Vec<BootEntry>,
) {
    let mut mine: Vec<BootEntry> = Vec::new();
    for mut entry in entries {
        let Some(kernel) = texts.find(&entry.kernel) else { continue };
        entry.kernel = kernel.to_owned();
        for initrd in &mut entry.initrds {
            if let Some(spelled) = texts.find(initrd) {
                *initrd = spelled.to_owned();
            }
        }
        entry.title = entry.title.chars().filter(|c| !c.is_control()).take(100).collect();
        let bytes: usize = entry.args.iter().map(String::len).sum();
        let odd = entry.args.iter().any(|a| a.chars().any(char::is_control));
        let many = entry.args.len() > MAX_ARGS || entry.initrds.len() > MAX_INITRDS;
        if many || bytes > MAX_ARG_BYTES || odd {
            continue;
        }
        mine.push(entry);
    }
    let number = u32::try_from(mine.len()).unwrap_or(u32::MAX);
    configs.insert(config.to_owned(), Config { loader, entries: number });
    mine.sort_by_key(|entry| !entry.default);
    for entry in mine.into_iter().take(MAX_OF_ONE) {
        let same = |other: &BootEntry| {
            (&other.kernel, &other.initrds, &other.args)
                == (&entry.kernel, &entry.initrds, &entry.args)
        };
        if !kept.iter().any(same) {
            kept.push(entry);
        }
    }
}

/// `path` within the directory `from`, with `.` and `..` resolved. Absolute from the image's root
/// when it starts with `/`.
fn join(from: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let start = if path.starts_with('/') { "" } else { from };
    for part in start.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.iter().fold(String::new(), |path, part| path + "/" + part)
}

/// The directory of a file.
fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}
