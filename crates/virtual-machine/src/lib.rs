//! Virtual machines that boot a disk image: QEMU is found, started, watched and typed to.
//!
//! ```text
//! Machine ── start ─► Guest ─┬─► serial port   what it printed, as text; what is typed there
//! disks, firmware,           ├─► screen        as a picture, or as a PC's 80 by 25 characters
//! accelerator, console       └─► monitor       QMP: keys pressed, screens and memory read
//! ```
//!
//! ```no_run
//! use std::time::Duration;
//! use virtual_machine::{Bus, Disk, Machine};
//! let disks = vec![Disk::new("key.img", Bus::Usb3)];
//! let mut guest = Machine { disks, ..Machine::default() }.start()?;
//! guest.expect("GNU GRUB", Duration::from_secs(60))?;
//! # Ok::<(), virtual_machine::Error>(())
//! ```
//!
//! The image is opened as a snapshot: what the guest writes is lost, unless the disk says otherwise.
//! What a guest prints is hostile text; [`Guest::transcript`] and the messages of errors have no
//! escape sequences.
// Starting a program, and waiting for it, is what this crate is for.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod accelerator;
mod disk;
mod ending;
mod error;
mod fastest;
mod firmware;
mod firmware_files;
mod glyphs;
mod guest;
mod machine;
mod menu;
mod monitor;
mod option;
mod overlay;
mod packages;
mod picture;
mod program;
mod saved;
mod serial;
mod terminal;
mod text_screen;

pub use accelerator::Accelerator;
pub use disk::{Bus, Disk, Format};
pub use ending::Ending;
pub use error::Error;
pub use firmware::{EMULATED, Firmware};
pub use firmware_files::FirmwareFiles;
pub use glyphs::Glyphs;
pub use guest::Guest;
pub use machine::{Console, Machine};
pub use option::with_path;
pub use overlay::Overlay;
pub use picture::Picture;
