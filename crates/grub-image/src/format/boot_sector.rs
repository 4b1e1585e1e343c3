//! `boot.img`: the 512 bytes of sector 0, which load the first sector of core.img.
//! <https://www.gnu.org/software/grub/manual/grub/html_node/Images.html>

use ondisk::{Le16, Le32, Le64};

ondisk::ondisk! {
    /// Sector 0: GRUB's code around what belongs to the file system or the partition table.
    pub struct BootSector [512] {
        0x000  jump             : [u8; 3]             = "Jump over the BIOS parameter block.";
        0x003  bpb              : [u8; 0x57]          = "BIOS parameter block: kept as it was on the disk.";
        0x05A  kernel_address   : Le16                = "Where the sector of kernel_sector is loaded: 0x8000.";
        0x05C  kernel_sector    : Le64                = "LBA of core.img's first sector (diskboot.img); ships as 1.";
        0x064  boot_drive       : u8                  = "BIOS drive to load from; 0xFF: the one in DL.";
        0x065  pad              : u8                  = "Not touched.";
        0x066  drive_check      : [u8; 2]             = "A jump over the check of DL; two NOPs (90 90) on hard disks.";
        0x068  code             : [u8; 0x150]         = "Code and messages.";
        0x1B8  disk_signature   : Le32                = "Windows disk signature: kept.";
        0x1BC  disk_pad         : [u8; 2]             = "Kept.";
        0x1BE  partition_table  : [PartitionEntry; 4] = "Kept.";
        0x1FE  boot_signature   : Le16                = "55 AA.";
    }

    /// A partition entry, of which there are four.
    pub struct PartitionEntry [16] {
        0x00  flag       : u8       = "0x80: active; 0x00: not.";
        0x01  first_chs  : [u8; 3]  = "First sector as cylinder, head, sector.";
        0x04  kind       : u8       = "Type; 0: the entry is empty.";
        0x05  last_chs   : [u8; 3]  = "Last sector as cylinder, head, sector.";
        0x08  start      : Le32     = "First sector (LBA).";
        0x0C  sectors    : Le32     = "Number of sectors.";
    }
}

/// Bytes of sector 0 that are code: all before the disk signature.
pub const CODE_LEN: usize = 0x1B8;
/// [`BootSector::kernel_address`] of every boot.img.
pub const KERNEL_ADDRESS: u16 = 0x8000;
/// [`BootSector::boot_drive`]: whatever the BIOS says.
pub const BOOT_DRIVE_FROM_BIOS: u8 = 0xFF;
/// [`BootSector::drive_check`] on hard disks and USB keys: a drive number without bit 7 is taken
/// for 0x80.
pub const DRIVE_CHECK_ON: [u8; 2] = [0x90, 0x90];
/// [`BootSector::boot_signature`].
pub const BOOT_SIGNATURE: u16 = 0xAA55;
/// [`PartitionEntry::kind`] of the entry that protects a GPT.
pub const KIND_GPT_PROTECTIVE: u8 = 0xEE;
/// [`PartitionEntry::kind`] of an entry that leads to logical partitions, or from one of them to
/// the next.
pub const KIND_EXTENDED: [u8; 3] = [0x05, 0x0F, 0x85];
