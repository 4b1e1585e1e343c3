//! The menu on a key, and whether the files that it starts are there.

use super::isos::IsoFound;
use crate::error::Error;
use image_layout::Positioned;
use iso_probe::{IsoImage, OutlinedEntry};
use key_read::{Disk, FileSystem, ReadAt as _};
use serde::Serialize;

/// Longest menu that is read.
const LONGEST: u64 = 4 << 20;
/// The places where ISOs have GRUB's menu.
const IN_ISO: [&str; 2] = ["boot/grub/grub.cfg", "boot/grub2/grub.cfg"];
/// Commands of GRUB whose words are files, and functions of this project's menus.
const FILES: [&str; 15] = [
    "linux",
    "linux16",
    "linuxefi",
    "initrd",
    "initrd16",
    "initrdefi",
    "multiboot",
    "multiboot2",
    "module",
    "module2",
    "chainloader",
    "configfile",
    "source",
    "loopback",
    "open_iso",
];

/// The menu of a key.
#[derive(Debug, Serialize)]
pub(super) struct MenuFound {
    pub(super) partition: u32,
    /// Whether it lies in the ISO 9660 file system that all of the disk is.
    pub(super) in_iso: bool,
    pub(super) path: String,
    pub(super) entries: Vec<EntryFound>,
}

/// An entry of it.
#[derive(Debug, Serialize)]
pub(super) struct EntryFound {
    pub(super) title: String,
    pub(super) id: Option<String>,
    pub(super) submenu: bool,
    pub(super) depth: usize,
    /// The files that it needs and that are there.
    pub(super) there: Vec<String>,
    /// The files that are not there.
    pub(super) missing: Vec<String>,
}

/// The grub.cfg that a key has.
///
/// # Errors
/// [`Error::NoMenu`] if it has none; or if it cannot be read.
pub fn grub_cfg(disk: &Disk<'_>) -> Result<String, Error> {
    let (_, _, text) = read(disk)?.ok_or(Error::NoMenu)?;
    Ok(text)
}

fn read(disk: &Disk<'_>) -> Result<Option<(u32, &'static str, String)>, Error> {
    let Some((volume, path)) = disk.boot_volume() else { return Ok(None) };
    let Some(files) = volume.file_system()? else { return Ok(None) };
    let bytes = files.open_file(path.as_bytes())?.read_all(LONGEST);
    let bytes = bytes.map_err(key_read::Error::Io)?;
    Ok(Some((volume.number, path, String::from_utf8_lossy(&bytes).into_owned())))
}

/// The menu with its entries, if there is one that can be read.
pub(super) fn found(disk: &Disk<'_>, isos: &[IsoFound]) -> Option<MenuFound> {
    let (partition, path, text) = read(disk).ok()??;
    let volumes = disk.volumes();
    let systems: Vec<FileSystem<'_>> =
        volumes.iter().filter_map(|v| v.file_system().ok().flatten()).collect();
    let exists = |path: &str| systems.iter().any(|files| files.lookup(path.as_bytes()).is_ok());
    let entries = entries(&text, path, &exists, isos);
    Some(MenuFound { partition, in_iso: false, path: format!("/{path}"), entries })
}

/// The menu of an ISO that was written to the disk, as `grub-mkrescue` makes them.
pub(super) fn in_iso(disk: &Disk<'_>) -> Option<MenuFound> {
    let image = IsoImage::open(Positioned::new(disk.whole()), disk.whole().len()).ok()?;
    let (path, file) =
        IN_ISO.into_iter().find_map(|path| Some((path, image.locate(&format!("/{path}"))?)))?;
    let mut bytes = Vec::new();
    for (at, len) in file.extents.iter() {
        if bytes.len() as u64 + len > LONGEST {
            return None;
        }
        // OK to cast: a part of the longest menu.
        bytes.extend(disk.whole().read_vec(*at, *len as usize).ok()?);
    }
    let facts = image.into_facts();
    let exists = |path: &str| facts.find(path.trim_end_matches('/')).is_some();
    let entries = entries(&String::from_utf8_lossy(&bytes), path, &exists, &[]);
    Some(MenuFound { partition: 0, in_iso: true, path: format!("/{path}"), entries })
}

