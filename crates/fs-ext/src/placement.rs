//! The placement of everything on blocks: one walk, run to see whether it fits and run to write it.

use crate::allocate::{Extent, FreeBlocks};
use crate::geometry::Geometry;
use crate::inode_blocks::{InodeBlocks, XattrBlock};
use crate::inode_list::{Demand, InodeList, NodeKind};
use crate::map::Map;
use crate::sparse::{self, Run, dense};

/// The blocks of the journal and of the resize inode, those of extended attributes, and those that
/// are left. Where the items of the tree lie is not kept: [`Placement::tell`] finds it out again.
#[derive(Debug)]
pub(crate) struct Placement {
    /// The blocks that are left.
    pub free: FreeBlocks,
    /// The double indirect block of the resize inode, if that has any.
    pub resize_inode: Option<u64>,
    pub journal: InodeBlocks,
    /// Blocks of extended attributes, by index in the list of inodes, of those that have one.
    xattrs: Vec<(usize, XattrBlock)>,
}

/// The error that there is no room. It has the number of blocks of maps that were needed until
/// then, beyond those that data in one piece need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Short(pub u64);

/// The room in which something may be placed.
#[derive(Debug, Clone, Copy)]
enum Room {
    /// In the first run that holds it; in pieces only if there is none.
    OnePiece,
    /// In the first free blocks.
    FromTheFront,
}

/// The turns of the placement: what is placed at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Directories,
    /// The files that are larger than a group.
    Large,
    Small,
}

/// The reason why a walk that tells ends early.
enum End<E> {
    Short,
    Each(E),
}

impl<E> From<Short> for End<E> {
    fn from(_: Short) -> Self {
        Self::Short
    }
}

impl Placement {
    /// Places everything, to see whether there is room.
    pub fn new(
        geometry: &Geometry,
        journal_blocks: u64,
        list: &InodeList<'_>,
        demand: &Demand,
    ) -> Result<Self, Short> {
        Self::walk(geometry, journal_blocks, list, demand, |_, _| Ok::<_, Short>(()))
    }

    /// Places everything once more and tells the place of every item of the list, in the order
    /// of the blocks, more or less. Nobody has to keep so many places.
    pub fn tell<E>(
        &self,
        geometry: &Geometry,
        journal_blocks: u64,
        list: &InodeList<'_>,
        demand: &Demand,
        mut each: impl FnMut(usize, &InodeBlocks) -> Result<(), E>,
    ) -> Result<(), E> {
        let each = |index, mut place: InodeBlocks| {
            if let Ok(n) = self.xattrs.binary_search_by_key(&index, |(index, _)| *index) {
                place.xattrs = self.xattrs[n].1;
            }
            each(index, &place).map_err(End::Each)
        };
        match Self::walk(geometry, journal_blocks, list, demand, each) {
            Ok(_) => Ok(()),
            Err(End::Each(error)) => Err(error),
            Err(End::Short) => unreachable!("there was room the first time"),
        }
    }

    /// Places the file system's own things, then directories, then what is larger than a group,
    /// one behind the other, then the rest, each in one piece if possible; then the extended
    /// attributes, which `each` is not told.
    fn walk<E: From<Short>>(
        geometry: &Geometry,
        journal_blocks: u64,
        list: &InodeList<'_>,
        demand: &Demand,
        mut each: impl FnMut(usize, InodeBlocks) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut placer =
            Placer { free: FreeBlocks::new(geometry), geometry, map: list.map(), beyond: 0 };
        let group = placer.free.longest_run().into();
        let resize_inode = match list.has_resize_inode() {
            true => placer.take(1, Room::OnePiece)?.first().map(|e| e.start),
            false => None,
        };
        let journal_room = match list.map() {
            Map::Extents if journal_blocks > group => Room::FromTheFront,
            _ => Room::OnePiece,
        };
        let journal = placer.place(&dense(journal_blocks), journal_room)?;
        let group = placer.free.longest_run().into();
        let turn = |index, blocks| match list.kind(index) {
            NodeKind::Link => None,
            NodeKind::Directory { .. } => Some(Turn::Directories),
            _ if blocks > group => Some(Turn::Large),
            _ => Some(Turn::Small),
        };
        for now in [Turn::Directories, Turn::Large, Turn::Small] {
            let room = if now == Turn::Large { Room::FromTheFront } else { Room::OnePiece };
            for (index, blocks) in demand.data.iter().enumerate() {
                if turn(index, *blocks) == Some(now) {
                    let runs = list.runs(index, *blocks, geometry.block_size);
                    each(index, placer.place(&runs, room)?)?;
                }
            }
        }
        let xattrs = placer.xattrs(list)?;
        Ok(Self { free: placer.free, resize_inode, journal, xattrs })
    }
}

