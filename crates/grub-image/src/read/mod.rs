//! The reader of GRUB on a disk or in an EFI program, whoever put it there.
//!
//! ```text
//! sector 0 ─► boot.img: kernel_sector ─► diskboot.img: blocklist ─► LZMA ─┐
//! BOOTX64.EFI ────────────────────────────────────────────────────────────┴─► Embedded: modules,
//!                                                                             prefix, early config
//! ```
//!
//! Nothing is believed: lists are followed for as much as a core image may be long.

mod blob;
mod installed;
mod version;

pub use blob::Embedded;
pub use installed::{BootCode, InstalledCore, InstalledPayload, boot_code, installed_core};
pub use version::version_in;
