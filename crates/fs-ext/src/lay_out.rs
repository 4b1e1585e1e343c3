//! A tree and a size become a layout: everything is placed, encoded and claimed.

use crate::allocate::{Extent, FreeBlocks};
use crate::fit::Fit;
use crate::format::inode::{S_IFDIR, S_IFLNK, S_IFREG, number};
use crate::format::superblock::OFFSET;
use crate::geometry::{Geometry, Group};
use crate::inode_table::{InodeTables, Shape, inode, used};
use crate::sparse::{self, Run};
use crate::survey::{Kind, Survey};
use crate::tables::{self, Contents};
use crate::{Error, Options, block_map, directory, fit, journal, resize_inode, special, xattr};
use file_tree::{Directory, Meta};
use image_layout::{Content, Layout};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Lays out a file system of `size` bytes that holds `tree`.
///
/// The layout is `size` bytes long; the file system takes the whole blocks of it, less a last
/// group too small to be one. Blocks that nobody uses are left unclaimed, and so are bytes behind
/// the last block. The tree's metadata become the root directory's; a directory `lost+found` in
/// its root becomes the real one, else one is made.
///
/// # Errors
/// [`Error::DoesNotFit`] says what is needed and what size would do; the other variants name the
/// file or the option that ext2 and ext3 cannot do.
pub fn lay_out(tree: &Directory, size: u64, options: &Options) -> Result<Layout, Error> {
    options.check()?;
    let survey = Survey::new(tree, options)?;
    let Fit { geometry, journal_blocks } = fit::fit(&survey, size, options)?;
    let taken = survey.inodes();
    let mut writer = Writer {
        geometry,
        options,
        free: FreeBlocks::new(&geometry),
        inodes: InodeTables::new(&geometry, used(taken)),
        layout: Layout::new(size),
    };
    writer.resize_inode()?;
    let journal_inode = writer.journal(journal_blocks)?;
    writer.tree(&survey)?;
    // OK to cast: the journal is part of a file system of fewer than 2^32 blocks.
    writer.groups(journal_blocks as u32, journal_inode)?;
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
    fit::smallest(&Survey::new(tree, options)?, options, reserve)
}

struct Writer<'a> {
    geometry: Geometry,
    options: &'a Options,
    free: FreeBlocks,
    inodes: InodeTables,
    layout: Layout,
}

/// `None` from the allocator: cannot be, since [`fit`] has counted the same blocks.
fn counted<T>(taken: Option<T>) -> T {
    // OK to unwrap: `fit` refuses a tree that needs more blocks than all groups have free, and
    // every block is taken for something that it counted, by the same functions.
    #[allow(clippy::unwrap_used)]
    taken.unwrap()
}

