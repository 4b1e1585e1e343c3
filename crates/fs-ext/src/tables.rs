//! The tables that open every group: superblock, group descriptors, bitmaps.

use crate::checksum::Checksums;
use crate::feature::Feature;
use crate::format::feature::incompat;
use crate::format::inode::{EXTRA_ISIZE, number};
use crate::format::superblock as sb;
use crate::format::{GroupDescriptor, GroupDescriptor64, Superblock};
use crate::geometry::{Geometry, Group};
use crate::{InodeSize, Options};

/// A bitmap of `bytes` bytes for `total` things, the first `used` of which are taken. Bits beyond
/// the last thing are set.
pub(crate) fn bitmap(used: u32, total: u32, bytes: u32) -> Vec<u8> {
    let mut map = vec![0; bytes as usize];
    let mut set = |from: u32, to: u32| {
        let (first, last) = ((from / 8) as usize, (to / 8) as usize);
        let (head, tail) = (0xFF << (from % 8), !(0xFF << (to % 8)));
        if first == last {
            if head & tail != 0 {
                map[first] |= head & tail;
            }
            return;
        }
        map[first] |= head;
        map[first + 1..last].fill(0xFF);
        if tail != 0 {
            map[last] |= tail;
        }
    };
    set(0, used);
    set(total, bytes * 8);
    map
}

/// The state of a group's contents, as its descriptor says.
pub(crate) struct GroupState {
    pub free_blocks: u32,
    pub used_inodes: u32,
    pub directories: u16,
    /// `BG_*`.
    pub flags: u16,
    /// Checksums of the bitmaps: low and high 16 bits.
    pub block_bitmap_csum: (u16, u16),
    pub inode_bitmap_csum: (u16, u16),
}

/// Appends the descriptor of `group` to `out`.
pub(crate) fn group_descriptor(
    geometry: &Geometry,
    group: &Group,
    state: &GroupState,
    checksums: Checksums,
    out: &mut Vec<u8>,
) {
    let free_inodes = geometry.inodes_per_group - state.used_inodes;
    let unused = if checksums.may_leave_uninitialised() { free_inodes } else { 0 };
    // OK to cast: block numbers by halves; a group has at most 32,768 blocks and as many inodes.
    let lo = GroupDescriptor {
        bg_block_bitmap_lo: (group.block_bitmap as u32).into(),
        bg_inode_bitmap_lo: (group.inode_bitmap as u32).into(),
        bg_inode_table_lo: (group.inode_table as u32).into(),
        bg_free_blocks_count_lo: (state.free_blocks as u16).into(),
        bg_free_inodes_count_lo: (free_inodes as u16).into(),
        bg_used_dirs_count_lo: state.directories.into(),
        bg_flags: state.flags.into(),
        bg_block_bitmap_csum_lo: state.block_bitmap_csum.0.into(),
        bg_inode_bitmap_csum_lo: state.inode_bitmap_csum.0.into(),
        bg_itable_unused_lo: (unused as u16).into(),
        ..GroupDescriptor::zeroed()
    };
    let all = GroupDescriptor64 {
        lo,
        bg_block_bitmap_hi: ((group.block_bitmap >> 32) as u32).into(),
        bg_inode_bitmap_hi: ((group.inode_bitmap >> 32) as u32).into(),
        bg_inode_table_hi: ((group.inode_table >> 32) as u32).into(),
        bg_block_bitmap_csum_hi: state.block_bitmap_csum.1.into(),
        bg_inode_bitmap_csum_hi: state.inode_bitmap_csum.1.into(),
        ..GroupDescriptor64::zeroed()
    };
    let mut bytes = all.to_bytes();
    let used = &mut bytes[..geometry.descriptor_size.into()];
    checksums.descriptor(group.number, used);
    out.extend_from_slice(used);
}

/// The state of the contents, as the superblock says.
pub(crate) struct Contents {
    pub free_blocks: u64,
    pub used_inodes: u32,
    /// Blocks of the journal, without its indirect ones.
    pub journal_blocks: u32,
    /// `i_block`, `i_size_high` and `i_size_lo` of the journal's inode.
    pub journal_inode: [u32; 17],
}

