//! Sector 0, read and checked.

use super::error::Error;
use crate::FatType;
use crate::format::boot_sector::{BOOT_SIG, BootSector, Extended, Fat32, FsInfo, STRUC_SIG};
use image_layout::{Part, read_array};

/// The number of clusters from which on a file system is FAT16.
const FAT16_FROM: u64 = 4085;
/// The number of clusters from which on a file system is FAT32.
const FAT32_FROM: u64 = 65525;
/// Most clusters that FAT32 can have.
const MOST_CLUSTERS: u64 = 0x0FFF_FFF5;
/// Longest FAT in which free clusters are counted: that of a stick of 32 GiB.
const LONGEST_COUNTED: u64 = 4 << 20;

/// A FAT file system that is read.
#[derive(Debug)]
pub struct Fat<'a> {
    pub(crate) source: Part<'a>,
    kind: FatType,
    sector_size: u64,
    pub(crate) cluster_size: u64,
    pub(crate) clusters: u64,
    /// Offset of the FAT in use.
    pub(crate) fat: u64,
    fat_len: u64,
    copies: u64,
    first_fat: u64,
    /// Offset and length of the root directory, in FAT12 and FAT16.
    pub(crate) fixed_root: (u64, u64),
    /// First cluster of the root directory, in FAT32.
    pub(crate) root_cluster: u32,
    /// Offset of cluster 2.
    pub(crate) data: u64,
    serial: Option<u32>,
    pub(crate) label: [u8; 11],
    fs_info: Option<u64>,
    len: u64,
}

impl<'a> Fat<'a> {
    /// Reads and checks sector 0.
    ///
    /// # Errors
    /// [`Error::NotFat`] for what is no FAT file system: exFAT, NTFS, and sectors whose numbers
    /// cannot be.
    pub fn open(source: Part<'a>) -> Result<Self, Error> {
        let sector = match read_array::<512>(&source, 0) {
            Ok(sector) => sector,
            Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => return Err(Error::NotFat),
            Err(e) => return Err(Error::Io(e)),
        };
        Self::read(source, &sector).ok_or(Error::NotFat)
    }

    fn read(source: Part<'a>, sector: &[u8; 512]) -> Option<Self> {
        let (head, rest) = sector.split_first_chunk()?;
        let boot = BootSector::from_bytes(head);
        let (fat32, _) = rest.split_first_chunk()?;
        let fat32 = Fat32::from_bytes(fat32);
        // Windows and Linux look at the jump, and at the numbers; not at the words.
        if !matches!(boot.BS_jmpBoot[0], 0xEB | 0xE9) {
            return None;
        }
        let sector_size = u64::from(boot.BPB_BytsPerSec.get());
        let per_cluster = u64::from(boot.BPB_SecPerClus);
        let reserved = u64::from(boot.BPB_RsvdSecCnt.get());
        let copies = u64::from(boot.BPB_NumFATs);
        if !matches!(sector_size, 512 | 1024 | 2048 | 4096)
            || !per_cluster.is_power_of_two()
            || reserved == 0
            || !(1..=2).contains(&copies)
        {
            return None;
        }
        let either =
            |short: u16, long: u32| if short != 0 { short.into() } else { u64::from(long) };
        let sectors = either(boot.BPB_TotSec16.get(), boot.BPB_TotSec32.get());
        let fat_sectors = either(boot.BPB_FATSz16.get(), fat32.BPB_FATSz32.get());
        let is_fat32 = boot.BPB_FATSz16.get() == 0;
        let root_sectors = (u64::from(boot.BPB_RootEntCnt.get()) * 32).div_ceil(sector_size);
        let data = reserved + copies * fat_sectors + root_sectors;
        let clusters = sectors.checked_sub(data)? / per_cluster;
        let kind = match clusters {
            _ if is_fat32 => FatType::Fat32,
            0 => return None,
            1..FAT16_FROM => FatType::Fat12,
            FAT16_FROM..FAT32_FROM => FatType::Fat16,
            _ => return None,
        };
        let fat_len = fat_sectors * sector_size;
        let entries = fat_len * 8 / bits(kind);
        if clusters > MOST_CLUSTERS || entries < clusters + 2 || (is_fat32 && root_sectors != 0) {
            return None;
        }
        let extended = if is_fat32 { rest.get(28..)? } else { rest };
        let extended = Extended::from_bytes(extended.split_first_chunk()?.0);
        let named = extended.BS_BootSig == BOOT_SIG;
        // Bit 7: only one FAT is in use.
        let active = match fat32.BPB_ExtFlags.get() {
            flags if is_fat32 && flags & 0x80 != 0 => u64::from(flags & 0xF).min(copies - 1),
            _ => 0,
        };
        let root = (reserved + copies * fat_sectors) * sector_size;
        Some(Self {
            source,
            kind,
            sector_size,
            cluster_size: per_cluster * sector_size,
            clusters,
            fat: (reserved + active * fat_sectors) * sector_size,
            fat_len,
            copies,
            first_fat: reserved * sector_size,
            fixed_root: (root, u64::from(boot.BPB_RootEntCnt.get()) * 32),
            root_cluster: if is_fat32 { fat32.BPB_RootClus.get() } else { 0 },
            data: data * sector_size,
            serial: named.then(|| extended.BS_VolID.get()),
            label: if named { extended.BS_VolLab } else { *b"NO NAME    " },
            fs_info: is_fat32.then(|| u64::from(fat32.BPB_FSInfo.get()) * sector_size),
            len: sectors * sector_size,
        })
    }

