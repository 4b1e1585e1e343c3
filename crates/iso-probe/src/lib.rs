//! Facts about ISO 9660 images: what an image is, and what it carries to boot.
//!
//! ```text
//!          sector 16            17 …                     anywhere
//! ┌────────┬────────────┬───────────────────┬───────────────────────────────┐
//! │ system │ primary    │ boot record,      │ path tables, directories,     │
//! │ area   │ volume     │ Joliet, terminator│ boot catalog, files           │
//! │ (MBR…) │ descriptor │ UDF's NSR02/3     │                               │
//! └────────┴─────┬──────┴─────────┬─────────┴───────────────┬───────────────┘
//!                │ label, UUID,   │ names, UDF?             │ paths and sizes,
//!                │ size           │                         │ El Torito entries
//!                └────────────────┴────────► IsoFacts ◄─────┘
//! ```
//!
//! Opening an [`IsoImage`] also reads the configurations of the boot loaders in it, to learn what
//! they start. Initrds are unpacked on request: the names in them tell how the system will look for
//! the medium that it was started from.
//!
//! ```text
//! grub.cfg, isolinux.cfg, loader/entries ──► BootEntry   kernel, initrds, parameters
//! initrd: cpio, cpio.zst …               ──► Initrd      names, file systems, loop driver
//! vmlinuz, *.efi                         ──► Kernel, Machine
//! ```
//!
//! An image may be made to do harm. So work and memory have [`Limits`] whatever it says, and
//! nothing panics. For a file that is no ISO image, [`LooksLike`] says what it is instead.
//!
//! ```
//! use iso_probe::{IsoImage, LooksLike, ProbeError};
//! use std::io::Cursor;
//!
//! let page = b"<!DOCTYPE html><title>404</title>";
//! let error = IsoImage::open(Cursor::new(page), page.len() as u64).unwrap_err();
//! assert!(matches!(error, ProbeError::NotIso { why: LooksLike::Html }));
//! assert!(error.to_string().starts_with("not an ISO image: it is a web page"));
//!
//! // Facts can be written down, and read back where the image is not at hand.
//! let facts: iso_probe::IsoFacts = serde_json::from_str(r#"{
//!     "volume_id": "ISOIMAGE", "system_id": "", "publisher_id": "", "application_id": "",
//!     "volume_uuid": "2021-02-07-17-25-50-00",
//!     "volume_size_bytes": 1048576, "file_size_bytes": 1048576,
//!     "names": "joliet", "paths": { "/ISOLINUX/vmlinuz": 7 }
//! }"#)?;
//! assert_eq!(facts.find("/isolinux/vmlinuz"), Some("/ISOLINUX/vmlinuz"));
//! # Ok::<(), serde_json::Error>(())
//! ```

mod boot_catalog;
mod by_path;
mod configs;
mod contents;
mod descriptor;
mod device;
mod directory;
mod efi_image;
mod error;
mod extents;
mod facts;
mod files;
mod format;
mod hybrid;
mod image;
mod initrd;
mod inner_menus;
mod insides;
mod limits;
mod links;
mod listing;
mod looks_like;
mod machine;
mod payload;
mod suspects;
mod system_use;
mod truncation;
mod unified;
mod volume;

pub use by_path::ByPath;
pub use configs::{OutlinedEntry, outline};
pub use efi_program::Machine;
pub use error::ProbeError;
pub use extents::FileExtents;
pub use facts::{
    BootEntry, BootImage, Config, EfiImage, EmbeddedMd5, Emulation, Hybrid, HybridPartition,
    Hypervisor, Initrd, IsoFacts, Kernel, Loader, LoopbackCfg, Names, Platform,
};
pub use image::{FilePlaces, IsoImage};
pub use initrd::is_telling;
pub use limits::Limits;
pub use looks_like::LooksLike;
pub use unpack::Compression;
