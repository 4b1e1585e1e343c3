//! The inputs of a key, and which file on it holds each.

use super::range::Source;
use crate::verify::layout_name;
use grub_image::Platform;
use key_inputs::OldKey;
use key_record::{Grub, Use};
use shown_text::Shown;
use std::collections::BTreeMap;

/// The origins of the files on a key, by the owner's name in its layout.
pub(super) struct Origins {
    files: BTreeMap<String, Vec<Piece>>,
    patched: BTreeMap<String, Source>,
    built: Vec<(String, Source)>,
}

/// The part of a file that an input is.
pub(super) struct Piece {
    /// Its first byte within the file.
    pub(super) start: u64,
    /// One past its last byte.
    pub(super) end: u64,
    pub(super) source: Source,
}

impl Origins {
    /// The origins that the record names.
    pub(super) fn of(old: &OldKey) -> Self {
        let inputs = &old.record().inputs;
        let mut files: BTreeMap<String, Vec<Piece>> = BTreeMap::new();
        let mut file = |at: &str, start: u64, len: u64, source| {
            let piece = Piece { start, end: start.saturating_add(len), source };
            files.entry(layout_name(old, at)).or_default().push(piece);
        };
        for iso in &inputs.isos {
            let name = iso.at.path.trim_start_matches('/').to_owned();
            let source = Source {
                package: iso.package.clone(),
                version: iso.version.clone(),
                ..plain(name, iso.sha256.clone())
            };
            file(&iso.at.to_string(), 0, iso.len, source);
        }
        for input in &inputs.files {
            let purpose = word(input.purpose);
            let name = match &input.name {
                Some(name) => format!("{purpose}, {name}"),
                None => purpose.to_owned(),
            };
            let at = input.at.to_string();
            let source = plain(name, input.sha256.clone());
            let (package, version) = (input.package.clone(), input.version.clone());
            let source = Source { package, version, ..source };
            file(&at, input.offset, input.len, source);
        }
        for grub in &inputs.grub {
            for name in grub.files.keys() {
                let at = format!("boot:/boot/grub/{}/{name}", grub.platform);
                file(&at, 0, u64::MAX, of_grub(grub, name));
            }
        }
        for tree in inputs.trees.iter().chain(&inputs.theme) {
            let sums = tree.sums();
            for path in tree.nodes.keys() {
                let bytes = key_record::path_bytes(path).unwrap_or_default();
                let shown = Shown(&bytes);
                let at = tree.at.below(&shown.to_string()).to_string();
                file(&at, 0, u64::MAX, plain(shown.to_string(), sums.get(path).cloned()));
            }
        }
        for pieces in files.values_mut() {
            pieces.sort_by_key(|piece| piece.start);
        }
        let (mut patched, mut built) = (BTreeMap::new(), Vec::new());
        for grub in &inputs.grub {
            let whole = || Source {
                version: grub.version.clone(),
                ..plain(format!("kernel.img and modules of GRUB for {}", grub.platform), None)
            };
            match grub.platform.parse::<Platform>().ok().map(Platform::boot_file) {
                Some(Some(program)) => {
                    let owner = layout_name(old, &format!("esp:/EFI/BOOT/{program}"));
                    built.push((owner, whole()));
                }
                Some(None) => {
                    for (name, owner) in PATCHED {
                        patched.insert(owner.to_owned(), of_grub(grub, name));
                    }
                    built.push((PAYLOAD.to_owned(), whole()));
                }
                None => {}
            }
        }
        Self { files, patched, built }
    }

    /// The inputs that a file is made of, in their order in it.
    pub(super) fn pieces(&self, owner: &str) -> &[Piece] {
        self.files.get(owner).map_or(&[], Vec::as_slice)
    }

    /// The file of GRUB's that an owner was made from by filling in some fields; `None` if it was
    /// not.
    pub(super) fn patched(&self, owner: &str) -> Option<&Source> {
        self.patched.get(owner)
    }

    /// The source that an owner was put together from.
    pub(super) fn built(&self, owner: &str) -> Option<&Source> {
        self.built.iter().find(|(name, _)| owner.starts_with(&**name)).map(|(_, source)| source)
    }
}

/// The files of GRUB's in which fields are filled in, each with the name of its region in the
/// layout.
const PATCHED: [(&str, &str); 3] = [
    ("boot.img", "grub/boot.img"),
    ("diskboot.img", "grub/core.img/diskboot.img"),
    ("lzma_decompress.img", "grub/core.img/lzma_decompress.img"),
];
/// The beginning of the names of the regions that hold the rest of core.img, without its parity.
const PAYLOAD: &str = "grub/core.img/payload";

fn plain(name: String, sha256: Option<String>) -> Source {
    Source { name, offset: None, package: None, version: None, sha256 }
}

fn of_grub(grub: &Grub, name: &str) -> Source {
    let named = format!("{name} of GRUB for {}", grub.platform);
    Source { version: grub.version.clone(), ..plain(named, grub.files.get(name).cloned()) }
}

fn word(purpose: Use) -> &'static str {
    match purpose {
        Use::Font => "GRUB's font",
        Use::Memdisk => "memdisk",
        Use::Shim => "shim",
        Use::SignedGrub => "the signed GRUB",
        Use::MokManager => "MokManager",
        Use::Answers => "the installer's answers",
        Use::Hypervisor => "the hypervisor",
        Use::Kernel => "the kernel",
        Use::Initrd => "the initrd",
    }
}
