//! The superblock, and the copies of it and of the group descriptors.

use super::state::Checking;
use crate::checksum::Checksums;
use crate::format::Superblock;
use crate::format::feature::{compat, incompat};
use crate::format::inode::GOOD_OLD_SIZE;
use crate::format::superblock::{MAGIC, REV_DYNAMIC};
use crate::read::superblock::foreign::META_BG;
use crate::read::{Error, Ext};
use image_layout::{Findings, read_array};
use ondisk::Le32;

/// Fewest blocks that can make a group.
const LEAST_GROUP: u64 = 8;
/// Most groups in a flexible one, as a power of two.
const MOST_FLEX: u8 = 31;

/// `s_feature_compat` and `s_feature_ro_compat`: all features that have a name, but for those
/// that are refused.
const COMPAT: u32 = 0x1E3F;
const RO_COMPAT: u32 = 0x1_F57B;
/// `s_feature_ro_compat`: quota lie in inodes.
const QUOTA: u32 = 0x100;
/// `s_feature_compat`: deleted files that are open are listed in a file.
const ORPHAN_FILE: u32 = 0x1000;

/// Checks the numbers of the superblock that [`Ext::open`] does not check.
pub(super) fn primary(ext: &Ext<'_>, found: &mut Findings) {
    let s = ext.superblock();
    let mut demand = |good: bool, what: &str| {
        if !good {
            found.push(format!("superblock: {what}"));
        }
    };
    demand(sealed(Checksums::of(ext), s), "its checksum is wrong");
    let (per_group, inodes) = (u64::from(s.s_blocks_per_group.get()), s.s_inodes_per_group.get());
    demand(
        u64::from(s.s_inodes_count.get()) == ext.groups().saturating_mul(inodes.into()),
        "its groups do not have as many inodes as it says",
    );
    let table = u64::from(inodes) * ext.inode_size as u64;
    demand(
        per_group.is_multiple_of(8)
            && (LEAST_GROUP..=ext.block_size() * 8).contains(&per_group)
            && inodes.is_multiple_of(8)
            && table.div_ceil(ext.block_size()) <= per_group,
        "the sizes of its groups cannot be",
    );
    demand(
        u64::from(s.s_first_data_block.get()) == u64::from(ext.block_size() == 1024),
        "its first block is wrong",
    );
    demand(
        s.s_log_cluster_size == s.s_log_block_size
            && s.s_clusters_per_group == s.s_blocks_per_group,
        "it has clusters without the feature",
    );
    let reserved = match ext.incompat() & incompat::BIT64 {
        0 => u64::from(s.s_r_blocks_count_lo.get()),
        _ => u64::from(s.s_r_blocks_count_lo.get()) | u64::from(s.s_r_blocks_count_hi.get()) << 32,
    };
    demand(reserved <= ext.blocks(), "it reserves more blocks than there are");
    let reserved_gdt = u64::from(s.s_reserved_gdt_blocks.get());
    demand(reserved_gdt <= ext.block_size() / 4, "it reserves too many blocks for descriptors");
    demand(
        reserved_gdt == 0 || s.s_feature_compat.get() & compat::RESIZE_INODE != 0,
        "it reserves blocks for descriptors without the feature",
    );
    demand(s.s_log_groups_per_flex <= MOST_FLEX, "its flexible groups cannot be");
    demand(s.s_rev_level.get() <= REV_DYNAMIC, "its revision is of no known number");
    demand(
        s.s_feature_compat.get() & !COMPAT == 0 && ext.ro_compat() & !RO_COMPAT == 0,
        "it has features of no known name",
    );
    let journal = s.s_feature_compat.get() & compat::HAS_JOURNAL != 0;
    demand(
        s.s_journal_uuid == [0; 16]
            && journal == (s.s_journal_inum.get() != 0)
            && s.s_journal_inum <= s.s_inodes_count,
        "its journal is not in it",
    );
    // Those that hold quota are reserved, and there may be some that are not in use.
    let reserved =
        |inode: Le32| inode.get() == 0 || (3..s.s_first_ino.get()).contains(&inode.get());
    let quotas = [s.s_usr_quota_inum, s.s_grp_quota_inum, s.s_prj_quota_inum];
    demand(
        (ext.ro_compat() & QUOTA != 0 || quotas.into_iter().all(reserved))
            && (s.s_feature_compat.get() & ORPHAN_FILE != 0 || reserved(s.s_orphan_file_inum)),
        "it has inodes for features that it has not",
    );
    if s.s_rev_level.get() >= REV_DYNAMIC {
        let extra = ext.inode_size - GOOD_OLD_SIZE;
        let room = |n: u16| usize::from(n) <= extra;
        demand(
            extra == 0 || (room(s.s_min_extra_isize.get()) && room(s.s_want_extra_isize.get())),
            "its inodes have no room for the fields it wants",
        );
        demand((11..=s.s_inodes_count.get()).contains(&s.s_first_ino.get()), "its first inode");
        demand(s.s_uuid != [0; 16], "it has no UUID");
    }
}

