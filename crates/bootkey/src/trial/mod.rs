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

pub(crate) use disk::stick;
pub use prepare::{Heard, Options, Trial, prepare};
pub(crate) use prepare::{rom, room as scratch};
pub use virtual_machine::{Bus, Console};
