//! The smallest size that holds a tree.

use crate::populate::{Failure, Volume, populate};
use crate::{Error, FatType, Options};
use file_tree::{Directory, Node, View};
use hadris_fat_raw::layout::{self, Layout, Request};

/// Bytes of a directory's slot; an entry takes one, and one more for 13 characters of a name that
/// is no short one.
const SLOT: u64 = 32;

/// The needs of a tree, whatever the size of a cluster.
#[derive(Debug)]
struct Demand {
    /// Slots of each directory, the root's first.
    slots: Vec<u64>,
    /// Lengths of the files.
    files: Vec<u64>,
    /// Bytes that shall be free.
    reserve: u64,
}

/// The smallest length of a file system with this tree, as [`crate::smallest`] gives it; `None` when no
/// size will do. The tree was checked.
pub(crate) fn smallest(
    tree: &Directory,
    options: &Options,
    reserve: u64,
) -> Result<Option<u64>, Error> {
    // Names are shortened by the driver, so how many slots they take is found out by having it
    // write them, where they fit for certain.
    let most = Demand { slots: most_slots(tree), files: files(tree), reserve };
    let Some(roomy) = search(&most, options) else { return Ok(None) };
    let volume = match populate(tree, roomy, options) {
        Ok(volume) => volume,
        Err(Failure::Other(error)) => return Err(error),
        Err(Failure::Size(_) | Failure::Full) => return Ok(None),
    };
    Ok(search(&Demand { slots: slots(&volume), ..most }, options))
}

fn search(demand: &Demand, options: &Options) -> Option<u64> {
    let sector_size = options.sector_size.bytes();
    let fits = |sectors: u64| plan(sectors, options).is_some_and(|l| demand.fits(&l));
    let bytes = sum(demand.files.iter().copied()).saturating_add(demand.reserve);
    let mut none = bytes / sector_size;
    let mut enough = none.max(1);
    while !fits(enough) {
        if enough > u64::from(u32::MAX) {
            return None;
        }
        none = enough;
        enough = enough.saturating_mul(2);
    }
    while enough - none > 1 {
        let middle = none + (enough - none) / 2;
        if fits(middle) { enough = middle } else { none = middle }
    }
    Some(enough * sector_size)
}

/// The cluster size of a file system of this size: [`crate::cluster_size`].
pub(crate) fn cluster_size(size: u64, options: &Options) -> Option<u64> {
    let layout = plan(size / options.sector_size.bytes(), options)?;
    Some(layout.cluster_size().into())
}

/// The layout that the driver makes of so many sectors.
fn plan(sectors: u64, options: &Options) -> Option<Layout> {
    // OK to cast: 512 or 4096.
    let mut request = Request::new(options.sector_size.bytes() as u32, sectors);
    if let Some(kind) = options.kind {
        request = request.with_kind(kind.drivers());
    }
    layout::plan(&request).ok()
}

impl Demand {
    fn fits(&self, layout: &Layout) -> bool {
        let cluster = u64::from(layout.cluster_size());
        let fixed_root = FatType::of(layout.kind()) != FatType::Fat32;
        let (root, others) = self.slots.split_at(usize::from(fixed_root));
        let directories = others.iter().map(|slots| (slots * SLOT).div_ceil(cluster).max(1));
        let files = self.files.iter().map(|len| len.div_ceil(cluster));
        let needed = sum(directories.chain(files));
        root.iter().all(|slots| *slots <= u64::from(layout.root_entries()))
            && needed.saturating_add(self.reserve.div_ceil(cluster)) <= layout.clusters().into()
    }
}

fn sum(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.fold(0, u64::saturating_add)
}

/// The slots in use in each directory of a volume, the root's first.
fn slots(volume: &Volume<'_>) -> Vec<u64> {
    let used = |slot: &&[u8]| slot.first().is_some_and(|b| *b != 0);
    let count = |bytes: Vec<u8>| bytes.chunks(SLOT as usize).take_while(used).count() as u64;
    let directories = volume.directories.iter().map(|(_, extents)| extents);
    let bytes = directories
        .map(|e| e.iter().flat_map(|e| volume.device.bytes(e.offset(), e.len())).collect());
    bytes.map(count).collect()
}

/// The most slots that each directory can take, the root's first.
fn most_slots(tree: &Directory) -> Vec<u64> {
    // The root has a label besides; any other directory has `.` and `..`.
    let most = |d: &Directory| {
        let names = d.entries().map(|(name, _)| 1 + name.as_bytes().len().div_ceil(13) as u64);
        2 + names.sum::<u64>()
    };
    let below = tree.nodes().filter_map(|node| match node {
        Node::Directory(d) => Some(most(d)),
        _ => None,
    });
    core::iter::once(most(tree)).chain(below).collect()
}

fn files(tree: &Directory) -> Vec<u64> {
    let lengths = tree.nodes().filter_map(|node| match node.view() {
        View::File(f) => Some(f.content.len()),
        _ => None,
    });
    lengths.collect()
}
