//! Sizes against `mke2fs`, and what must hold for every one.

use super::*;
use BlockSize::{Kib1, Kib2, Kib4};
use InodeSize::{Bytes128, Bytes256};

fn rules(block_size: BlockSize, inode_size: InodeSize) -> Rules {
    let (bit64, resize_inode) = (Some(false), true);
    Rules { block_size, inode_size, groups_per_flex: 1, bit64, resize_inode }
}

fn group(geometry: &Geometry, number: u32) -> Group {
    geometry.all_groups().nth(number as usize).unwrap()
}

/// What `mke2fs` 1.47.0 makes of a size: blocks, inodes wanted → the same numbers.
#[test]
fn the_numbers_are_those_of_mke2fs() {
    // block size, blocks, inodes wanted → blocks, groups, inodes per group, GDT, reserved GDT
    let table = [
        (Kib1, 200, 24, (200, 1, 24, 1, 0)),
        (Kib1, 1024, 128, (1024, 1, 128, 1, 3)),
        (Kib1, 1500, 184, (1500, 1, 184, 1, 5)),
        (Kib1, 8192, 2048, (8192, 1, 2048, 1, 31)),
        (Kib1, 8250, 2062, (8193, 1, 2064, 1, 32)), // 57 blocks are no group
        (Kib1, 8700, 2175, (8700, 2, 1088, 1, 33)),
        (Kib1, 10_240, 2560, (10_240, 2, 1280, 1, 39)),
        (Kib1, 65_536, 16_384, (65_536, 8, 2048, 1, 255)),
        (Kib1, 524_288, 32_768, (524_288, 64, 512, 2, 256)),
        (Kib2, 512, 128, (512, 1, 128, 1, 0)),
        (Kib2, 16_896, 8448, (16_384, 1, 8448, 1, 15)),
        (Kib2, 262_656, 32_832, (262_656, 17, 1936, 1, 256)),
        (Kib4, 1024, 1024, (1024, 1, 1024, 1, 0)),
        (Kib4, 153_600, 38_400, (153_600, 5, 7680, 1, 37)),
        (Kib4, 131_328, 32_832, (131_072, 4, 8208, 1, 31)),
        (Kib4, 8_388_608, 2_097_152, (8_388_608, 256, 8192, 2, 1022)),
    ];
    for (bs, blocks, inodes, want) in table {
        let g = Geometry::new(blocks, inodes, rules(bs, Bytes256)).unwrap();
        let got = (
            g.blocks,
            g.groups,
            g.inodes_per_group,
            g.descriptor_blocks,
            g.reserved_descriptor_blocks,
        );
        assert_eq!(got, want, "{bs:?} {blocks}");
    }
}

#[test]
fn copies_lie_in_groups_0_1_and_powers_of_3_5_7() {
    let listed = [0, 1, 3, 5, 7, 9, 25, 27, 49, 81, 125, 243, 343];
    assert_eq!(superblock_groups(400), listed);
    assert_eq!((0..400).filter(|n| has_superblock(*n)).collect::<Vec<_>>(), listed);
    assert_eq!(superblock_groups(1), [0]);
    assert_eq!(superblock_groups(0), []);
    assert_eq!(superblock_groups(3), [0, 1]);
}

#[test]
fn blocks_of_1_kib_start_behind_the_boot_block() {
    let g = Geometry::new(10_240, 2560, rules(Kib1, Bytes256)).unwrap();
    let one = group(&g, 1);
    assert_eq!((group(&g, 0).start, group(&g, 0).block_bitmap, group(&g, 0).data), (1, 42, 364));
    assert_eq!((one.start, one.blocks, one.inode_table, one.data), (8193, 2047, 8236, 8556));
    assert_eq!(g.all_tables(), 727);
}

/// From nothing up past two groups, block by block: the tables lie inside their groups and
/// leave room, the sums agree with the groups, and the lower bound is one.
#[test]
fn every_size_around_a_group_boundary_holds_its_tables() {
    for (bs, isz, ratio) in [
        (Kib1, Bytes256, 4),
        (Kib1, Bytes128, 1),
        (Kib2, Bytes256, 2),
        (Kib2, Bytes128, 16),
        (Kib4, Bytes256, 1),
    ] {
        let per_group = u64::from(bs.blocks_per_group());
        for blocks in (0..700).chain(per_group - 3..per_group + 3000) {
            let inodes = blocks / ratio;
            let Ok(g) = Geometry::new(blocks, inodes, rules(bs, isz)) else {
                assert!(blocks < per_group, "{bs:?} {blocks}");
                continue;
            };
            let mut room = 0;
            for group in g.all_groups() {
                let end = group.end();
                assert!(group.data < end, "{bs:?} {blocks} {group:?}");
                room += end - group.data;
            }
            assert_eq!(g.room(), room, "{bs:?} {blocks}");
            assert!(g.blocks <= blocks);
            assert!(g.blocks >= Geometry::least_blocks(blocks, bs));
            let least = Geometry::least_tables(blocks, inodes, rules(bs, isz));
            assert!(blocks - room >= least, "{bs:?} {blocks}: {room} {least}");
            assert!(g.inodes() <= Geometry::most_inodes(blocks, inodes, rules(bs, isz)));
            assert!(g.inodes() >= inodes.min(u64::from(g.groups) * per_group));
            assert_eq!(g.inodes_per_group % 8, 0);
            assert_eq!(
                u64::from(g.inode_table_blocks()) * u64::from(bs.bytes()),
                u64::from(g.inodes_per_group) * u64::from(isz.bytes())
            );
        }
    }
}

