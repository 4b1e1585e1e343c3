//! An inventory for tests: ISOs that consist of facts only, and a GRUB for BIOSes made of given
//! files.

mod origin;

pub use origin::origin;

use crate::Inventory;
use crate::grub::{Grub, GrubBuild};
use crate::iso::Iso;
use crate::origin::Asset;
use grub_image::{Platform, PlatformFiles};
use image_layout::{Content, SourceId};
use iso_probe::IsoFacts;
use std::collections::BTreeMap;

/// The length that each ISO has unless a test changes it, in bytes.
pub const ISO_LEN: u64 = 1 << 20;

/// A small file whose bytes are `text`.
pub fn asset(name: &str, text: &str) -> Asset {
    Asset { bytes: text.as_bytes().into(), origin: origin(name) }
}

/// An ISO with these `facts`, as source `number`.
pub fn iso(number: u32, file_name: &str, facts: IsoFacts) -> Iso {
    Iso {
        content: Content::Source { id: SourceId(number), offset: 0, len: ISO_LEN }.into(),
        shown: format!("isos/{file_name}"),
        file_name: file_name.to_owned(),
        package: None,
        sha256: None,
        facts,
        kernels: BTreeMap::new(),
        efi_programs: BTreeMap::new(),
        answers: None,
    }
}

/// A GRUB for `i386-pc` that consists of these files.
pub fn grub_for_bios(files: BTreeMap<String, Vec<u8>>) -> Grub {
    let files = files.into_iter().map(|(name, bytes)| (name, bytes.into())).collect();
    Grub {
        platform: Platform::I386Pc,
        files: PlatformFiles::new(files),
        origin: origin("grub"),
        sums: BTreeMap::new(),
    }
}

/// An inventory with these ISOs, a GRUB for BIOSes, a font and memdisk.
pub fn inventory<N: AsRef<str>>(
    grub: BTreeMap<String, Vec<u8>>,
    isos: impl IntoIterator<Item = (N, IsoFacts)>,
) -> Inventory {
    Inventory {
        grub: GrubBuild {
            platforms: vec![grub_for_bios(grub)],
            font: Some(asset("font", "font")),
            signed: None,
            packages: Vec::new(),
        },
        memdisk: Some(asset("memdisk", "memdisk")),
        theme: None,
        isos: (0..).zip(isos).map(|(n, (name, facts))| iso(n, name.as_ref(), facts)).collect(),
        trees: Vec::new(),
        xen: Vec::new(),
    }
}
