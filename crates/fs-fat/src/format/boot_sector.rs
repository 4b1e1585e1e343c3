//! Sector 0, with the BIOS parameter block; and FSInfo.

#![allow(non_snake_case)] // its own names

use ondisk::{Le16, Le32, ondisk};

ondisk! {
    /// The BIOS parameter block up to where FAT32 differs from the others.
    pub struct BootSector [36] {
        0x00  BS_jmpBoot      : [u8; 3]  = "Jump to the boot code.";
        0x03  BS_OEMName      : [u8; 8]  = "Who formatted it.";
        0x0B  BPB_BytsPerSec  : Le16     = "Bytes per sector.";
        0x0D  BPB_SecPerClus  : u8       = "Sectors per cluster.";
        0x0E  BPB_RsvdSecCnt  : Le16     = "Sectors before the first FAT.";
        0x10  BPB_NumFATs     : u8       = "File allocation tables.";
        0x11  BPB_RootEntCnt  : Le16     = "Entries of the root directory; FAT32: 0.";
        0x13  BPB_TotSec16    : Le16     = "Sectors; 0: see BPB_TotSec32.";
        0x15  BPB_Media       : u8       = "Medium.";
        0x16  BPB_FATSz16     : Le16     = "Sectors of a FAT; FAT32: 0.";
        0x18  BPB_SecPerTrk   : Le16     = "Geometry.";
        0x1A  BPB_NumHeads    : Le16     = "Geometry.";
        0x1C  BPB_HiddSec     : Le32     = "Sectors before the partition.";
        0x20  BPB_TotSec32    : Le32     = "Sectors.";
    }

    /// The fields that follow in FAT32.
    pub struct Fat32 [28] {
        0x00  BPB_FATSz32     : Le32      = "Sectors of a FAT.";
        0x04  BPB_ExtFlags    : Le16      = "Which FAT is in use.";
        0x06  BPB_FSVer       : Le16      = "0.";
        0x08  BPB_RootClus    : Le32      = "First cluster of the root directory.";
        0x0C  BPB_FSInfo      : Le16      = "Sector of FSInfo.";
        0x0E  BPB_BkBootSec   : Le16      = "Sector of the copy of sector 0.";
        0x10  BPB_Reserved    : [u8; 12]  = "Zero.";
    }

    /// The fields that end the parameter block in FAT12, FAT16 and FAT32.
    pub struct Extended [26] {
        0x00  BS_DrvNum       : u8        = "BIOS drive.";
        0x01  BS_Reserved1    : u8        = "Bit 0: not unmounted.";
        0x02  BS_BootSig      : u8        = "0x29: what follows is there.";
        0x03  BS_VolID        : Le32      = "Serial number.";
        0x07  BS_VolLab       : [u8; 11]  = "Label.";
        0x12  BS_FilSysType   : [u8; 8]   = "A word that means nothing.";
    }

    /// FSInfo, of FAT32.
    pub struct FsInfo [512] {
        0x000  FSI_LeadSig     : Le32       = "\"RRaA\".";
        0x004  FSI_Reserved1   : [u8; 480]  = "Zero.";
        0x1E4  FSI_StrucSig    : Le32       = "\"rrAa\".";
        0x1E8  FSI_Free_Count  : Le32       = "Free clusters; all ones: not known.";
        0x1EC  FSI_Nxt_Free    : Le32       = "Where to look for a free one.";
        0x1F0  FSI_Reserved2   : [u8; 12]   = "Zero.";
        0x1FC  FSI_TrailSig    : Le32       = "0xAA550000.";
    }
}

/// `BS_BootSig`.
pub const BOOT_SIG: u8 = 0x29;
/// `FSI_LeadSig`.
pub const LEAD_SIG: u32 = 0x4161_5252;
/// `FSI_StrucSig`.
pub const STRUC_SIG: u32 = 0x6141_7272;
/// `FSI_TrailSig`.
pub const TRAIL_SIG: u32 = 0xAA55_0000;
/// Bit of `BS_Reserved1`: it is mounted, or was not unmounted.
pub const DIRTY: u8 = 1;
