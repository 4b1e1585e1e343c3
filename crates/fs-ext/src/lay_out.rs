//! A tree and a size become a layout: everything is placed, encoded and claimed.

use crate::allocate::{Extent, FreeBlocks};
use crate::checksum::Checksums;
use crate::fit::Fit;
use crate::format::group_descriptor::{BG_BLOCK_UNINIT, BG_INODE_UNINIT, BG_INODE_ZEROED};
use crate::format::inode::{INDEX_FL, S_IFDIR, S_IFLNK, S_IFREG, number};
use crate::format::superblock::OFFSET;
use crate::geometry::{Geometry, Group, superblock_groups};
use crate::inode_blocks::{InodeBlocks, XattrBlock};
use crate::inode_list::{Entries, InodeList, NodeKind};
use crate::inode_table::{InodeTables, Shape, inode, used};
use crate::map::Map;
use crate::placement::{Placement, split};
use crate::sparse::{self, Run};
use crate::tables::{self, Contents, GroupState};
use crate::{Error, Options, directory, fit, journal, resize_inode, special, xattr};
use file_tree::{Directory, Meta};
use image_layout::{Content, Layout};
use std::collections::BTreeMap;

/// Lays out a file system of `size` bytes that holds `tree`.
///
/// The layout is `size` bytes long; the file system takes the whole blocks of it, less a last
/// group too small to be one. Blocks that nobody uses are left unclaimed, and so are bytes behind
/// the last block. The tree's metadata become the root directory's; a directory `lost+found` in
/// its root becomes the real one, else one is made.
///
/// # Errors
/// [`Error::DoesNotFit`] says what is needed and what size would do; the other variants name the
/// file, the feature or the option that cannot be had.
pub fn lay_out(tree: &Directory, size: u64, options: &Options) -> Result<Layout, Error> {
    options.check()?;
    let list = InodeList::new(tree, options)?;
    let (Fit { geometry, journal_blocks }, demand) = fit::fit(&list, size, options)?;
    // OK to unwrap: `fit` refuses a tree that does not fit. For block maps it has counted every
    // block by the functions that place them; for extents it has placed them.
    #[allow(clippy::unwrap_used)]
    let placement = Placement::new(&geometry, journal_blocks, &list, &demand).unwrap();
    let checksums = Checksums::new(options);
    let mut writer = Writer {
        geometry,
        options,
        checksums,
        inodes: InodeTables::new(&geometry, checksums, used(demand.inodes)),
        layout: Layout::new(size),
    };
    writer.resize_inode(placement.resize_inode)?;
    let journal_inode = writer.journal(journal_blocks, &list, &placement.journal)?;
    placement.tell(&geometry, journal_blocks, &list, &demand, |index, place| {
        writer.item(&list, index, place)
    })?;
    // OK to cast: at most 10,240,000 blocks.
    writer.groups(&placement.free, journal_blocks as u32, journal_inode)?;
    Ok(writer.layout)
}

/// The smallest size in bytes, a multiple of the block size, for which [`lay_out`] succeeds, and
/// which then leaves `reserve` bytes of free blocks to ordinary users (that is, beside those
/// reserved for root). With no `block_size` chosen, the rule's choice for the size counts.
///
/// A larger size is not always better: one more group, or a journal one step larger, can take
/// more than it brings. Use the size as it is, or ask for a `reserve`.
///
/// # Errors
/// As [`lay_out`]; [`Error::TooLarge`] when no size will do.
pub fn smallest(tree: &Directory, options: &Options, reserve: u64) -> Result<u64, Error> {
    options.check()?;
    fit::smallest(&InodeList::new(tree, options)?, options, reserve)
}

struct Writer<'a> {
    geometry: Geometry,
    options: &'a Options,
    checksums: Checksums,
    inodes: InodeTables,
    layout: Layout,
}

