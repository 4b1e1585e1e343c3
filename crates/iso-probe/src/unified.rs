//! Unified kernel images: EFI programs with a kernel, its initrds and its parameters in sections.
//! <https://uapi-group.org/specifications/specs/unified_kernel_image/>
//!
//! ```text
//! /EFI/Linux/x.efi: ┌────┬────────┬──────────┬────────┬─────────┐
//!                   │ PE │ .osrel │ .cmdline │ .linux │ .initrd │
//!                   └────┴────────┴──────────┴───┬────┴────┬────┘
//!     linux (loop)2064+24000 ◄───────────────────┘         └──► initrd (loop)26064+90000
//! ```
//!
//! GRUB knows nothing of such sections, but reads any sectors of an ISO as a file, so their kernels
//! start from there like others, on a BIOS, too.

use crate::configs::{Found, MAX_ENTRIES, is_usable};
use crate::contents::Contents;
use crate::extents::FileExtents;
use crate::facts::BootEntry;
use crate::machine;
use efi_program::Section;
use std::collections::BTreeMap;
use std::io;

/// The length in bytes of the sectors that GRUB counts in.
const SECTOR: u64 = 512;
/// The number of pieces that a section may lie in.
const MAX_PIECES: usize = 32;
/// The length of a section with a text that is read.
const MAX_TEXT: usize = 16 << 10;

/// The parts of unified kernel images, by their names in the facts, with the sectors that each lies
/// in.
pub(crate) type Parts = BTreeMap<String, Vec<(u64, u64)>>;

/// The programs that may be unified kernel images although no menu names them: those that firmware
/// starts, and those that systemd-boot lists by itself. `names` are the names in [`DIRECTORY`], and
/// `find` returns a path as the image spells it.
pub(crate) fn programs(
    find: impl Fn(&str) -> Option<String>,
    names: impl Iterator<Item = String>,
) -> Vec<String> {
    let by_firmware = crate::efi_image::PROGRAMS.iter();
    let mut found: Vec<String> =
        by_firmware.filter_map(|name| find(&format!("/EFI/BOOT/{name}"))).collect();
    // Newer versions come first, as systemd-boot sorts them.
    let is_program = |name: &String| name.to_ascii_lowercase().ends_with(".efi");
    let mut listed: Vec<String> = names.filter(is_program).collect();
    listed.sort_by(|a, b| b.cmp(a));
    found.extend(listed.iter().filter_map(|name| find(&format!("{DIRECTORY}/{name}"))));
    found.truncate(MAX_PROGRAMS);
    found
}

/// The directory whose unified kernel images systemd-boot lists by itself, without a menu entry.
pub(crate) const DIRECTORY: &str = "/EFI/Linux";
const MAX_PROGRAMS: usize = 8;

/// Whether systemd-boot lists the program at `path` by itself.
pub(crate) fn is_listed(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let below = lower.strip_prefix(&DIRECTORY.to_ascii_lowercase());
    below.is_some_and(|name| name.starts_with('/') && name.ends_with(".efi"))
}

/// Changes the entries whose kernel is a unified kernel image: each then starts the image's own
/// parts. For each of `programs` that is such an image and that no entry starts, one is added;
/// entries that start other EFI programs are removed. Returns the parts, which can be opened by
/// their names from then on.
pub(crate) fn resolve(
    contents: &mut Contents<'_>,
    found: &mut Found,
    programs: &[String],
) -> Parts {
    let entries = &mut found.entries;
    let mut parts = Parts::new();
    let mut seen: BTreeMap<String, Option<Unified>> = BTreeMap::new();
    let mut look = |contents: &mut Contents<'_>, path: &str| {
        let known = seen.entry(path.to_owned());
        known.or_insert_with(|| Unified::read(contents, path, &mut parts)).clone()
    };
    for entry in entries.iter_mut() {
        if let Some(unified) = look(contents, &entry.kernel) {
            unified.start_by(entry);
        }
    }
    entries.retain(|entry| {
        let head = |contents: &mut Contents<'_>| contents.head(&entry.kernel, machine::HEAD);
        let is_kernel = |head: Vec<u8>| machine::has_header(&head);
        !found.programs.contains(&entry.kernel) || head(contents).is_some_and(is_kernel)
    });
    let new = entries.is_empty();
    for path in programs {
        let Some(unified) = look(contents, path) else { continue };
        let known = entries.iter().any(|entry| entry.kernel == unified.kernel);
        if known || entries.len() >= MAX_ENTRIES {
            continue;
        }
        let mut entry = BootEntry {
            config: path.clone(),
            title: unified.title.clone(),
            default: new && entries.is_empty(),
            kernel: String::new(),
            initrds: Vec::new(),
            args: Vec::new(),
            hypervisor: None,
        };
        unified.start_by(&mut entry);
        if is_usable(&entry) {
            entries.push(entry);
        }
    }
    parts
}

