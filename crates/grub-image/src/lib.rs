//! GRUB's images, built on plain bytes: what `grub-mkimage` and `grub-bios-setup` do, without
//! devices, without root, without either program.
//!
//! ```text
//! BIOS: sector 0      sector 1..                               partition 1
//! ┌──────────┬──────┐┌─────────────┬─────────────────────┬─────────────────┐
//! │ boot.img │ MBR  ││ diskboot.img│ lzma_decompress.img │ LZMA(payload)   │ … i386-pc/*.mod
//! │ 0..440   │table ││ 512 bytes   │ < 3.5 KiB           │ kernel + blob   │
//! └────┬─────┴──────┘└──────┬──────┴──────────┬──────────┴────────┬────────┘
//!      │ BIOS, at 0x7c00    │ at 0x8000       │ at 0x8200         │ unpacked at 0x100000,
//!      └──── loads ─────────┘── blocklist ────┘── unpacks ────────┘ kernel moves to 0x9000
//!
//! EFI: the file EFI/BOOT/BOOTX64.EFI in a FAT partition
//! ┌────────────┬──────────────────────────────┬──────┬───────┬────────┐
//! │ PE headers │ .text, .data: kernel, linked │ mods │ .sbat │ .reloc │ … x86_64-efi/*.mod
//! └────────────┴──────────────────────────────┴──┬───┴───────┴────────┘
//!                                                │
//! blob (mods, or behind the BIOS's kernel) = modules in load order, memdisk, config, prefix
//! ```
//!
//! Files come in as values ([`PlatformFiles`]), the result leaves as a value: for a BIOS an
//! [`image_layout::Layout`] that claims the sectors GRUB owns and no byte of the partition table,
//! for EFI the file's bytes ([`EfiImage`]).
//!
//! ```no_run
//! use grub_image::{EmbeddingArea, ImageOptions, PlatformFiles, Redundancy, bios_setup, mkimage};
//! # fn show(files: PlatformFiles, sector0: [u8; 512]) -> Result<(), Box<dyn std::error::Error>> {
//! // files: every file of /usr/lib/grub/i386-pc; sector0: the MBR with its partition table.
//! let core = mkimage::i386_pc(
//!     &files,
//!     &ImageOptions {
//!         modules: &["biosdisk", "part_msdos", "ext2", "search_fs_uuid"],
//!         prefix: "(,msdos1)/boot/grub",
//!         ..ImageOptions::default()
//!     },
//! )?;
//! let gap = EmbeddingArea::mbr_gap([2048])?;
//! let installed = bios_setup::install(&files, &core, &sector0, &gap, Redundancy::None)?;
//! print!("{}", installed.lay_out(32 << 20)?);
//! # Ok(()) }
//! ```
//!
//! | fact | file |
//! |---|---|
//! | what is patched in boot.img | `format/boot_sector.rs` |
//! | what is patched in diskboot.img, blocklists | `format/diskboot.rs` |
//! | what is patched in lzma_decompress.img | `format/lzma_decompress.rs` |
//! | the module blob's headers | `format/module_info.rs` |
//! | the order in which modules load | `moddep.rs` |
//! | what of kernel.img is loaded: BIOS | `kernel.rs` |
//! | the same, linked to where it runs: EFI | `efi/kernel.rs`, `efi/relocation.rs` |
//! | what firmware needs to load it elsewhere | `efi/base_relocation.rs` |
//! | headers of an EFI program | [`efi_program::format::pe`], `efi/pe_file.rs` |
//! | platforms, their names and boot files | `platform.rs` |
//! | the payload as an LZMA stream | `lzma/mod.rs` |
//! | which files belong together | `build.rs` |
//! | limits of a core image | `core_image.rs` |
//! | where core.img may lie on the disk | `embedding_area.rs` |
//! | GRUB on a disk, read back | [`read`] |
//! | the parity behind core.img | `reed_solomon.rs` |

pub mod bios_setup;
mod build;
mod core_image;
mod efi;
mod elf;
mod embedding_area;
mod error;
pub mod format;
mod kernel;
mod lzma;
pub mod mkimage;
mod moddep;
pub mod module_blob;
mod payload;
mod platform;
mod platform_files;
pub mod read;
mod readable;
mod reed_solomon;
mod sector;

pub use bios_setup::{Installed, Redundancy};
pub use build::{Build, MixedBuilds};
pub use core_image::CoreImage;
pub use efi::{EfiImage, EfiSection};
pub use embedding_area::EmbeddingArea;
pub use error::Error;
pub use kernel::Kernel;
pub use moddep::ModuleDependencies;
pub use payload::{ImageOptions, Payload};
pub use platform::{Platform, PointerSize, UnknownPlatform};
pub use platform_files::PlatformFiles;
pub use sector::SECTOR;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
