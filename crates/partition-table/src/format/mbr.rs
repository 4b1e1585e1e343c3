//! Sector 0, and the sectors that lead to logical partitions.
//! <https://en.wikipedia.org/wiki/Master_boot_record>

use ondisk::{Le16, Le32};

ondisk::ondisk! {
    /// A master boot record, or an extended one.
    pub struct BootRecord [512] {
        0x000  code       : [u8; 440]                = "Boot code.";
        0x1B8  signature  : Le32                     = "Disk signature; in an extended one nothing.";
        0x1BC  pad        : [u8; 2]                  = "Zero.";
        0x1BE  entries    : [BootRecordEntry; 4]     = "Partitions; in an extended one the first is logical, the second leads on.";
        0x1FE  magic      : Le16                     = "55 AA.";
    }

    /// An entry for a partition.
    pub struct BootRecordEntry [16] {
        0x00  flag     : u8       = "0x80: active; 0x00: not.";
        0x01  first    : [u8; 3]  = "First sector as cylinder, head, sector.";
        0x04  kind     : u8       = "Type; 0: empty.";
        0x05  last     : [u8; 3]  = "Last sector as cylinder, head, sector.";
        0x08  start    : Le32     = "First sector; in an extended record relative.";
        0x0C  sectors  : Le32     = "Number of sectors.";
    }
}

/// [`BootRecord::magic`].
pub const MAGIC: u16 = 0xAA55;
/// [`BootRecordEntry::flag`] of the partition that a BIOS starts from.
pub const ACTIVE: u8 = 0x80;
/// [`BootRecordEntry::kind`] of the entry that protects a GPT from tools that do not know one.
pub const PROTECTIVE: u8 = 0xEE;
/// [`BootRecordEntry::kind`]: leads to logical partitions.
pub const EXTENDED: [u8; 3] = [0x05, 0x0F, 0x85];
