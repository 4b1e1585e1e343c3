//! The superblock, 1024 bytes into the file system, with copies in some groups.

use ondisk::{Le16, Le32, Le64, ondisk};

ondisk! {
    /// Superblock.
    /// <https://docs.kernel.org/filesystems/ext4/super.html>
    pub struct Superblock [1024] {
        0x000  s_inodes_count            : Le32       = "Inodes.";
        0x004  s_blocks_count_lo         : Le32       = "Blocks, low 32 bits.";
        0x008  s_r_blocks_count_lo       : Le32       = "Blocks only the superuser may take.";
        0x00C  s_free_blocks_count_lo    : Le32       = "Free blocks.";

        0x010  s_free_inodes_count       : Le32       = "Free inodes.";
        0x014  s_first_data_block        : Le32       = "First block of group 0: 1 with blocks of 1 KiB, else 0.";
        0x018  s_log_block_size          : Le32       = "Block size is 2 ^ (10 + this).";
        0x01C  s_log_cluster_size        : Le32       = "Cluster size (bigalloc), else s_log_block_size.";

        0x020  s_blocks_per_group        : Le32       = "Blocks per group.";
        0x024  s_clusters_per_group      : Le32       = "Clusters per group (bigalloc), else s_blocks_per_group.";
        0x028  s_inodes_per_group        : Le32       = "Inodes per group.";
        0x02C  s_mtime                   : Le32       = "Last mount.";

        0x030  s_wtime                   : Le32       = "Last write.";
        0x034  s_mnt_count               : Le16       = "Mounts since the last check.";
        0x036  s_max_mnt_count           : Le16       = "Mounts after which a check is due; -1: never.";
        0x038  s_magic                   : Le16       = "0xEF53.";
        0x03A  s_state                   : Le16       = "State; 1: cleanly unmounted.";
        0x03C  s_errors                  : Le16       = "What to do about errors; 1: go on.";
        0x03E  s_minor_rev_level         : Le16       = "Minor revision.";

        0x040  s_lastcheck               : Le32       = "Last check.";
        0x044  s_checkinterval           : Le32       = "Seconds between checks; 0: none.";
        0x048  s_creator_os              : Le32       = "Creator; 0: Linux.";
        0x04C  s_rev_level               : Le32       = "Revision; 1: dynamic inode sizes.";

        0x050  s_def_resuid              : Le16       = "Owner of the reserved blocks.";
        0x052  s_def_resgid              : Le16       = "Group of the reserved blocks.";
        0x054  s_first_ino               : Le32       = "First inode that is not reserved.";
        0x058  s_inode_size              : Le16       = "Size of an inode in bytes.";
        0x05A  s_block_group_nr          : Le16       = "Group this superblock lies in.";
        0x05C  s_feature_compat          : Le32       = "Compatible features.";

        0x060  s_feature_incompat        : Le32       = "Incompatible features.";
        0x064  s_feature_ro_compat       : Le32       = "Read-only compatible features.";
        0x068  s_uuid                    : [u8; 16]   = "UUID of the file system.";
        0x078  s_volume_name             : [u8; 16]   = "Label, padded with zeros.";
        0x088  s_last_mounted            : [u8; 64]   = "Where it was mounted last.";
        0x0C8  s_algorithm_usage_bitmap  : Le32       = "Compression (unused).";

        0x0CC  s_prealloc_blocks         : u8         = "Preallocation (unused).";
        0x0CD  s_prealloc_dir_blocks     : u8         = "Preallocation for directories (unused).";
        0x0CE  s_reserved_gdt_blocks     : Le16       = "Blocks kept for more group descriptors.";
        0x0D0  s_journal_uuid            : [u8; 16]   = "UUID of an external journal.";
        0x0E0  s_journal_inum            : Le32       = "Inode of the journal.";
        0x0E4  s_journal_dev             : Le32       = "Device of an external journal.";
        0x0E8  s_last_orphan             : Le32       = "Head of the list of orphaned inodes.";
        0x0EC  s_hash_seed               : [u8; 16]   = "Seed of directory hashes.";
        0x0FC  s_def_hash_version        : u8         = "Directory hash; 1: half MD4.";
        0x0FD  s_jnl_backup_type         : u8         = "1: s_jnl_blocks is valid.";
        0x0FE  s_desc_size               : Le16       = "Size of a group descriptor (64bit).";

        0x100  s_default_mount_opts      : Le32       = "Default mount options.";
        0x104  s_first_meta_bg           : Le32       = "First metablock group (meta_bg).";
        0x108  s_mkfs_time               : Le32       = "When the file system was made.";
        0x10C  s_jnl_blocks              : [Le32; 17] = "Copy of the journal's i_block, i_size_high and i_size_lo.";

        0x150  s_blocks_count_hi         : Le32       = "Blocks, high 32 bits.";
        0x154  s_r_blocks_count_hi       : Le32       = "Reserved blocks, high 32 bits.";
        0x158  s_free_blocks_count_hi    : Le32       = "Free blocks, high 32 bits.";
        0x15C  s_min_extra_isize         : Le16       = "Every inode has this i_extra_isize at least.";
        0x15E  s_want_extra_isize        : Le16       = "New inodes should have this i_extra_isize.";

        0x160  s_flags                   : Le32       = "Flags; 1: directory hashes take bytes as signed.";
        0x164  s_raid_stride             : Le16       = "RAID stride.";
        0x166  s_mmp_interval            : Le16       = "Multi-mount protection interval.";
        0x168  s_mmp_block               : Le64       = "Multi-mount protection block.";

        0x170  s_raid_stripe_width       : Le32       = "RAID stripe width.";
        0x174  s_log_groups_per_flex     : u8         = "Groups per flexible group, log2 (flex_bg).";
        0x175  s_checksum_type           : u8         = "Metadata checksum algorithm.";
        0x176  s_reserved_pad            : Le16       = "Zero.";
        0x178  s_kbytes_written          : Le64       = "KiB written so far.";

        0x180  s_snapshot_inum           : Le32       = "Active snapshot (unused).";
        0x184  s_snapshot_id             : Le32       = "Id of the active snapshot (unused).";
        0x188  s_snapshot_r_blocks_count : Le64       = "Blocks reserved for the snapshot (unused).";

        0x190  s_snapshot_list           : Le32       = "Head of the list of snapshots (unused).";
        0x194  s_error_count             : Le32       = "Errors seen.";
        0x198  s_first_error_time        : Le32       = "First error: when.";
        0x19C  s_first_error_ino         : Le32       = "First error: inode.";
        0x1A0  s_first_error_block       : Le64       = "First error: block.";
        0x1A8  s_first_error_func        : [u8; 32]   = "First error: function.";
        0x1C8  s_first_error_line        : Le32       = "First error: line.";
        0x1CC  s_last_error_time         : Le32       = "Last error: when.";

        0x1D0  s_last_error_ino          : Le32       = "Last error: inode.";
        0x1D4  s_last_error_line         : Le32       = "Last error: line.";
        0x1D8  s_last_error_block        : Le64       = "Last error: block.";
        0x1E0  s_last_error_func         : [u8; 32]   = "Last error: function.";

        0x200  s_mount_opts              : [u8; 64]   = "Mount options, as text.";
        0x240  s_usr_quota_inum          : Le32       = "Inode of the user quota file.";
        0x244  s_grp_quota_inum          : Le32       = "Inode of the group quota file.";
        0x248  s_overhead_blocks         : Le32       = "Blocks that are no room for files; 0: not computed.";
        0x24C  s_backup_bgs              : [Le32; 2]  = "Groups with superblock copies (sparse_super2).";
        0x254  s_encrypt_algos           : [u8; 4]    = "Encryption algorithms.";
        0x258  s_encrypt_pw_salt         : [u8; 16]   = "Salt of the encryption key.";
        0x268  s_lpf_ino                 : Le32       = "Inode of lost+found.";
        0x26C  s_prj_quota_inum          : Le32       = "Inode of the project quota file.";

        0x270  s_checksum_seed           : Le32       = "Seed of the metadata checksums.";
        0x274  s_wtime_hi                : u8         = "Last write, bits 32 to 39.";
        0x275  s_mtime_hi                : u8         = "Last mount, bits 32 to 39.";
        0x276  s_mkfs_time_hi            : u8         = "Making, bits 32 to 39.";
        0x277  s_lastcheck_hi            : u8         = "Last check, bits 32 to 39.";
        0x278  s_first_error_time_hi     : u8         = "First error, bits 32 to 39.";
        0x279  s_last_error_time_hi      : u8         = "Last error, bits 32 to 39.";
        0x27A  s_pad                     : [u8; 2]    = "Zero.";
        0x27C  s_encoding                : Le16       = "Character set of names (casefold).";
        0x27E  s_encoding_flags          : Le16       = "Flags of the character set.";
        0x280  s_orphan_file_inum        : Le32       = "Inode of the orphan file.";
        0x284  s_reserved                : [Le32; 94] = "Zero.";
        0x3FC  s_checksum                : Le32       = "Checksum of the superblock (metadata_csum).";
    }
}