impl Writer<'_> {
    fn bytes(&self, blocks: u64) -> u64 {
        blocks * u64::from(self.geometry.block_size.bytes())
    }

    fn sectors(&self, blocks: u64) -> u32 {
        // OK to cast: files whose count of 512-byte units overflows were refused.
        (self.bytes(blocks) / 512) as u32
    }

    /// Claims `blocks` blocks from `start` on for `content`; what it leaves must read as zero,
    /// so that a file that grows does not show what lay there before.
    fn claim(
        &mut self,
        start: u32,
        blocks: u32,
        name: &Arc<str>,
        content: Content,
    ) -> Result<(), Error> {
        let (at, room, len) = (self.bytes(start.into()), self.bytes(blocks.into()), content.len());
        self.layout.claim(at, name.clone(), content)?;
        self.layout.claim(at + len, name.clone(), Content::Zero { len: room - len })?;
        Ok(())
    }

    /// Claims `extents` for `pieces`, one behind the other, from the first of them on.
    fn claim_extents(
        &mut self,
        extents: &[Extent],
        name: &Arc<str>,
        pieces: &[Content],
    ) -> Result<(), Error> {
        let mut pieces = pieces.iter();
        let (mut piece, mut skip) = (pieces.next(), 0);
        for extent in extents {
            let mut at = self.bytes(extent.start.into());
            let end = at + self.bytes(extent.len.into());
            while let Some(content) = piece.filter(|_| at < end) {
                let part = match (skip, content.len() <= end - at) {
                    (0, true) => content.clone(),
                    _ => content.slice(skip, end - at),
                };
                let len = part.len();
                self.layout.claim(at, name.clone(), part)?;
                (at, skip) = (at + len, skip + len);
                if skip == content.len() {
                    (piece, skip) = (pieces.next(), 0);
                }
            }
            self.layout.claim(at, name.clone(), Content::Zero { len: end - at })?;
        }
        Ok(())
    }

    /// Gives something its indirect blocks and, behind them, its data blocks; claims the indirect
    /// ones. Returns where the data blocks are, the block map, and the number of blocks in all.
    fn place(
        &mut self,
        runs: &[Run],
        room: Room,
        whose: &str,
    ) -> Result<(Vec<Extent>, [u32; 15], u64), Error> {
        let block_size = self.geometry.block_size;
        let blocks = sparse::blocks(runs);
        let indirect_blocks = counted(block_map::indirect_blocks(runs, block_size));
        let all = counted(match room {
            Room::OnePiece => self.free.take(blocks + indirect_blocks),
            Room::FromTheFront => self.free.take_from_front(blocks + indirect_blocks),
        });
        let (indirect, data) = split(&all, indirect_blocks);
        let map = block_map::fill(runs, &data, &indirect, block_size);
        if !indirect.is_empty() {
            let name: Arc<str> = format!("indirect blocks of {whose}").into();
            self.claim_extents(&indirect, &name, &map.tables)?;
        }
        Ok((data, map.i_block, blocks + indirect_blocks))
    }

    /// Writes the resize inode and its double indirect block. The reserved blocks that it owns
    /// are claimed with the groups.
    fn resize_inode(&mut self) -> Result<(), Error> {
        let [extent] = counted(self.free.take(1))[..] else { return Ok(()) };
        let content = resize_inode::double_indirect(&self.geometry).into();
        self.claim_extents(&[extent], &"indirect blocks of the resize inode".into(), &[content])?;
        let mut i_block = [0; 15];
        i_block[13] = extent.start;
        let shape = Shape {
            file_type: S_IFREG,
            links: 1,
            size: resize_inode::size(&self.geometry),
            sectors: self.sectors(resize_inode::blocks(&self.geometry)),
            i_block,
            xattr_block: 0,
        };
        let meta = Meta::root(0o600, self.options.time);
        self.inodes.put(number::RESIZE, &inode(&meta, &shape, self.options), false);
        Ok(())
    }

    /// Writes the journal's inode and its `blocks` blocks, if there are any. Returns what the
    /// superblock records of the inode.
    fn journal(&mut self, blocks: u64) -> Result<[u32; 17], Error> {
        let mut record = [0; 17];
        if blocks == 0 {
            return Ok(record);
        }
        let block_size = self.geometry.block_size;
        let size = self.bytes(blocks);
        // OK to cast: at most 10,240,000 blocks.
        let head = journal::superblock(blocks as u32, block_size, self.options).to_bytes();
        let (data, i_block, total) =
            self.place(&sparse::dense(blocks), Room::OnePiece, "the journal")?;
        let (first, log) = split(&data, 1);
        self.claim_extents(&first, &"journal superblock".into(), &[head[..].into()])?;
        self.claim_extents(&log, &"journal".into(), &[])?;
        let sectors = self.sectors(total);
        let shape = Shape { file_type: S_IFREG, links: 1, size, sectors, i_block, xattr_block: 0 };
        let meta = Meta::root(0o600, self.options.time);
        self.inodes.put(number::JOURNAL, &inode(&meta, &shape, self.options), false);
        record[..15].copy_from_slice(&i_block);
        // OK to cast: the two halves of 64 bits.
        (record[15], record[16]) = ((size >> 32) as u32, size as u32);
        Ok(record)
    }

    /// Places and writes everything that the tree holds: directories first, then what is larger
    /// than a group, one behind the other, then the rest, each in one piece if possible.
    fn tree(&mut self, survey: &Survey<'_>) -> Result<(), Error> {
        let group = self.free.longest_run().into();
        let mut large = Vec::new();
        let mut small = Vec::new();
        let mut xattrs = survey.xattr_blocks(self.geometry.block_size)?;
        for (index, item) in survey.items().iter().enumerate() {
            let runs = survey.data_runs(index, self.geometry.block_size)?;
            match item.kind {
                Kind::Directory { .. } => self.item(survey, index, &mut xattrs, Room::OnePiece)?,
                Kind::Link(_) => {}
                _ if sparse::blocks(&runs) > group => large.push(index),
                _ => small.push(index),
            }
        }
        for index in large {
            self.item(survey, index, &mut xattrs, Room::FromTheFront)?;
        }
        for index in small {
            self.item(survey, index, &mut xattrs, Room::OnePiece)?;
        }
        Ok(())
    }

    /// Places and writes one item of the tree.
    fn item<'t>(
        &mut self,
        survey: &Survey<'t>,
        index: usize,
        xattrs: &mut xattr::Blocks<'t>,
        room: Room,
    ) -> Result<(), Error> {
        let item = &survey.items()[index];
        let path = survey.path(index);
        let block_size = self.geometry.block_size;
        let runs = survey.data_runs(index, block_size)?;
        // OK to cast: at most 32,000.
        let names = item.names as u16;
        let (kind, file_type, links, size, content) = match item.kind {
            Kind::Directory { subdirectories, .. } => {
                let blocks = sparse::blocks(&runs);
                let entries = directory::write(survey.members(index), blocks, block_size);
                let size = entries.len() as u64;
                // OK to cast: at most 32,000.
                ("directory", S_IFDIR, subdirectories as u16 + 2, size, vec![entries.into()])
            }
            Kind::File(content) => {
                let packed = sparse::packed(content, &runs, block_size);
                ("file", S_IFREG, names, content.len(), packed)
            }
            Kind::Symlink(target) => {
                ("symlink", S_IFLNK, names, target.len() as u64, vec![target.into()])
            }
            Kind::Special(kind) => ("special", special::mode(kind), names, 0, vec![]),
            // Its file is written under its first name.
            Kind::Link(_) => return Ok(()),
        };
        let (i_block, total) = match (&item.kind, &runs[..]) {
            (Kind::Symlink(target), []) => (fast_symlink(target), 0),
            (Kind::Special(kind), []) => (special::i_block(*kind), 0),
            (_, []) => ([0; 15], 0),
            _ => {
                let (data, i_block, total) = self.place(&runs, room, &path)?;
                self.claim_extents(&data, &format!("{kind} {path}").into(), &content)?;
                (i_block, total)
            }
        };
        let own = survey.xattrs(index, block_size)?;
        let xattr_block = xattrs.take(&own.outside, |users| {
            let encoded = xattr::block(&own.outside, users, block_size);
            let taken = counted(self.free.take(1));
            let name = match users {
                1 => format!("xattrs of {path}"),
                _ => format!("xattrs of {path} and {} others", users - 1),
            };
            self.claim_extents(&taken, &name.into(), &[encoded.into()])?;
            Ok::<_, Error>(taken.first().map_or(0, |extent| extent.start))
        })?;
        let sectors = self.sectors(total + u64::from(xattr_block != 0));
        let shape = Shape { file_type, links, size, sectors, i_block, xattr_block };
        let inode = inode(&item.meta, &shape, self.options);
        self.inodes.put(survey.inode(index), &inode, file_type == S_IFDIR);
        self.inodes.put_behind(survey.inode(index), &own.ibody(self.geometry.inode_size));
        Ok(())
    }

    /// Claims the tables of every group, and what precedes the first.
    fn groups(&mut self, journal_blocks: u32, journal_inode: [u32; 17]) -> Result<(), Error> {
        let geometry = self.geometry;
        let used = geometry.all_groups().map(|g| self.inodes.used_in_group(g.number)).sum();
        let contents = Contents {
            free_blocks: (0..geometry.groups).map(|g| self.free.in_group(g)).sum(),
            used_inodes: used,
            journal_blocks,
            journal_inode,
        };
        let superblock = tables::superblock(&geometry, &contents, self.options);
        let descriptors: Content =
            tables::group_descriptors(&geometry, &self.free, &self.inodes).into();
        // A boot sector or the signature of another file system must not stay behind.
        self.layout.claim(0, "boot block", Content::Zero { len: OFFSET })?;
        let mut bitmaps = Bitmaps { bytes: geometry.block_size.bytes(), made: BTreeMap::new() };
        for group in geometry.all_groups() {
            let n = group.number;
            if group.has_superblock {
                let copy = match n {
                    0 => superblock.clone(),
                    _ => tables::superblock_copy(&superblock, n),
                };
                self.superblock_and_descriptors(&group, &copy.to_bytes(), &descriptors)?;
            }
            let used = group.blocks - self.free.in_group(n);
            let name = format!("group {n}/block bitmap").into();
            self.claim(group.block_bitmap, 1, &name, bitmaps.get(used, group.blocks))?;
            let used = self.inodes.used_in_group(n);
            let name = format!("group {n}/inode bitmap").into();
            self.claim(group.inode_bitmap, 1, &name, bitmaps.get(used, geometry.inodes_per_group))?;
            let name = format!("group {n}/inode table").into();
            let inodes = self.inodes.take(n).into();
            self.claim(group.inode_table, geometry.inode_table_blocks(), &name, inodes)?;
        }
        Ok(())
    }

    /// Claims what a group that has a superblock opens with.
    fn superblock_and_descriptors(
        &mut self,
        group: &Group,
        superblock: &[u8],
        descriptors: &Content,
    ) -> Result<(), Error> {
        let (descriptor_blocks, reserved_blocks) =
            (self.geometry.descriptor_blocks, self.geometry.reserved_descriptor_blocks);
        let name = |what: &str| -> Arc<str> {
            match group.number {
                0 => what.into(),
                n => format!("group {n}/{what} copy").into(),
            }
        };
        // The primary superblock does not lie at the start of a block of more than 1 KiB.
        let at = self.bytes(group.start.into()).max(OFFSET);
        let behind = self.bytes(u64::from(group.start) + 1);
        let len = superblock.len() as u64;
        let superblock_name = name("superblock");
        self.layout.claim(at, superblock_name.clone(), superblock)?;
        self.layout.claim(at + len, superblock_name, Content::Zero { len: behind - at - len })?;
        let next = group.start + 1;
        self.claim(next, descriptor_blocks, &name("group descriptors"), descriptors.clone())?;
        if reserved_blocks > 0 {
            let content = match group.number {
                0 => resize_inode::reserved_blocks(&self.geometry).into(),
                _ => Content::Zero { len: 0 },
            };
            let next = next + descriptor_blocks;
            self.claim(next, reserved_blocks, &name("reserved GDT blocks"), content)?;
        }
        Ok(())
    }
}

/// Where something may be placed.
#[derive(Debug, Clone, Copy)]
enum Room {
    /// In the first run that holds it; in pieces only if there is none.
    OnePiece,
    /// In the first free blocks.
    FromTheFront,
}

/// The first `count` blocks of `extents`, and the others.
fn split(extents: &[Extent], count: u64) -> (Vec<Extent>, Vec<Extent>) {
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    let mut left = count;
    for extent in extents {
        // OK to cast: at most the extent's length.
        let len = left.min(extent.len.into()) as u32;
        if len > 0 {
            head.push(Extent { start: extent.start, len });
        }
        if len < extent.len {
            tail.push(Extent { start: extent.start + len, len: extent.len - len });
        }
        left -= u64::from(len);
    }
    (head, tail)
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

/// Bitmaps by how many of how many are used: most groups of a large file system share one.
struct Bitmaps {
    bytes: u32,
    made: BTreeMap<(u32, u32), Content>,
}

impl Bitmaps {
    fn get(&mut self, used: u32, total: u32) -> Content {
        let make = || tables::bitmap(used, total, self.bytes).into();
        self.made.entry((used, total)).or_insert_with(make).clone()
    }
}
