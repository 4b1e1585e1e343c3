//! `diskboot.img`: the first sector of core.img, which loads the rest by its blocklist.
//! <https://www.gnu.org/software/grub/manual/grub/html_node/Images.html>

use ondisk::{Le16, Le64};

ondisk::ondisk! {
    /// The sector: code, and from its end downwards the blocklist.
    pub struct Diskboot [512] {
        0x000  code       : [u8; 0x14C]          = "Code and messages.";
        0x14C  blocklist  : [BlocklistEntry; 15] = "Runs to load, the first one last; an entry of 0 sectors ends the list.";
    }

    /// A run of consecutive sectors.
    pub struct BlocklistEntry [12] {
        0x00  start    : Le64 = "First sector (LBA).";
        0x08  len      : Le16 = "Number of sectors; 0: end of the list.";
        0x0A  segment  : Le16 = "Real-mode segment to load them to.";
    }
}

/// Index in [`Diskboot::blocklist`] of the first run; the next ones lie before it.
pub const FIRST_RUN: usize = 14;
/// [`BlocklistEntry::segment`] of the first run: linear 0x8200, right behind this sector.
pub const LOAD_SEGMENT: u16 = 0x0820;