impl Writer<'_> {
    fn bytes(&self, blocks: u64) -> u64 {
        blocks * u64::from(self.geometry.block_size.bytes())
    }

    fn sectors(&self, blocks: u64) -> u64 {
        self.bytes(blocks) / 512
    }

    /// Claims `blocks` blocks from `start` on for `content`; what it leaves must read as zero,
    /// so that a file that grows does not show what lay there before.
    fn claim(
        &mut self,
        start: u64,
        blocks: u32,
        name: &str,
        content: Content,
    ) -> Result<(), Error> {
        let (at, room, len) = (self.bytes(start), self.bytes(blocks.into()), content.len());
        self.layout.claim(at, name, content)?;
        self.layout.claim(at + len, name, Content::Zero { len: room - len })?;
        Ok(())
    }

    /// Claims `extents` for `pieces`, one behind the other, from the first of them on.
    fn claim_extents(
        &mut self,
        extents: &[Extent],
        name: &str,
        pieces: &[Content],
    ) -> Result<(), Error> {
        let mut pieces = pieces.iter();
        let (mut piece, mut skip) = (pieces.next(), 0);
        for extent in extents {
            let mut at = self.bytes(extent.start);
            let end = at + self.bytes(extent.len.into());
            while let Some(content) = piece.filter(|_| at < end) {
                let part = match (skip, content.len() <= end - at) {
                    (0, true) => content.clone(),
                    _ => content.slice(skip, end - at),
                };
                let len = part.len();
                self.layout.claim(at, name, part)?;
                (at, skip) = (at + len, skip + len);
                if skip == content.len() {
                    (piece, skip) = (pieces.next(), 0);
                }
            }
            self.layout.claim(at, name, Content::Zero { len: end - at })?;
        }
        Ok(())
    }

    /// Claims the blocks of an inode's map, and returns what goes into the inode.
    fn map(
        &mut self,
        map: Map,
        runs: &[Run],
        place: &InodeBlocks,
        inode: u32,
        whose: &str,
    ) -> Result<[u32; 15], Error> {
        let seed = self.checksums.inode_seed(inode);
        let filled = map.fill(runs, place, self.geometry.block_size, seed);
        if !place.map.is_empty() {
            let name = format!("{} of {whose}", map.name());
            self.claim_extents(&place.map, &name, &filled.tables)?;
        }
        Ok(filled.i_block)
    }

    /// Writes the resize inode and its double indirect block. The reserved blocks that it owns
    /// are claimed with the groups.
    fn resize_inode(&mut self, block: Option<u64>) -> Result<(), Error> {
        let Some(block) = block else { return Ok(()) };
        let content = resize_inode::double_indirect(&self.geometry).into();
        self.claim(block, 1, "indirect blocks of the resize inode", content)?;
        let mut i_block = [0; 15];
        // OK to cast: the first free block of a file system, behind at most a group of tables.
        i_block[13] = block as u32;
        let shape = Shape {
            file_type: S_IFREG,
            links: 1,
            size: resize_inode::size(&self.geometry),
            sectors: self.sectors(resize_inode::blocks(&self.geometry)),
            flags: 0,
            i_block,
            xattr_block: 0,
        };
        let meta = Meta::root(0o600, self.options.time);
        self.inodes.put(number::RESIZE, &inode(&meta, &shape, self.options), &[], false);
        Ok(())
    }

    /// Writes the journal's inode and its `blocks` blocks, if there are any. Returns what the
    /// superblock records of the inode.
    fn journal(
        &mut self,
        blocks: u64,
        list: &InodeList<'_>,
        place: &InodeBlocks,
    ) -> Result<[u32; 17], Error> {
        let mut record = [0; 17];
        if blocks == 0 {
            return Ok(record);
        }
        let block_size = self.geometry.block_size;
        let size = self.bytes(blocks);
        // OK to cast: at most 10,240,000 blocks.
        let head = journal::superblock(blocks as u32, block_size, self.options).to_bytes();
        let runs = sparse::dense(blocks);
        let i_block = self.map(list.map(), &runs, place, number::JOURNAL, "the journal")?;
        let (first, log) = split(&place.data, 1);
        self.claim_extents(&first, "journal superblock", &[head[..].into()])?;
        self.claim_extents(&log, "journal", &[])?;
        let shape = Shape {
            file_type: S_IFREG,
            links: 1,
            size,
            sectors: self.sectors(place.blocks()),
            flags: list.map().flags(),
            i_block,
            xattr_block: 0,
        };
        let meta = Meta::root(0o600, self.options.time);
        self.inodes.put(number::JOURNAL, &inode(&meta, &shape, self.options), &[], false);
        record[..15].copy_from_slice(&i_block);
        // OK to cast: the two halves of 64 bits.
        (record[15], record[16]) = ((size >> 32) as u32, size as u32);
        Ok(record)
    }

    /// Writes one item of the tree.
    fn item(
        &mut self,
        list: &InodeList<'_>,
        index: usize,
        place: &InodeBlocks,
    ) -> Result<(), Error> {
        let path = list.path(index);
        let number = list.inode(index);
        let map = list.map();
        let block_size = self.geometry.block_size;
        let blocks = place.data.iter().map(|e| u64::from(e.len)).sum();
        let runs = list.runs(index, blocks, block_size);
        // OK to cast: at most 65,000.
        let names = list.names(index) as u16;
        let mut flags = map.flags();
        let node = list.kind(index);
        let (kind, file_type, links, size, content) = match node {
            NodeKind::Directory { subdirectories, .. } => {
                let (entries, hashed) = self.entries(list, index, place);
                flags |= if hashed { INDEX_FL } else { 0 };
                let size = entries.len() as u64;
                ("directory", S_IFDIR, list.links(subdirectories), size, vec![entries.into()])
            }
            NodeKind::File(content) => {
                let packed = sparse::packed(content, &runs, block_size);
                ("file", S_IFREG, names, content.len(), packed)
            }
            NodeKind::Symlink(target) => {
                ("symlink", S_IFLNK, names, target.len() as u64, vec![target.into()])
            }
            NodeKind::Special(kind) => ("special", special::mode(kind), names, 0, vec![]),
            // Its file is written under its first name.
            NodeKind::Link => return Ok(()),
        };
        let i_block = match node {
            NodeKind::Symlink(target) if place.data.is_empty() => {
                flags = 0;
                fast_symlink(target)
            }
            NodeKind::Special(kind) => {
                flags = 0;
                special::i_block(kind)
            }
            _ => {
                let i_block = self.map(map, &runs, place, number, &path)?;
                if !place.data.is_empty() {
                    let name = format!("{kind} {path}");
                    self.claim_extents(&place.data, &name, &content)?;
                }
                i_block
            }
        };
        let own = list.xattrs(index, block_size)?;
        let XattrBlock { block: xattr_block, users } = place.xattrs;
        if users > 0 {
            let checksums = self.checksums;
            let encoded = xattr::block(&own.outside, xattr_block, users, block_size, checksums);
            let name = match users {
                1 => format!("xattrs of {path}"),
                _ => format!("xattrs of {path} and {} others", users - 1),
            };
            self.claim(xattr_block, 1, &name, encoded.into())?;
        }
        let sectors = self.sectors(place.blocks());
        let shape = Shape { file_type, links, size, sectors, flags, i_block, xattr_block };
        let inode = inode(list.meta(index), &shape, self.options);
        let behind = own.ibody(self.geometry.inode_size);
        self.inodes.put(number, &inode, &behind, file_type == S_IFDIR);
        Ok(())
    }

    /// The blocks of a directory, and whether they are hashed.
    fn entries(&self, list: &InodeList<'_>, index: usize, place: &InodeBlocks) -> (Vec<u8>, bool) {
        let block_size = self.geometry.block_size;
        let seed = self.checksums.inode_seed(list.inode(index));
        match list.entries(index, block_size) {
            Entries::Linear(_) => {
                // lost+found has more blocks than its entries need.
                let blocks = place.data.iter().map(|e| u64::from(e.len)).sum();
                (directory::write(list.members(index), blocks, block_size, seed), false)
            }
            // OK to cast: at most 4096.
            Entries::Hashed(tree) => (tree.write(block_size.bytes() as usize, seed), true),
        }
    }

    /// Claims the tables of every group, and what precedes the first.
    fn groups(
        &mut self,
        free: &FreeBlocks,
        journal_blocks: u32,
        journal_inode: [u32; 17],
    ) -> Result<(), Error> {
        let geometry = self.geometry;
        // A boot sector or the signature of another file system must not stay behind.
        self.layout.claim(0, "boot block", Content::Zero { len: OFFSET })?;
        let mut bitmaps = Bitmaps {
            checksums: self.checksums,
            bytes: geometry.block_size.bytes(),
            made: BTreeMap::new(),
        };
        let mut descriptors = Vec::new();
        for group in geometry.all_groups() {
            let state = self.group(&group, free, &mut bitmaps)?;
            tables::group_descriptor(&geometry, &group, &state, self.checksums, &mut descriptors);
        }
        let bytes = u64::from(geometry.descriptor_blocks) * u64::from(geometry.block_size.bytes());
        // OK to cast: smaller than a group.
        descriptors.resize(bytes as usize, 0);
        let descriptors = descriptors.into();
        let contents = Contents {
            free_blocks: free.total(),
            used_inodes: (0..geometry.groups).map(|g| self.inodes.used_in_group(g)).sum(),
            journal_blocks,
            journal_inode,
        };
        let superblock = tables::superblock(&geometry, &contents, self.options);
        for n in superblock_groups(geometry.groups) {
            let copy = match n {
                0 => superblock.clone(),
                _ => tables::superblock_copy(&superblock, n),
            };
            let sealed = self.checksums.superblock(copy);
            self.superblock_and_descriptors(n, sealed.bytes(), &descriptors)?;
        }
        Ok(())
    }

    /// Claims the bitmaps and the inode table of a group. What a descriptor with a checksum says
    /// is not in use needs no bitmap.
    fn group(
        &mut self,
        group: &Group,
        free: &FreeBlocks,
        bitmaps: &mut Bitmaps,
    ) -> Result<GroupState, Error> {
        let geometry = self.geometry;
        let n = group.number;
        let free_blocks = free.in_group(n);
        let used_inodes = self.inodes.used_in_group(n);
        let may = self.checksums.may_leave_uninitialised();
        let own = geometry.own_tables_inside(group);
        let no_blocks =
            may && n + 1 != geometry.groups && u64::from(group.blocks - free_blocks) == own;
        let no_inodes = may && used_inodes == 0;
        let blank = || (Content::Zero { len: 0 }, (0, 0));
        let (bits, block_bitmap_csum) = match no_blocks {
            true => blank(),
            false => {
                let all = geometry.block_size.blocks_per_group();
                bitmaps.get(group.blocks - free_blocks, group.blocks, all)
            }
        };
        self.claim(group.block_bitmap, 1, &format!("group {n}/block bitmap"), bits)?;
        let (bits, inode_bitmap_csum) = match no_inodes {
            true => blank(),
            false => {
                let all = geometry.inodes_per_group;
                bitmaps.get(used_inodes, all, all)
            }
        };
        self.claim(group.inode_bitmap, 1, &format!("group {n}/inode bitmap"), bits)?;
        let name = format!("group {n}/inode table");
        let inodes = self.inodes.take(n);
        self.claim(group.inode_table, geometry.inode_table_blocks(), &name, inodes)?;
        let flags = BG_INODE_ZEROED
            | if no_blocks { BG_BLOCK_UNINIT } else { 0 }
            | if no_inodes { BG_INODE_UNINIT } else { 0 };
        let directories = self.inodes.directories_in_group(n);
        Ok(GroupState {
            free_blocks,
            used_inodes,
            directories,
            flags,
            block_bitmap_csum,
            inode_bitmap_csum,
        })
    }

    /// Claims what a group that has a superblock opens with.
    fn superblock_and_descriptors(
        &mut self,
        group: u32,
        superblock: &[u8],
        descriptors: &Content,
    ) -> Result<(), Error> {
        let (descriptor_blocks, reserved_blocks) =
            (self.geometry.descriptor_blocks, self.geometry.reserved_descriptor_blocks);
        let name = |what: &str| match group {
            0 => what.to_owned(),
            n => format!("group {n}/{what} copy"),
        };
        // The primary superblock does not lie at the start of a block of more than 1 KiB.
        let start = self.geometry.start(group);
        let at = self.bytes(start).max(OFFSET);
        let behind = self.bytes(start + 1);
        let len = superblock.len() as u64;
        let superblock_name = name("superblock");
        self.layout.claim(at, &superblock_name, superblock)?;
        self.layout.claim(at + len, superblock_name, Content::Zero { len: behind - at - len })?;
        let next = start + 1;
        self.claim(next, descriptor_blocks, &name("group descriptors"), descriptors.clone())?;
        if reserved_blocks > 0 {
            let content = match group {
                0 => resize_inode::reserved_blocks(&self.geometry),
                _ => Content::Zero { len: 0 },
            };
            let next = next + u64::from(descriptor_blocks);
            self.claim(next, reserved_blocks, &name("reserved GDT blocks"), content)?;
        }
        Ok(())
    }
}

/// A short target, in place of the block map.
fn fast_symlink(target: &[u8]) -> [u32; 15] {
    let mut i_block = [0; 15];
    for (slot, bytes) in i_block.iter_mut().zip(target.chunks(4)) {
        let mut padded = [0; 4];
        padded[..bytes.len()].copy_from_slice(bytes);
        *slot = u32::from_le_bytes(padded);
    }
    i_block
}

/// A bitmap and its checksum, low and high 16 bits.
type Bitmap = (Content, (u16, u16));

/// Bitmaps by how many of how many are used, and how many a checksum covers: most groups of a large
/// file system share one.
struct Bitmaps {
    checksums: Checksums,
    bytes: u32,
    made: BTreeMap<(u32, u32, u32), Bitmap>,
}

impl Bitmaps {
    /// The first `used` of `total` bits; the checksum covers the first `checked`.
    fn get(&mut self, used: u32, total: u32, checked: u32) -> Bitmap {
        let make = || {
            let bits = tables::bitmap(used, total, self.bytes);
            let checksum = self.checksums.bitmap(&bits[..checked as usize / 8]);
            (bits.into(), checksum)
        };
        self.made.entry((used, total, checked)).or_insert_with(make).clone()
    }
}