#[test]
fn the_lower_bound_grows_with_the_size() {
    for bs in [Kib1, Kib2, Kib4] {
        let mut before = 0;
        for blocks in (0..2_000_000).step_by(997) {
            let least = Geometry::least_tables(blocks, blocks / 4, rules(bs, Bytes256));
            assert!(least >= before, "{bs:?} {blocks}");
            before = least;
        }
    }
}

/// Sizes that end in every group of the first flexible ones, and tables from small to so
/// large that they reach around copies of the superblock into the next groups.
#[test]
fn tables_of_sixteen_groups_lie_together() {
    for (bs, per_inode) in [(Kib1, 1), (Kib1, 4), (Kib1, 300), (Kib2, 1), (Kib4, 1), (Kib4, 4)] {
        let rules = Rules { groups_per_flex: 16, bit64: None, ..rules(bs, Bytes256) };
        let per_group = u64::from(bs.blocks_per_group());
        for blocks in (1..40).flat_map(|n| [n * per_group + 1, n * per_group + per_group / 2]) {
            let g = Geometry::new(blocks, blocks / per_inode, rules).unwrap();
            let mut taken = Vec::new();
            let mut room = 0;
            for group in g.all_groups() {
                let tables = u64::from(g.inode_table_blocks());
                taken.push((group.start, group.start + g.head(group.number)));
                taken.push((group.block_bitmap, group.block_bitmap + 1));
                taken.push((group.inode_bitmap, group.inode_bitmap + 1));
                taken.push((group.inode_table, group.inode_table + tables));
                taken.push((group.data, group.end()));
                room += group.end() - group.data;
                let first = g.start(group.number / 16 * 16);
                assert!(group.block_bitmap >= first && group.data <= group.end());
            }
            taken.retain(|(from, to)| from < to);
            taken.sort_unstable();
            assert!(taken.windows(2).all(|w| w[0].1 <= w[1].0), "{bs:?} {blocks}");
            assert!(taken.last().unwrap().1 <= g.blocks, "{bs:?} {blocks}");
            assert_eq!(room, g.room(), "{bs:?} {blocks}");
        }
    }
}

#[test]
fn block_numbers_get_64_bits_when_they_must() {
    let rules = Rules { groups_per_flex: 16, bit64: None, ..rules(Kib4, Bytes256) };
    let sizes = [1 << 20, u64::from(u32::MAX), 1 << 32, 60 << 30];
    let descriptors = sizes.map(|blocks| {
        let g = Geometry::new(blocks, 1 << 20, rules).unwrap();
        (g.descriptor_size, g.descriptor_blocks, g.reserved_descriptor_blocks)
    });
    assert_eq!(descriptors, [(32, 1, 255), (32, 1024, 0), (64, 2048, 0), (64, 30_720, 0)]);
    // 256 TiB: one copy of the descriptors fills a group.
    assert_eq!(Geometry::new(64 << 30, 1 << 20, rules), Err(Unfit::TooLarge));
    let never = Rules { bit64: Some(false), ..rules };
    assert_eq!(Geometry::new(1 << 32, 1 << 20, never), Err(Unfit::TooLarge));
}

#[test]
fn the_largest_file_systems() {
    let top = u64::from(u32::MAX);
    let g = Geometry::new(top, 1 << 20, rules(Kib4, Bytes256)).unwrap();
    assert_eq!((g.groups, g.descriptor_blocks, g.reserved_descriptor_blocks), (131_072, 1024, 0));
    let last = group(&g, g.groups - 1);
    assert_eq!(last.start + u64::from(last.blocks), top);
    assert_eq!(Geometry::new(top + 1, 1 << 20, rules(Kib4, Bytes256)), Err(Unfit::TooLarge));
    // 4 TiB in blocks of 1 KiB: the descriptors alone would fill two groups.
    assert_eq!(Geometry::new(top, 1 << 20, rules(Kib1, Bytes256)), Err(Unfit::TooLarge));
    // Where it ends for 1 KiB: one copy of everything just fits into a group.
    let fits = |blocks| Geometry::new(blocks, 1 << 16, rules(Kib1, Bytes256)).is_ok();
    let (mut low, mut high) = (1 << 20, top);
    while high - low > 1 {
        let mid = low + (high - low) / 2;
        if fits(mid) { low = mid } else { high = mid }
    }
    let g = Geometry::new(low, 1 << 16, rules(Kib1, Bytes256)).unwrap();
    assert!(group(&g, 0).data <= 8192 && group(&g, 0).data > 8192 - 8);
}

#[test]
fn the_smallest_file_system() {
    let least = (1..).find(|n| Geometry::new(*n, 11, rules(Kib1, Bytes256)).is_ok()).unwrap();
    // Block 0, superblock, descriptors, two bitmaps, four blocks of 16 inodes, and one free.
    assert_eq!(least, 10);
    assert_eq!(Geometry::new(0, 11, rules(Kib1, Bytes256)), Err(Unfit::TooSmall));
    assert_eq!(Geometry::new(1, 11, rules(Kib1, Bytes256)), Err(Unfit::TooSmall));
}
