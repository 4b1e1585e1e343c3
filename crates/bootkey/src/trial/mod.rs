//! A key in a virtual machine, for a person to see.
//!
//! ```text
//! Options ── prepare ─► Trial ── run ─► the person ends it
//! KEY                   which firmware, which form of the file, which place in the menu
//! ```

mod choose;
mod disk;
mod menu_place;
mod prepare;
mod roms;

pub(crate) use disk::stick;
pub(crate) use prepare::room as scratch;
pub use prepare::{Heard, Options, Trial, prepare};
pub(crate) use roms::rom;
pub use roms::{RomFiles, firmware_requests};
pub use virtual_machine::{Bus, Console};
