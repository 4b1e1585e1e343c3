//! qcow2: header, L1 table, refcounts, L2 tables, and then the image's clusters in their order.

use super::container::{Container, Run, store, table, used_units};
use crate::format::qcow2::{CLUSTER_BITS, COPIED, Header, MAGIC, REFCOUNT_ORDER};
use image_layout::{ClaimError, Layout};
use std::collections::BTreeSet;

const CLUSTER: u64 = 1 << CLUSTER_BITS;
/// Entries of 8 bytes in a cluster: of an L2 table or the refcount table.
const ENTRIES: u64 = CLUSTER / 8;
/// Counts in a cluster.
const COUNTS: u64 = CLUSTER * 8 / (1 << REFCOUNT_ORDER);

/// The image as a qcow2 file, of clusters that are stored as they are.
pub(crate) fn qcow2(image: &Layout) -> Result<Container, ClaimError> {
    let used = used_units(image, CLUSTER);
    let data: u64 = used.iter().map(|r| r.end - r.start).sum();
    let l1_size = image.len().div_ceil(CLUSTER * ENTRIES);
    let l2: BTreeSet<u64> =
        used.iter().flat_map(|r| r.start / ENTRIES..r.end.div_ceil(ENTRIES)).collect();
    let l1_clusters = (l1_size * 8).div_ceil(CLUSTER).max(1);
    let others = 1 + l1_clusters + l2.len() as u64 + data;
    let (table_clusters, blocks) = refcounts(others);

    let l1_at = CLUSTER;
    let table_at = l1_at + l1_clusters * CLUSTER;
    let blocks_at = table_at + table_clusters * CLUSTER;
    let l2_at = blocks_at + blocks * CLUSTER;
    let data_at = l2_at + l2.len() as u64 * CLUSTER;
    let clusters = others + table_clusters + blocks;

    let header = Header {
        magic: MAGIC.into(),
        version: 3.into(),
        cluster_bits: CLUSTER_BITS.into(),
        size: image.len().into(),
        // OK to cast, here and below: of 64 bits of bytes, that are 35 bits of L1 entries; a
        // layout whose tables fit into memory has far fewer.
        l1_size: (l1_size as u32).into(),
        l1_table_offset: l1_at.into(),
        refcount_table_offset: table_at.into(),
        refcount_table_clusters: (table_clusters as u32).into(),
        refcount_order: REFCOUNT_ORDER.into(),
        header_length: (size_of_header() as u32).into(),
        ..Header::zeroed()
    };
    let mut file = Layout::new(clusters * CLUSTER);
    file.claim(0, "qcow2/header", header.to_bytes().to_vec())?;
    let mut l1 = vec![0; (l1_size * 8) as usize];
    for (number, index) in l2.iter().enumerate() {
        put(&mut l1, *index, COPIED | (l2_at + number as u64 * CLUSTER));
    }
    file.claim(l1_at, "qcow2/L1 table", table(l1))?;
    let mut refcount_table = vec![0; (blocks * 8) as usize];
    (0..blocks).for_each(|n| put(&mut refcount_table, n, blocks_at + n * CLUSTER));
    file.claim(table_at, "qcow2/refcount table", refcount_table)?;
    // Every cluster of the file is used once.
    let counts = 1u16.to_be_bytes().repeat(clusters as usize);
    file.claim(blocks_at, "qcow2/refcounts", counts)?;

    let (mut runs, mut at) = (Vec::new(), data_at);
    let mut tables = vec![0; l2.len() * CLUSTER as usize];
    let mut first_entry = l2.iter().map(|index| index * ENTRIES).collect::<Vec<_>>().into_iter();
    let (mut entry, mut base) = (first_entry.next().unwrap_or(0), 0);
    for units in used {
        for unit in units.clone() {
            while unit >= entry + ENTRIES {
                (entry, base) = (first_entry.next().unwrap_or(u64::MAX - ENTRIES), base + ENTRIES);
            }
            put(&mut tables, base + (unit - entry), COPIED | (at + (unit - units.start) * CLUSTER));
        }
        let len = (units.end - units.start) * CLUSTER;
        runs.push(Run { at, image: units.start * CLUSTER, len });
        at += len;
    }
    file.claim(l2_at, "qcow2/L2 tables", table(tables))?;
    store(image, &runs, &mut file)?;
    Ok(Container { layout: file, runs })
}

fn size_of_header() -> usize {
    Header::zeroed().to_bytes().len()
}

/// Clusters of the refcount table and of refcount blocks for a file that has `others` besides.
fn refcounts(others: u64) -> (u64, u64) {
    let (mut table, mut blocks) = (1, 1);
    loop {
        let needed = (others + table + blocks).div_ceil(COUNTS);
        let room = (needed * 8).div_ceil(CLUSTER);
        if (room, needed) == (table, blocks) {
            return (table, blocks);
        }
        (table, blocks) = (room.max(table), needed.max(blocks));
    }
}

/// Sets entry `index` of a table of big-endian numbers of 64 bits.
fn put(table: &mut [u8], index: u64, value: u64) {
    // OK to cast: an index of what is in memory.
    let at = index as usize * 8;
    table[at..at + 8].copy_from_slice(&value.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_cover_every_cluster_and_themselves() {
        for others in [1, 5, COUNTS - 3, COUNTS - 2, COUNTS - 1, COUNTS, COUNTS * ENTRIES, 1 << 40]
        {
            let (table, blocks) = refcounts(others);
            assert!(blocks * COUNTS >= others + table + blocks, "{others}");
            assert!((blocks - 1) * COUNTS < others + table + blocks, "{others}: one too many");
            assert!(table * ENTRIES >= blocks, "{others}");
        }
    }
}