struct Placer<'a> {
    free: FreeBlocks,
    geometry: &'a Geometry,
    map: Map,
    /// The number of blocks of maps so far, beyond those that data in one piece need.
    beyond: u64,
}

impl Placer<'_> {
    fn take(&mut self, blocks: u64, room: Room) -> Result<Vec<Extent>, Short> {
        let taken = match room {
            Room::OnePiece => self.free.take(blocks),
            Room::FromTheFront => self.free.take_from_front(blocks),
        };
        taken.ok_or(Short(self.beyond))
    }

    /// Takes the blocks of extended attributes.
    fn xattrs(&mut self, list: &InodeList<'_>) -> Result<Vec<(usize, XattrBlock)>, Short> {
        let block_size = self.geometry.block_size;
        let mut places = Vec::new();
        // What cannot be stored was refused when the demand was summed up.
        let Ok(mut blocks) = list.xattr_blocks(block_size) else { return Ok(places) };
        for index in 0..list.len() {
            let Ok(own) = list.xattrs(index, block_size) else { return Ok(places) };
            let mut users = 0;
            let block = blocks.take(&own.outside, |shared_by| {
                users = shared_by;
                Ok(self.take(1, Room::OnePiece)?.first().map_or(0, |extent| extent.start))
            })?;
            if block != 0 {
                places.push((index, XattrBlock { block, users }));
            }
        }
        Ok(places)
    }

    /// Takes the blocks of an inode whose data are in `runs`, and of its map: a block map lies in
    /// front of the data, the blocks of an extent tree behind them, as many as the pieces of the
    /// data need.
    fn place(&mut self, runs: &[Run], room: Room) -> Result<InodeBlocks, Short> {
        let block_size = self.geometry.block_size;
        let blocks = sparse::blocks(runs);
        let least = self.map.least_blocks(runs, block_size);
        match self.map {
            Map::Indirect => {
                let all = self.take(blocks + least, room)?;
                let (map, data) = split(&all, least);
                Ok(InodeBlocks { data, map, ..InodeBlocks::default() })
            }
            Map::Extents => {
                let data = self.take(blocks, room)?;
                let own = crate::extent_tree::tree_blocks(runs, &data, block_size);
                self.beyond += own.saturating_sub(least);
                let map = self.take(own, Room::OnePiece)?;
                Ok(InodeBlocks { data, map, ..InodeBlocks::default() })
            }
        }
    }
}

/// The first `count` blocks of `extents`, and the others.
pub(crate) fn split(extents: &[Extent], count: u64) -> (Vec<Extent>, Vec<Extent>) {
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    let mut left = count;
    for extent in extents {
        // OK to cast: at most the extent's length.
        let len = left.min(extent.len.into()) as u32;
        if len > 0 {
            head.push(Extent { start: extent.start, len });
        }
        if len < extent.len {
            tail.push(Extent { start: extent.start + u64::from(len), len: extent.len - len });
        }
        left -= u64::from(len);
    }
    (head, tail)
}