/// A unified kernel image: the names of its parts, and its texts.
#[derive(Debug, Clone)]
struct Unified {
    kernel: String,
    initrds: Vec<String>,
    args: Vec<String>,
    title: String,
}

impl Unified {
    /// The program `path`, if it is a unified kernel image whose parts GRUB can read: they are
    /// added to `parts` then, all or none.
    fn read(contents: &mut Contents<'_>, path: &str, parts: &mut Parts) -> Option<Self> {
        let sections = sections(contents, path)?;
        let sections = first_profile(&sections);
        let file = contents.files().extents(path)?.trimmed()?;
        let mut own = Parts::new();
        let mut part = |contents: &mut Contents<'_>, name: &str| {
            let section = sections.iter().rev().find(|section| section.name == name)?;
            let named = format!("{path}:{name}");
            let place = sectors(&file, section)?;
            own.insert(
                named.clone(),
                place.extents.iter().map(|(start, len)| (start / SECTOR, len / SECTOR)).collect(),
            );
            contents.add_inner([(named.clone(), place)]);
            Some(named)
        };
        let kernel = part(contents, ".linux")?;
        // Microcode comes first, in the order in which the program itself hands it to its kernel.
        let there = |name: &&str| sections.iter().any(|section| section.name == *name);
        let initrds = [".ucode", ".initrd"].into_iter().filter(there);
        let initrds = initrds.map(|name| part(contents, name)).collect::<Option<Vec<_>>>()?;
        parts.append(&mut own);
        let mut text = |name: &str| {
            let section = sections.iter().rev().find(|section| section.name == name)?;
            let place = cut(&file, section.start, section.len)?;
            let named = format!("{path}:{name}");
            contents.add_inner([(named.clone(), place)]);
            let bytes = contents.head(&named, MAX_TEXT)?;
            let text = String::from_utf8_lossy(&bytes);
            Some(text.trim_matches(['\0', '\n', '\r', ' ']).to_owned())
        };
        let args = text(".cmdline").unwrap_or_default();
        let args = args.split_ascii_whitespace().map(str::to_owned).collect();
        let release = text(".osrel").unwrap_or_default();
        let name = release.lines().find_map(|line| line.trim().strip_prefix("PRETTY_NAME="));
        let title = name.map(|name| name.trim_matches(['"', '\''])).unwrap_or_default();
        let title = title.chars().filter(|c| !c.is_control()).take(100).collect();
        Some(Self { kernel, initrds, args, title })
    }

    /// Makes `entry` start this image. The initrds of the entry follow those of the image, and its
    /// parameters, if it has any, replace those of the image.
    fn start_by(&self, entry: &mut BootEntry) {
        entry.kernel.clone_from(&self.kernel);
        let more = core::mem::take(&mut entry.initrds);
        entry.initrds = self.initrds.iter().cloned().chain(more).collect();
        if entry.args.is_empty() {
            entry.args.clone_from(&self.args);
        }
    }
}

/// The sections that a program with several profiles uses if none is chosen: those that all
/// profiles share, and those of the first.
fn first_profile(sections: &[Section]) -> &[Section] {
    let mut profiles = sections.iter().enumerate().filter(|(_, s)| s.name == ".profile");
    let second = profiles.nth(1).map_or(sections.len(), |(at, _)| at);
    sections.get(..second).unwrap_or(sections)
}

