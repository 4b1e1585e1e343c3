//! Which blocks everything gets: one walk, run to see whether it fits and run to write it.

use crate::allocate::{Extent, FreeBlocks};
use crate::geometry::Geometry;
use crate::map::Map;
use crate::sparse::{self, Run, dense};
use crate::survey::{Demand, Kind, Survey};
use core::ops::Deref;

/// Extents, most often one: there are as many of these as files.
#[derive(Debug, Clone)]
pub(crate) enum Pieces {
    One([Extent; 1]),
    /// None, or more than one.
    Many(Box<[Extent]>),
}

impl Default for Pieces {
    fn default() -> Self {
        Self::Many(Box::default())
    }
}

impl From<Vec<Extent>> for Pieces {
    fn from(extents: Vec<Extent>) -> Self {
        match <[Extent; 1]>::try_from(extents) {
            Ok(one) => Self::One(one),
            Err(many) => Self::Many(many.into()),
        }
    }
}

impl Deref for Pieces {
    type Target = [Extent];

    fn deref(&self) -> &[Extent] {
        match self {
            Self::One(one) => one,
            Self::Many(many) => many,
        }
    }
}

/// The blocks of one inode.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    /// Its data, in order.
    pub data: Pieces,
    /// Its indirect blocks, or those of its extent tree.
    pub map: Box<[Extent]>,
    /// Its block of extended attributes; 0: there is none.
    pub xattr_block: u64,
    /// How many inodes share that block, for the first of them; 0 for the others.
    pub xattr_users: u32,
}

impl Place {
    /// Blocks in all.
    pub fn blocks(&self) -> u64 {
        let own: u64 = self.data.iter().chain(&*self.map).map(|e| u64::from(e.len)).sum();
        own + u64::from(self.xattr_block != 0)
    }
}

/// The blocks of everything.
#[derive(Debug)]
pub(crate) struct Placement {
    /// What is left.
    pub free: FreeBlocks,
    /// The double indirect block of the resize inode, if that has any.
    pub resize_inode: Option<u64>,
    pub journal: Place,
    /// By index of the survey.
    pub items: Vec<Place>,
}

/// Blocks of maps beyond those that data in one piece need, met before there was no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Short(pub u64);

/// Where something may be placed.
#[derive(Debug, Clone, Copy)]
enum Room {
    /// In the first run that holds it; in pieces only if there is none.
    OnePiece,
    /// In the first free blocks.
    FromTheFront,
}

impl Placement {
    /// Places the file system's own things, then directories, then what is larger than a group,
    /// one behind the other, then the rest, each in one piece if possible.
    pub fn new(
        geometry: &Geometry,
        journal_blocks: u64,
        survey: &Survey<'_>,
        demand: &Demand,
    ) -> Result<Self, Short> {
        let mut placer =
            Placer { free: FreeBlocks::new(geometry), geometry, map: survey.map(), beyond: 0 };
        let group = placer.free.longest_run().into();
        let resize_inode = match survey.has_resize_inode() {
            true => placer.take(1, Room::OnePiece)?.first().map(|e| e.start),
            false => None,
        };
        let journal_room = match survey.map() {
            Map::Extents if journal_blocks > group => Room::FromTheFront,
            _ => Room::OnePiece,
        };
        let journal = placer.place(&dense(journal_blocks), journal_room)?;
        let group = placer.free.longest_run().into();
        let mut items = vec![Place::default(); survey.items().len()];
        let mut large = Vec::new();
        let mut small = Vec::new();
        for (index, (item, blocks)) in survey.items().iter().zip(&demand.data).enumerate() {
            match item.kind {
                Kind::Directory { .. } => {
                    items[index] = placer.place(&dense(*blocks), Room::OnePiece)?;
                }
                Kind::Link(_) => {}
                _ if *blocks > group => large.push((index, *blocks)),
                _ => small.push((index, *blocks)),
            }
        }
        let runs = |index, blocks| survey.runs(index, blocks, geometry.block_size);
        for (index, blocks) in large {
            items[index] = placer.place(&runs(index, blocks), Room::FromTheFront)?;
        }
        for (index, blocks) in small {
            items[index] = placer.place(&runs(index, blocks), Room::OnePiece)?;
        }
        placer.xattrs(survey, &mut items)?;
        Ok(Self { free: placer.free, resize_inode, journal, items })
    }
}

struct Placer<'a> {
    free: FreeBlocks,
    geometry: &'a Geometry,
    map: Map,
    /// Blocks of maps beyond the least.
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
    fn xattrs(&mut self, survey: &Survey<'_>, items: &mut [Place]) -> Result<(), Short> {
        let block_size = self.geometry.block_size;
        // What cannot be stored was refused when the demand was summed up.
        let Ok(mut blocks) = survey.xattr_blocks(block_size) else { return Ok(()) };
        for (index, place) in items.iter_mut().enumerate() {
            let Ok(own) = survey.xattrs(index, block_size) else { return Ok(()) };
            place.xattr_block = blocks.take(&own.outside, |users| {
                place.xattr_users = users;
                Ok(self.take(1, Room::OnePiece)?.first().map_or(0, |extent| extent.start))
            })?;
        }
        Ok(())
    }

    /// Takes the blocks of something with data in `runs`: with a block map, the map in
    /// front of them; with extents behind them, as many as the pieces need.
    fn place(&mut self, runs: &[Run], room: Room) -> Result<Place, Short> {
        let block_size = self.geometry.block_size;
        let blocks = sparse::blocks(runs);
        let least = self.map.least_blocks(runs, block_size);
        match self.map {
            Map::Indirect => {
                let all = self.take(blocks + least, room)?;
                let (map, data) = split(&all, least);
                Ok(Place { data: data.into(), map: map.into(), ..Place::default() })
            }
            Map::Extents => {
                let data = self.take(blocks, room)?;
                let own = crate::extent_tree::tree_blocks(runs, &data, block_size);
                self.beyond += own.saturating_sub(least);
                let map = self.take(own, Room::OnePiece)?;
                Ok(Place { data: data.into(), map: map.into(), ..Place::default() })
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