/// Whether a superblock has the checksum that it should have.
fn sealed(checksums: Checksums, superblock: &Superblock) -> bool {
    match checksums {
        Checksums::Crc32c(_) => {
            let same = Superblock { s_checksum: 0.into(), ..*superblock };
            checksums.superblock(same).bytes() == superblock.to_bytes()
        }
        Checksums::None | Checksums::Crc16(_) => true,
    }
}

impl Checking<'_, '_> {
    /// Checks that the copies of the superblock and of the descriptors say the same as the first
    /// ones about where things lie. What they count is not compared: it is as old as they are.
    pub(super) fn copies(&mut self) -> Result<(), Error> {
        let ext = self.ext;
        for group in (1..ext.groups()).filter(|group| ext.has_superblock(*group)) {
            let start = self.group_start(group);
            let read = read_array(&ext.source(), start.saturating_mul(ext.block_size()));
            let read = read.map_err(Error::reading(|| format!("the superblock of group {group}")));
            let Some(bytes) = self.readable(read)? else { continue };
            let copy = Superblock::from_bytes(&bytes);
            if copy.s_magic.get() != MAGIC || geometry(&copy) != geometry(ext.superblock()) {
                self.found.push(format!("the superblock's copy in group {group} says otherwise"));
            } else if !sealed(self.checksums, &copy) {
                self.found.push(format!("the superblock's copy in group {group}: its checksum"));
            } else if ext.incompat() & META_BG == 0 {
                self.descriptor_copies(group, start + 1)?;
            }
        }
        Ok(())
    }

    fn descriptor_copies(&mut self, group: u64, first: u64) -> Result<(), Error> {
        let (ext, each) = (self.ext, self.ext.descriptor_size as usize);
        // Where the two bitmaps and the inode table lie: the low halves, and the high ones.
        let place = |bytes: &[u8]| {
            let high = bytes.get(32..44).map(<[u8]>::to_vec);
            (bytes[..12].to_vec(), high)
        };
        let per_block = ext.block_size() / ext.descriptor_size;
        for n in 0..self.descriptor_blocks() {
            let read =
                ext.block(self.first_block() + 1 + n).and_then(|a| Ok((a, ext.block(first + n)?)));
            let Some((original, copy)) = self.readable(read)? else { return Ok(()) };
            let count = (ext.groups() - n * per_block).min(per_block) as usize;
            let pairs = original.chunks(each).zip(copy.chunks(each)).take(count);
            if pairs.into_iter().any(|(a, b)| place(a) != place(b)) {
                self.found.push(format!("the descriptors' copies in group {group} say otherwise"));
                return Ok(());
            }
        }
        Ok(())
    }
}

/// The numbers that say where things lie.
fn geometry(s: &Superblock) -> impl PartialEq + use<> {
    (
        (s.s_inodes_count, s.s_blocks_count_lo, s.s_blocks_count_hi, s.s_first_data_block),
        (s.s_log_block_size, s.s_blocks_per_group, s.s_inodes_per_group, s.s_inode_size),
        (s.s_desc_size, s.s_reserved_gdt_blocks, s.s_uuid),
    )
}