/// The entries of the menu at `path`. `exists` tells whether there is a file, outside of ISOs.
fn entries(
    text: &str,
    path: &str,
    exists: &dyn Fn(&str) -> bool,
    isos: &[IsoFound],
) -> Vec<EntryFound> {
    let prefix = path.strip_suffix("/grub.cfg").unwrap_or_default();
    let entries = iso_probe::outline(text).into_iter();
    entries.map(|entry| look_into(entry, prefix, exists, isos)).collect()
}

fn look_into(
    entry: OutlinedEntry,
    prefix: &str,
    exists: &dyn Fn(&str) -> bool,
    isos: &[IsoFound],
) -> EntryFound {
    let (mut there, mut missing) = (Vec::new(), Vec::new());
    // The ISO whose files the entry starts.
    let mut iso: Option<&IsoFound> = None;
    // Whether a path without a device is one in that ISO.
    let mut root_is_iso = false;
    for command in &entry.commands {
        let Some((name, words)) = command.split_first() else { continue };
        let name = name.strip_prefix('!').unwrap_or(name).trim();
        let (name, words) = match (name, words) {
            ("", [name, words @ ..]) => (name.as_str(), words),
            _ => (name, words),
        };
        if let ("set", Some(root)) = (name, words.iter().find_map(|w| w.strip_prefix("root="))) {
            root_is_iso = matches!(root, "loop" | "(loop)");
        }
        if !FILES.contains(&name) {
            continue;
        }
        for word in words.iter().filter(|w| w.contains('/') && !w.contains('=')) {
            let Some((inside, path)) = path_of(word, prefix, root_is_iso) else { continue };
            let is_there = match (inside, iso) {
                (true, Some(iso)) => {
                    iso.files.iter().any(|file| file == path.trim_end_matches('/'))
                }
                (true, None) => false,
                (false, _) => exists(&path),
            };
            if matches!(name, "open_iso" | "loopback") {
                iso = isos.iter().find(|iso| iso.path == path);
            }
            let list = if is_there { &mut there } else { &mut missing };
            if !list.contains(&path) {
                list.push(path);
            }
        }
    }
    let OutlinedEntry { title, id, submenu, depth, .. } = entry;
    EntryFound { title, id, submenu, depth, there, missing }
}

/// The path that a word names, and whether it is one in an ISO; `None`: it names no file, or a
/// variable decides which.
fn path_of(word: &str, prefix: &str, root_is_iso: bool) -> Option<(bool, String)> {
    // Paths that depend on the machine are looked for as on one kind: 64-bit UEFI.
    let of_prefix = word.starts_with("${prefix}");
    let word = word
        .replace("${prefix}", &format!("/{prefix}"))
        .replace("${grub_cpu}", "x86_64")
        .replace("${grub_platform}", "efi");
    let (inside, path) = match word.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        Some((device, path)) => (device == "loop", path),
        // What `prefix` names lies on the key.
        None => (root_is_iso && !of_prefix, &*word),
    };
    (path.starts_with('/') && !path.contains("${")).then(|| (inside, path.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_isos_own_menu_is_looked_for_in_the_iso() {
        let iso = IsoFound {
            partition: 2,
            path: "/live.iso".into(),
            bytes: 0,
            title: None,
            boots: None,
            because: String::new(),
            recipe: None,
            files: vec!["/boot/grub/loopback.cfg".into()],
        };
        let menu = |path: &str| {
            format!(
                "menuentry 'own' {{\n if open_iso '/live.iso'; then\n set iso_path='/live.iso'\n \
                 set root=loop\n configfile '{path}'\n else\n source \"${{prefix}}/x.cfg\"\n fi\n}}\n"
            )
        };
        let exists = |path: &str| ["/live.iso", "/boot/grub/x.cfg"].contains(&path);
        let missing = |path: &str| {
            entries(&menu(path), "boot/grub/grub.cfg", &exists, std::slice::from_ref(&iso))
                .remove(0)
                .missing
        };
        assert_eq!(missing("/boot/grub/loopback.cfg"), [""; 0]);
        assert_eq!(missing("/boot/grub/other.cfg"), ["/boot/grub/other.cfg"]);
    }
}
