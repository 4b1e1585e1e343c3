//! Inode tables: what every inode says, and where it lies.

use crate::checksum::Checksums;
use crate::format::inode::{EXTRA_ISIZE, GOOD_OLD_SIZE};
use crate::format::{Inode, inode::number};
use crate::geometry::Geometry;
use crate::{InodeSize, Options};
use file_tree::{Meta, Timestamp};
use image_layout::{Condensed, Content};

/// The fields of an inode beside its metadata.
pub(crate) struct Shape {
    /// `S_IF*`.
    pub file_type: u16,
    pub links: u16,
    /// The size in bytes.
    pub size: u64,
    /// Units of 512 bytes held, indirect blocks included; below 2^48.
    pub sectors: u64,
    /// `i_flags`.
    pub flags: u32,
    pub i_block: [u32; 15],
    /// Block of extended attributes; 0: there is none.
    pub xattr_block: u64,
}

/// The used inodes of every group that has any.
#[derive(Debug)]
pub(crate) struct InodeTables {
    geometry: Geometry,
    checksums: Checksums,
    /// Inodes in use, the reserved ones included: they are the first ones.
    used: u32,
    tables: Vec<Table>,
    /// The group that the last inode belonged to: the table that is written out.
    current: usize,
    directories: Vec<u16>,
}

/// The used part of a group's table. Inodes are written group by group, more or less: one table
/// is written out, and the others are kept without their many zeros.
#[derive(Debug)]
enum Table {
    Open(Vec<u8>),
    Closed(Content),
}

impl InodeTables {
    /// Tables with the inodes 1 to `used` in use, all of them blank. Reserved ones may stay that
    /// way, and have a checksum all the same.
    pub fn new(geometry: &Geometry, checksums: Checksums, used: u32) -> Self {
        let size = geometry.inode_size.bytes() as usize;
        let groups = used.div_ceil(geometry.inodes_per_group);
        let mut this = Self {
            geometry: *geometry,
            checksums,
            used,
            tables: Vec::new(),
            current: 0,
            directories: vec![0; groups as usize],
        };
        this.tables = (0..groups)
            .map(|g| {
                Table::Closed(Content::Zero { len: this.used_in_group(g) as u64 * size as u64 })
            })
            .collect();
        for reserved in 1..number::FIRST {
            let seed = this.checksums.inode_seed(reserved);
            seed.inode(this.bytes(reserved));
        }
        this
    }

    /// Group of an inode, and where it starts in the table.
    fn place(&self, number: u32) -> (usize, usize) {
        let per_group = self.geometry.inodes_per_group;
        let (group, index) = ((number - 1) / per_group, (number - 1) % per_group);
        (group as usize, index as usize * self.geometry.inode_size.bytes() as usize)
    }

    /// Inodes in use in `group`: the first ones of its table.
    pub fn used_in_group(&self, group: u32) -> u32 {
        let per_group = self.geometry.inodes_per_group;
        self.used.saturating_sub(group.saturating_mul(per_group)).min(per_group)
    }

    /// Directories in `group`.
    pub fn directories_in_group(&self, group: u32) -> u16 {
        self.directories.get(group as usize).copied().unwrap_or(0)
    }

    /// Takes the used part of the table of `group`.
    pub fn take(&mut self, group: u32) -> Content {
        let taken = Table::Closed(Content::Zero { len: 0 });
        match self.tables.get_mut(group as usize).map(|table| core::mem::replace(table, taken)) {
            Some(Table::Open(bytes)) => condense(&bytes),
            Some(Table::Closed(content)) => content,
            None => Content::Zero { len: 0 },
        }
    }

    /// The bytes of inode `number`, one of those in use.
    fn bytes(&mut self, number: u32) -> &mut [u8] {
        let (group, at) = self.place(number);
        if group != self.current {
            if let Some(Table::Open(bytes)) = self.tables.get(self.current) {
                self.tables[self.current] = Table::Closed(condense(bytes));
            }
            self.current = group;
        }
        let size = self.geometry.inode_size.bytes() as usize;
        let table = &mut self.tables[group];
        if let Table::Closed(content) = table {
            // OK to cast: at most what a group's inodes take.
            let mut bytes = vec![0; content.len() as usize];
            content.read_at(0, &mut bytes);
            *table = Table::Open(bytes);
        }
        match table {
            Table::Open(bytes) => &mut bytes[at..][..size],
            Table::Closed(_) => unreachable!("it has just been opened"),
        }
    }

