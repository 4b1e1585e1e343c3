//! An inventory for tests: ISOs that are facts alone, and a GRUB for BIOSes that is made here.

mod grub;
mod origin;

pub use grub::grub_for_bios;
pub use origin::origin;

use crate::Inventory;
use crate::grub::GrubBuild;
use crate::iso::Iso;
use crate::origin::Asset;
use image_layout::SourceId;
use iso_probe::IsoFacts;
use std::collections::BTreeMap;

/// The length that every ISO has, in bytes, unless a test says otherwise.
pub const ISO_LEN: u64 = 1 << 20;

/// A small file whose bytes are `text`.
pub fn asset(name: &str, text: &str) -> Asset {
    Asset { bytes: text.as_bytes().into(), origin: origin(name) }
}

/// An ISO of which `facts` are known, as source `number`.
pub fn iso(number: u32, file_name: &str, facts: IsoFacts) -> Iso {
    Iso {
        source: SourceId(number),
        shown: format!("isos/{file_name}"),
        file_name: file_name.to_owned(),
        len: ISO_LEN,
        sha256: None,
        facts,
        kernels: BTreeMap::new(),
        efi_programs: BTreeMap::new(),
        answers: None,
    }
}

/// An inventory with these ISOs, a GRUB for BIOSes, a font and memdisk.
pub fn inventory<N: AsRef<str>>(isos: impl IntoIterator<Item = (N, IsoFacts)>) -> Inventory {
    Inventory {
        grub: GrubBuild {
            platforms: vec![grub_for_bios()],
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