    /// FAT12, FAT16 or FAT32.
    pub fn kind(&self) -> FatType {
        self.kind
    }

    /// The part of a disk that the file system lies in.
    pub fn source(&self) -> Part<'a> {
        self.source
    }

    /// Its length in bytes, as it says.
    pub fn byte_len(&self) -> u64 {
        self.len
    }

    /// The size of a sector in bytes.
    pub fn sector_size(&self) -> u64 {
        self.sector_size
    }

    /// The size of a cluster in bytes.
    pub fn cluster_size(&self) -> u64 {
        self.cluster_size
    }

    /// The number of clusters.
    pub fn clusters(&self) -> u64 {
        self.clusters
    }

    /// The offsets of the file allocation tables, and the length of one.
    pub fn tables(&self) -> (Vec<u64>, u64) {
        let offsets = (0..self.copies).map(|n| self.first_fat + n * self.fat_len);
        (offsets.collect(), self.fat_len)
    }

    /// The serial number, which Linux calls a UUID.
    pub fn serial(&self) -> Option<u32> {
        self.serial
    }

    /// The label in sector 0; the one in the root directory is what others show.
    pub(super) fn boot_label(&self) -> Option<&[u8]> {
        Some(&self.label[..]).filter(|label| *label != b"NO NAME    ")
    }

    /// The number of free clusters: counted, where the table is no longer than 4 MiB, else as
    /// FSInfo says; `None` if it says nothing.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn free_clusters(&self) -> Result<Option<u64>, Error> {
        if self.fat_len <= LONGEST_COUNTED {
            return self.count_free().map(Some);
        }
        let Some(at) = self.fs_info else { return Ok(None) };
        let bytes = read_array(&self.source, at).map_err(Error::reading(|| "FSInfo".into()))?;
        let info = FsInfo::from_bytes(&bytes);
        let free = u64::from(info.FSI_Free_Count.get());
        Ok((info.FSI_StrucSig.get() == STRUC_SIG && free <= self.clusters).then_some(free))
    }

    /// The number of bits of an entry of the table.
    pub(crate) fn bits(&self) -> u64 {
        bits(self.kind)
    }
}

fn bits(kind: FatType) -> u64 {
    match kind {
        FatType::Fat12 => 12,
        FatType::Fat16 => 16,
        FatType::Fat32 => 32,
    }
}
