//! The area of a disk in which core.img may lie.
//!
//! ```text
//! MBR   0 ┃1 ░░░░░▒░░░░░░ end┃ first partition      ░ free: between sector 0 and what starts first
//!                 └ another program's sector, left alone
//! GPT   0 ┃ header, entries ┃ …  ┃first ░░░░░░ end┃  ░ the BIOS boot partition, all of it
//! ```

mod area;
mod scan;

pub(crate) use area::AreaKind;
pub use area::EmbeddingArea;
pub(crate) use scan::check_boot_record;
