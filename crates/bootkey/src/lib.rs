//! bootkey as a library: from what a person asks for to a written key.
//!
//! ```text
//! 0        512                 1 MiB                                                         the end
//! ├────────┼───────────────────┼───────────────────────┼──────────────────────┼────────────────────┤
//! │ MBR    │ core.img          │ partition 1 `usbboot` │ partition 3 (ESP)    │ partition 2 `isos` │
//! │ boot   │ GRUB's kernel and │ /boot/grub/grub.cfg   │ EFI/BOOT/BOOTX64.EFI │ /debian.iso        │
//! │ sector │ its first modules │ /boot/grub/i386-pc/*  │                      │ /memtest86+x64.iso │
//! └────────┴───────────────────┴───────────────────────┴──────────────────────┴────────────────────┘
//!   grub-image                   fs-ext, grub-config     fs-fat, grub-image     fs-ext
//!   partition-table
//! ```
//!
//! The image is a value until the last moment: [`Key::prepare`] decides everything and writes
//! nothing, [`Key::lay_out`] says which byte comes from where, [`Key::write`] writes it.
//!
//! ```no_run
//! use bootkey::{Key, Request};
//! use std::{ops::ControlFlow, path::PathBuf};
//! let isos = [PathBuf::from("debian.iso")];
//! let key = Key::prepare(&Request { inputs: &isos, ..Request::default() })?;
//! print!("{}", key.plan().grub_cfg);
//! key.write("key.img".as_ref(), &mut |_| ControlFlow::Continue(()))?;
//! # Ok::<(), bootkey::Error>(())
//! ```
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // hands files on

mod build;
mod change;
pub mod diff;
mod disagreement;
mod drift;
pub mod each;
mod error;
pub mod explain;
mod file_pieces;
mod get;
mod inputs;
pub mod inspect;
mod key;
pub mod key_files;
mod key_image;
pub mod lock;
mod lock_file;
mod merge;
mod output;
pub mod probe;
pub mod proof;
mod read_spec;
mod request;
mod sidecar;
mod strays;
mod surveyed;
pub mod trial;
mod utc;
pub mod verify;
mod written_bytes;

pub use build::OnProgress;
pub use change::{Change, Strays};
pub use disagreement::Disagreement;
pub use drift::Drift;
pub use error::Error;
pub use get::Telling;
pub use image_write::{Format, Progress, Written};
pub use key::Key;
pub use key_image::KeyImage;
pub use key_page::Language as PageLanguage;
pub use key_read;
pub use key_spec::ErrorFamily;
pub use lock_file::LockFile;
pub use merge::merge_sums;
pub use output::{Built, Output, Sidecars};
pub use read_spec::read_spec;
pub use request::{CompletedRequest, Request};
pub use surveyed::Surveyed;
pub use written_bytes::write_bytes;
pub use {grub_config, image_layout, image_write, key_inputs, key_inventory, key_plan, key_spec};
