//! What is on a disk, and what firmware would start from it.
//!
//! ```text
//! Disk ─┬─ partitions: tables, file systems, what else lies there
//!       ├─ firmware:   BIOS: code in sector 0, core image · UEFI: removable path, who signed it
//!       └─ boot:       grub.cfg ─► entries ─► are their files there? · ISOs ─► verdicts · record
//! ```

mod firmware;
mod inspection;
mod isos;
mod menu;
mod partitions;
mod text;

pub use inspection::{Inspection, inspect};
pub use menu::grub_cfg;
pub use text::text;
