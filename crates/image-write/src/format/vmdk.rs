//! VMDK, hosted sparse extents: "Virtual Disk Format 5.0", sections "Hosted Sparse Extents" and
//! "The Descriptor File". <https://github.com/libyal/libvmdk/tree/main/documentation> has the
//! same tables.

#![allow(non_snake_case)] // its own names

use ondisk::{Le16, Le32, Le64};

/// `magicNumber`: "KDMV".
pub const MAGIC: u32 = 0x564D_444B;
/// `flags`: the new-line test is valid, and there is a redundant grain directory.
pub const FLAGS: u32 = 1 | 1 << 1;
/// `grainSize`: 64 KiB, in sectors.
pub const GRAIN: u64 = 128;
/// `numGTEsPerGT`.
pub const GTES_PER_GT: u64 = 512;
/// A sector in bytes.
pub const SECTOR: u64 = 512;

ondisk::ondisk! {
    /// `SparseExtentHeader`. All offsets and sizes are in sectors.
    pub struct SparseExtentHeader [512] {
        0x000  magicNumber         : Le32       = "KDMV.";
        0x004  version             : Le32       = "1.";
        0x008  flags               : Le32       = "Bit 0: the new-line test; bit 1: two directories.";
        0x00C  capacity            : Le64       = "Length of the disk.";
        0x014  grainSize           : Le64       = "Length of a grain.";
        0x01C  descriptorOffset    : Le64       = "Where the embedded descriptor lies.";
        0x024  descriptorSize      : Le64       = "Its room.";
        0x02C  numGTEsPerGT        : Le32       = "Entries in a grain table.";
        0x030  rgdOffset           : Le64       = "Where the redundant grain directory lies.";
        0x038  gdOffset            : Le64       = "Where the grain directory lies.";
        0x040  overHead            : Le64       = "Where the grains start.";
        0x048  uncleanShutdown     : u8         = "0.";
        0x049  singleEndLineChar   : u8         = "A line feed.";
        0x04A  nonEndLineChar      : u8         = "A space.";
        0x04B  doubleEndLineChar1  : u8         = "A carriage return.";
        0x04C  doubleEndLineChar2  : u8         = "A line feed.";
        0x04D  compressAlgorithm   : Le16       = "0: none.";
        0x04F  pad                 : [u8; 433]  = "Zero.";
    }
}
