//! The kernels, initrds and EFI programs in an image, and what their first bytes say.

use crate::contents::Contents;
use crate::extents::FileExtents;
use crate::facts::{BootEntry, Kernel};
use crate::machine;
use crate::payload::payloads;
use crate::suspects::suspects;
use efi_program::Machine;
use std::collections::BTreeMap;
use unpack::Budget;

/// The number of files of each kind to look at.
const MAX_KERNELS: usize = 8;
const MAX_INITRDS: usize = 6;
const MAX_EFI_PROGRAMS: usize = 24;
const MAX_MULTI_EXTENT: usize = 32;
/// The number of characters to keep of the first line of `/.disk/info`.
const MAX_INFO: usize = 200;

/// The beginnings of names by which kernels are found that no configuration names.
const KERNEL_NAMES: &[&str] = &["vmlinuz", "bzimage", "linux", "kernel", "rescue"];
/// The beginnings of names by which initrds are found that no configuration names.
const INITRD_NAMES: &[&str] = &[
    "initrd",
    "initramfs",
    "initrfs",
    "liveinitrd",
    "archiso.img",
    "minirt",
    "core.gz",
    "corepure64",
];

/// The facts found here; see the fields of the same names in [`IsoFacts`](crate::IsoFacts).
#[derive(Debug, Default)]
pub(crate) struct Insides {
    pub(crate) disk_info: Option<String>,
    pub(crate) kernels: BTreeMap<String, Kernel>,
    /// The paths of initrds, in the order in which they should be unpacked: first those that
    /// entries name.
    pub(crate) initrds: Vec<String>,
    pub(crate) efi_programs: BTreeMap<String, Machine>,
    pub(crate) multi_extent: Vec<String>,
    pub(crate) suspects: BTreeMap<String, String>,
    pub(crate) payloads: BTreeMap<String, String>,
}

/// Looks at the kernels and initrds that the entries name, at files with names like theirs, and at
/// EFI programs. `in_efi_images` are those that firmware would start from FAT images in the ISO.
pub(crate) fn look(
    contents: &mut Contents<'_>,
    entries: &[BootEntry],
    in_efi_images: &BTreeMap<String, FileExtents>,
    budget: &Budget,
) -> Insides {
    let mut found = Insides { disk_info: disk_info(contents), ..Insides::default() };
    found.multi_extent = contents.files().multi_extent().take(MAX_MULTI_EXTENT).collect();
    let named = |path: &str, names: &[&str]| {
        let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        names.iter().any(|n| name.starts_with(n)) && !is_other(&name)
    };
    let mut like_kernels = Vec::new();
    let mut like_initrds = Vec::new();
    let mut efi = Vec::new();
    for path in contents.files().paths() {
        if named(path, KERNEL_NAMES) {
            like_kernels.push(path.to_owned());
        }
        if named(path, INITRD_NAMES) {
            like_initrds.push(path.to_owned());
        }
        let lower = path.to_ascii_lowercase();
        if lower.ends_with(".efi")
            && (lower.starts_with("/efi/") || lower.matches('/').count() == 1)
        {
            efi.push(path.to_owned());
        }
    }
    let kernels = wanted(entries.iter().map(|e| &e.kernel), like_kernels, MAX_KERNELS);
    for path in &kernels {
        let head = contents.head(path, machine::HEAD);
        if let Some(kernel) = head.and_then(|head| machine::of_kernel(&head)) {
            found.kernels.insert(path.clone(), kernel);
        }
    }
    found.initrds = wanted(entries.iter().flat_map(|e| &e.initrds), like_initrds, MAX_INITRDS);
    found.initrds.retain(|path| contents.files().find(path).is_some());
    found.suspects = suspects(contents, entries, &kernels, &found.initrds, budget);
    let known: Vec<&String> = kernels.iter().chain(&found.initrds).collect();
    found.payloads = payloads(contents, &known);
    efi.truncate(MAX_EFI_PROGRAMS);
    for path in efi {
        if let Some(machine) =
            contents.head(&path, 4096).and_then(|head| Machine::of_program(&head))
        {
            found.efi_programs.insert(path, machine);
        }
    }
    for (path, file) in in_efi_images {
        let mut head = vec![0; usize::try_from(file.len).unwrap_or(4096).min(4096)];
        let first = file.extents.first().filter(|(_, len)| *len >= head.len() as u64);
        let read = first.is_some_and(|(at, _)| contents.read_exact_at(*at, &mut head).is_ok());
        if let Some(machine) = Machine::of_program(&head).filter(|_| read) {
            found.efi_programs.insert(path.clone(), machine);
        }
    }
    found
}

/// Whether a file's name ends like those of sums, signatures, modules or texts, so that it is no
/// kernel or initrd.
fn is_other(name: &str) -> bool {
    let ends = [
        ".txt",
        ".cfg",
        ".lst",
        ".sig",
        ".mod",
        ".md5",
        ".sha256",
        ".sha512",
        ".c32",
        ".png",
        ".list",
        ".manifest",
        ".efi.signed",
        ".conf",
        ".size",
    ];
    ends.iter().any(|end| name.ends_with(end))
}

/// The paths to look at: those that entries name, then those with fitting names, from the root
/// downwards. None is listed twice.
fn wanted<'e>(
    named: impl Iterator<Item = &'e String>,
    mut like: Vec<String>,
    most: usize,
) -> Vec<String> {
    like.sort_by_key(|path| path.matches('/').count());
    let mut all: Vec<String> = Vec::new();
    for path in named.cloned().chain(like) {
        if all.len() < most && !all.contains(&path) {
            all.push(path);
        }
    }
    all
}

fn disk_info(contents: &mut Contents<'_>) -> Option<String> {
    let text = contents.head("/.disk/info", 4096)?;
    let text = String::from_utf8_lossy(&text);
    let line: String =
        text.lines().next()?.chars().filter(|c| !c.is_control()).take(MAX_INFO).collect();
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}
