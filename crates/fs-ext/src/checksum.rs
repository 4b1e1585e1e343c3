//! Checksums of metadata: what each covers, and where it goes.
//!
//! With `metadata_csum` all are CRC-32C, most of them started with the file system's UUID, those
//! of a file's blocks with the inode's number as well; with `uninit_bg` only the group
//! descriptors have one. <https://docs.kernel.org/filesystems/ext4/checksums.html>

use crate::Options;
use crate::crc::{crc16, crc32c};
use crate::feature::Feature;
use crate::format::dir_entry::FT_DIR_CSUM;
use crate::format::feature::ro_compat;
use crate::format::inode::GOOD_OLD_SIZE;
use crate::format::superblock::CHECKSUM_CRC32C;
use crate::format::{DirEntryTail, DxTail, ExtentTail, Superblock};
use crate::read::Ext;

/// Bytes at the end of a block of directory entries.
pub(crate) const DIR_TAIL: usize = 12;

/// A superblock with its checksum: what becomes bytes of the image.
pub(crate) struct Sealed([u8; 1024]);

impl Sealed {
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The kind of checksums that a file system has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Checksums {
    None,
    /// CRC-16 of group descriptors only, started with the UUID.
    Crc16(u16),
    /// CRC-32C of everything, started with the UUID.
    Crc32c(u32),
}

/// The start of the checksums of an inode and its blocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InodeSeed(Option<u32>);

impl Checksums {
    pub fn new(options: &Options) -> Self {
        if options.has(Feature::MetadataCsum) {
            Self::Crc32c(crc32c(!0, &options.uuid))
        } else if options.has(Feature::UninitBg) {
            Self::Crc16(crc16(!0, &options.uuid))
        } else {
            Self::None
        }
    }

    /// The checksums of a file system that is read.
    pub fn of(ext: &Ext<'_>) -> Self {
        if ext.has_metadata_checksums() {
            Self::Crc32c(ext.checksum_seed())
        } else if ext.ro_compat() & ro_compat::GDT_CSUM != 0 {
            Self::Crc16(crc16(!0, &ext.uuid()))
        } else {
            Self::None
        }
    }

    /// Whether parts of a group may be left uninitialised: only when a checksum protects the
    /// descriptor that says so.
    pub fn may_leave_uninitialised(self) -> bool {
        self != Self::None
    }

    /// Seals a superblock or a copy of it.
    pub fn superblock(self, mut superblock: Superblock) -> Sealed {
        if let Self::Crc32c(_) = self {
            superblock.s_checksum_type = CHECKSUM_CRC32C;
            let bytes = superblock.to_bytes();
            superblock.s_checksum = crc32c(!0, &bytes[..bytes.len() - 4]).into();
        }
        Sealed(superblock.to_bytes())
    }

    /// The checksum of a bitmap: the low and the high 16 bits.
    pub fn bitmap(self, bits: &[u8]) -> (u16, u16) {
        match self {
            Self::Crc32c(seed) => halves(crc32c(seed, bits)),
            Self::None | Self::Crc16(_) => (0, 0),
        }
    }

    /// Fills in the checksum of the descriptor of group `number`.
    pub fn descriptor(self, number: u32, bytes: &mut [u8]) {
        let at = 0x1E;
        let number = number.to_le_bytes();
        let checksum = match self {
            Self::None => return,
            // OK to cast: the low 16 bits are what is stored.
            Self::Crc32c(seed) => crc32c(crc32c(seed, &number), bytes) as u16,
            Self::Crc16(seed) => {
                let head = crc16(crc16(seed, &number), &bytes[..at]);
                crc16(head, &bytes[at + 2..])
            }
        };
        bytes[at..at + 2].copy_from_slice(&checksum.to_le_bytes());
    }

    /// Fills in the checksum of a block of extended attributes. It is not started with an inode,
    /// since several may share the block.
    pub fn xattr_block(self, number: u64, block: &mut [u8]) {
        let Self::Crc32c(seed) = self else { return };
        let at = 0x10;
        let checksum = crc32c(crc32c(seed, &number.to_le_bytes()), block);
        block[at..at + 4].copy_from_slice(&checksum.to_le_bytes());
    }

    /// The start for inode `number`, of generation 0.
    pub fn inode_seed(self, number: u32) -> InodeSeed {
        self.seed_of_generation(number, 0)
    }

    /// The start for inode `number` of any generation.
    pub fn seed_of_generation(self, number: u32, generation: u32) -> InodeSeed {
        InodeSeed(match self {
            Self::Crc32c(seed) => {
                let numbered = crc32c(seed, &number.to_le_bytes());
                Some(crc32c(numbered, &generation.to_le_bytes()))
            }
            Self::None | Self::Crc16(_) => None,
        })
    }
}

impl InodeSeed {
    /// Bytes at the end of a block of directory entries that are no room for entries.
    pub fn dir_tail(self) -> usize {
        if self.0.is_some() { DIR_TAIL } else { 0 }
    }

    /// Fills in the checksum of an inode, all bytes of it. The high half lies behind the first
    /// 128 bytes, where blank inodes have no fields.
    pub fn inode(self, bytes: &mut [u8]) {
        let Some(seed) = self.0 else { return };
        let (low, high) = halves(crc32c(seed, bytes));
        bytes[0x7C..0x7E].copy_from_slice(&low.to_le_bytes());
        if bytes.get(GOOD_OLD_SIZE).is_some_and(|extra_isize| *extra_isize >= 4) {
            bytes[0x82..0x84].copy_from_slice(&high.to_le_bytes());
        }
    }

    /// Fills in the tail of a block of directory entries.
    pub fn directory_block(self, block: &mut [u8]) {
        let Some(seed) = self.0 else { return };
        let at = block.len() - DIR_TAIL;
        let tail = DirEntryTail {
            // OK to cast: 12.
            det_rec_len: (DIR_TAIL as u16).into(),
            det_reserved_ft: FT_DIR_CSUM,
            det_checksum: crc32c(seed, &block[..at]).into(),
            ..DirEntryTail::zeroed()
        };
        block[at..].copy_from_slice(&tail.to_bytes());
    }

    /// Fills in the tail of a block of a directory's index, the entries of which end at `used`
    /// of the `limit` bytes they may take.
    pub fn index_block(self, block: &mut [u8], used: usize, limit: usize) {
        let Some(seed) = self.0 else { return };
        let empty = DxTail::zeroed().to_bytes();
        let checksum = crc32c(crc32c(seed, &block[..used]), &empty);
        let tail = DxTail { dt_checksum: checksum.into(), ..DxTail::zeroed() };
        block[limit..limit + empty.len()].copy_from_slice(&tail.to_bytes());
    }

    /// Fills in the tail of a block of an extent tree, the entries of which may take `limit`
    /// bytes.
    pub fn extent_block(self, block: &mut [u8], limit: usize) {
        let Some(seed) = self.0 else { return };
        let tail = ExtentTail { eb_checksum: crc32c(seed, &block[..limit]).into() };
        block[limit..limit + 4].copy_from_slice(&tail.to_bytes());
    }
}

fn halves(n: u32) -> (u16, u16) {
    // OK to cast: the two halves.
    (n as u16, (n >> 16) as u16)
}