/// The sections of the file `path`, if it is an EFI program.
fn sections(contents: &mut Contents<'_>, path: &str) -> Option<Vec<Section>> {
    let file = contents.files().extents(path)?.clone();
    let mut read_at = |at: u64, buf: &mut [u8]| {
        let part = cut(&file, at, buf.len() as u64).ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut rest = buf;
        for (start, len) in part.extents.iter() {
            let here = usize::try_from(*len).unwrap_or(rest.len()).min(rest.len());
            let (piece, behind) = rest.split_at_mut(here);
            contents.read_exact_at(*start, piece)?;
            rest = behind;
        }
        Ok(())
    };
    Section::read_all(file.len, &mut read_at).ok()?.ok()
}

/// The sectors that a section lies in, as a place in the image; `None` if the section does not
/// start at the start of a sector, leaves the file, or lies in very many pieces.
fn sectors(file: &FileExtents, section: &Section) -> Option<FileExtents> {
    let whole = section.len.checked_next_multiple_of(SECTOR)?;
    let left = file.len.checked_sub(section.start).filter(|left| section.len <= *left)?;
    let place = cut(file, section.start, whole.min(left))?;
    let mut extents = place.extents.to_vec();
    // The file may end within its last sector, which is still read whole.
    if let Some((_, len)) = extents.last_mut() {
        *len = len.checked_next_multiple_of(SECTOR)?;
    }
    let aligned = extents.iter().all(|(start, len)| start % SECTOR == 0 && len % SECTOR == 0);
    let fine = aligned && !extents.is_empty() && extents.len() <= MAX_PIECES;
    fine.then(|| FileExtents { len: whole, extents: extents.into() })
}

/// The place in the image of `len` bytes of a file from its byte `start` on.
fn cut(file: &FileExtents, start: u64, len: u64) -> Option<FileExtents> {
    let (mut skip, mut left) = (start, len);
    let mut extents = Vec::new();
    for (at, piece) in file.extents.iter() {
        if skip >= *piece {
            skip -= piece;
            continue;
        }
        let here = left.min(piece - skip);
        if here > 0 {
            extents.push((at.checked_add(skip)?, here));
        }
        (skip, left) = (0, left - here);
    }
    (left == 0).then(|| FileExtents { len, extents: extents.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(extents: &[(u64, u64)]) -> FileExtents {
        FileExtents { len: extents.iter().map(|e| e.1).sum(), extents: extents.into() }
    }

    #[test]
    fn sectors_of_a_section() {
        let section = |start, len| Section { name: ".linux".into(), start, len };
        let place = |file: &FileExtents, start, len| {
            sectors(file, &section(start, len)).map(|place| place.extents.to_vec())
        };
        let one = file(&[(4096, 3000)]);
        assert_eq!(place(&one, 512, 1000), Some(vec![(4608, 1024)]));
        assert_eq!(place(&one, 2560, 440), Some(vec![(6656, 512)]), "the file ends in its sector");
        assert_eq!(place(&one, 2560, 441), None, "it would end behind the file");
        assert_eq!(place(&one, 100, 512), None, "it starts inside a sector");
        let two = file(&[(4096, 1024), (512, 2048)]);
        assert_eq!(place(&two, 512, 1024), Some(vec![(4608, 512), (512, 512)]));
        let odd = file(&[(4096, 700), (512, 2048)]);
        assert_eq!(place(&odd, 512, 1024), None, "a piece ends inside a sector");
        assert_eq!(place(&file(&[(0, u64::MAX)]), 512, u64::MAX), None);
    }

    #[test]
    fn profiles() {
        let names = |names: &[&str]| -> Vec<String> {
            let section = |name: &&str| Section { name: (*name).into(), start: 0, len: 0 };
            let all: Vec<Section> = names.iter().map(section).collect();
            first_profile(&all).iter().map(|s| s.name.clone()).collect()
        };
        assert_eq!(names(&["a", ".profile", "b"]), ["a", ".profile", "b"]);
        assert_eq!(names(&["a", ".profile", "b", ".profile", "c"]), ["a", ".profile", "b"]);
    }
}