/// Offset of the primary superblock from the start of the file system, in bytes.
pub const OFFSET: u64 = 1024;
/// `s_magic`.
pub const MAGIC: u16 = 0xEF53;
/// `s_state`: cleanly unmounted.
pub const STATE_CLEAN: u16 = 1;
/// `s_errors`: go on after an error.
pub const ERRORS_CONTINUE: u16 = 1;
/// `s_rev_level`: inode size and features are recorded.
pub const REV_DYNAMIC: u32 = 1;
/// `s_def_hash_version`: half MD4.
pub const HASH_HALF_MD4: u8 = 1;
/// `s_jnl_backup_type`: `s_jnl_blocks` holds a copy of the journal's block map and size.
pub const JNL_BACKUP_BLOCKS: u8 = 1;
/// `s_default_mount_opts`: user extended attributes.
pub const DEFM_XATTR_USER: u32 = 0x4;
/// `s_default_mount_opts`: POSIX ACLs.
pub const DEFM_ACL: u32 = 0x8;
/// `s_flags`: directory hashes take the bytes of names as signed.
pub const FLAGS_SIGNED_HASH: u32 = 0x1;
/// `s_checksum_type`: CRC-32C.
pub const CHECKSUM_CRC32C: u8 = 1;
/// `s_desc_size` with 64bit.
pub const DESC_SIZE_64BIT: u16 = 64;