/// The primary superblock.
pub(crate) fn superblock(
    geometry: &Geometry,
    contents: &Contents,
    options: &Options,
) -> Superblock {
    let per_group = geometry.block_size.blocks_per_group();
    let log = geometry.block_size.log();
    // OK to cast: the low 32 bits, then the bits above them; the time is below 2^40.
    let (time, time_hi) = (options.time.seconds as u32, (options.time.seconds >> 32) as u8);
    let (inum, backup) = match options.has(Feature::HasJournal) {
        true => (number::JOURNAL, sb::JNL_BACKUP_BLOCKS),
        false => (0, 0),
    };
    let (compat, mut incompat, ro_compat) = options.features.words(options.flavour);
    let wide = geometry.descriptor_size == sb::DESC_SIZE_64BIT;
    if wide {
        incompat |= incompat::BIT64;
    }
    let reserved = geometry.reserved_blocks(options.reserved_percent);
    let extra = match geometry.inode_size {
        InodeSize::Bytes128 => 0,
        InodeSize::Bytes256 => EXTRA_ISIZE,
    };
    // OK to cast: the geometry has fewer than 2^32 inodes; numbers of blocks go by halves.
    let inodes = geometry.inodes() as u32;
    Superblock {
        s_inodes_count: inodes.into(),
        s_blocks_count_lo: (geometry.blocks as u32).into(),
        s_blocks_count_hi: ((geometry.blocks >> 32) as u32).into(),
        s_r_blocks_count_lo: (reserved as u32).into(),
        s_r_blocks_count_hi: ((reserved >> 32) as u32).into(),
        s_free_blocks_count_lo: (contents.free_blocks as u32).into(),
        s_free_blocks_count_hi: ((contents.free_blocks >> 32) as u32).into(),
        s_free_inodes_count: (inodes - contents.used_inodes).into(),
        s_first_data_block: geometry.block_size.first_data_block().into(),
        s_log_block_size: log.into(),
        s_log_cluster_size: log.into(),
        s_blocks_per_group: per_group.into(),
        s_clusters_per_group: per_group.into(),
        s_inodes_per_group: geometry.inodes_per_group.into(),
        s_wtime: time.into(),
        s_wtime_hi: time_hi,
        s_max_mnt_count: u16::MAX.into(),
        s_magic: sb::MAGIC.into(),
        s_state: sb::STATE_CLEAN.into(),
        s_errors: sb::ERRORS_CONTINUE.into(),
        s_lastcheck: time.into(),
        s_lastcheck_hi: time_hi,
        s_rev_level: sb::REV_DYNAMIC.into(),
        s_first_ino: number::FIRST.into(),
        // OK to cast: 128 or 256.
        s_inode_size: (geometry.inode_size.bytes() as u16).into(),
        s_feature_compat: compat.into(),
        s_feature_incompat: incompat.into(),
        s_feature_ro_compat: ro_compat.into(),
        s_desc_size: (if wide { sb::DESC_SIZE_64BIT } else { 0 }).into(),
        // OK to cast: 0 or 4.
        s_log_groups_per_flex: geometry.groups_per_flex.ilog2() as u8,
        s_uuid: options.uuid,
        s_volume_name: options.label.padded(),
        // OK to cast: at most 1024.
        s_reserved_gdt_blocks: (geometry.reserved_descriptor_blocks as u16).into(),
        s_journal_inum: inum.into(),
        s_hash_seed: options.hash_seed,
        s_def_hash_version: sb::HASH_HALF_MD4,
        s_jnl_backup_type: backup,
        s_default_mount_opts: (sb::DEFM_XATTR_USER | sb::DEFM_ACL).into(),
        s_mkfs_time: time.into(),
        s_mkfs_time_hi: time_hi,
        s_jnl_blocks: contents.journal_inode.map(Into::into),
        s_min_extra_isize: extra.into(),
        s_want_extra_isize: extra.into(),
        s_flags: sb::FLAGS_SIGNED_HASH.into(),
        s_overhead_blocks: (geometry.all_tables() as u32 + contents.journal_blocks).into(),
        ..Superblock::zeroed()
    }
}

/// The copy of the superblock in `group`. It is not marked clean, so that whoever has to fall
/// back on it checks the whole file system.
pub(crate) fn superblock_copy(primary: &Superblock, group: u32) -> Superblock {
    Superblock {
        s_state: 0.into(),
        // The field has 16 bits; of the groups with copies, only 78,125 is beyond them.
        s_block_group_nr: (group as u16).into(),
        ..primary.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bitmaps_are_set_in_front_and_behind() {
        for total in (8..=64).chain([1000, 1023, 1024]) {
            for used in [0, 1, 7, 8, 9, 31, 64, 1000, 1023, 1024] {
                let used = total.min(used);
                let map = bitmap(used, total, 128);
                for n in 0..1024 {
                    let set = map[n as usize / 8] >> (n % 8) & 1 == 1;
                    assert_eq!(set, n < used || n >= total, "{used} of {total}: {n}");
                }
            }
        }
    }
}