    /// Writes inode `number`, one of those in use, and what follows its fields up to its end.
    pub fn put(&mut self, number: u32, inode: &Inode, behind: &[u8], is_directory: bool) {
        let encoded = inode.to_bytes();
        let used = match self.geometry.inode_size {
            InodeSize::Bytes128 => &encoded[..GOOD_OLD_SIZE],
            InodeSize::Bytes256 => &encoded[..],
        };
        let seed = self.checksums.inode_seed(number);
        let bytes = self.bytes(number);
        bytes[..used.len()].copy_from_slice(used);
        let at = bytes.len() - behind.len();
        bytes[at..].copy_from_slice(behind);
        seed.inode(bytes);
        let (group, _) = self.place(number);
        self.directories[group] += u16::from(is_directory);
    }
}

/// A table without its zeros.
fn condense(bytes: &[u8]) -> Content {
    Condensed::new(bytes).map_or_else(|| bytes.into(), Content::from)
}

/// Inodes in use when the tree takes `taken`.
pub(crate) fn used(taken: u64) -> u32 {
    // OK to cast: the geometry has so many inodes, numbered in 32 bits.
    number::FIRST - 1 + taken as u32
}

/// A time as an inode holds it: seconds, then nanoseconds with the bits above 32 of the seconds.
fn time(t: Timestamp) -> (u32, u32) {
    // OK to cast: the low 32 bits are what is wanted, and the times were checked to fit in 34.
    let low = t.seconds as i32;
    let epoch = ((t.seconds - i64::from(low)) >> 32) as u32 & 3;
    (low as u32, t.nanoseconds << 2 | epoch)
}

/// An inode that was made and touched at the file system's time, and modified at its own.
pub(crate) fn inode(meta: &Meta, shape: &Shape, options: &Options) -> Inode {
    let (made, made_extra) = time(options.time);
    let (modified, modified_extra) = time(meta.mtime);
    let (low, high) = (|n: u32| n as u16, |n: u32| (n >> 16) as u16);
    Inode {
        i_mode: (shape.file_type | meta.mode & 0o7777).into(),
        i_uid: low(meta.uid).into(),
        l_i_uid_high: high(meta.uid).into(),
        i_gid: low(meta.gid).into(),
        l_i_gid_high: high(meta.gid).into(),
        // OK to cast: the two halves of 64 bits.
        i_size_lo: (shape.size as u32).into(),
        i_size_high: ((shape.size >> 32) as u32).into(),
        i_atime: made.into(),
        i_ctime: made.into(),
        i_mtime: modified.into(),
        i_crtime: made.into(),
        i_atime_extra: made_extra.into(),
        i_ctime_extra: made_extra.into(),
        i_mtime_extra: modified_extra.into(),
        i_crtime_extra: made_extra.into(),
        i_links_count: shape.links.into(),
        i_blocks_lo: (shape.sectors as u32).into(),
        l_i_blocks_high: ((shape.sectors >> 32) as u16).into(),
        i_flags: shape.flags.into(),
        i_block: shape.i_block.map(Into::into),
        // OK to cast: the low 32 of 48 bits, and the others.
        i_file_acl_lo: (shape.xattr_block as u32).into(),
        l_i_file_acl_high: ((shape.xattr_block >> 32) as u16).into(),
        i_extra_isize: EXTRA_ISIZE.into(),
        ..Inode::zeroed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table "Inode Timestamps" of the specification's page, and the edges of the range.
    #[test]
    fn times_have_34_bits() {
        let table = [
            (-0x8000_0000, 0x8000_0000, 0),
            (-1, 0xFFFF_FFFF, 0),
            (0, 0, 0),
            (0x7FFF_FFFF, 0x7FFF_FFFF, 0),
            (0x8000_0000, 0x8000_0000, 1),
            (0xFFFF_FFFF, 0xFFFF_FFFF, 1),
            (0x1_0000_0000, 0, 1),
            (0x1_7FFF_FFFF, 0x7FFF_FFFF, 1),
            (0x1_8000_0000, 0x8000_0000, 2),
            (0x2_8000_0000, 0x8000_0000, 3),
            (0x3_7FFF_FFFF, 0x7FFF_FFFF, 3),
        ];
        for (seconds, low, epoch) in table {
            assert_eq!(time(Timestamp { seconds, nanoseconds: 0 }), (low, epoch), "{seconds:#x}");
        }
        let (first, last) = InodeSize::Bytes256.seconds();
        assert_eq!((first, last), (table[0].0, table[10].0));
        let t = Timestamp { seconds: 0x1_0000_0000, nanoseconds: 999_999_999 };
        assert_eq!(time(t), (0, 999_999_999 << 2 | 1));
    }
}
