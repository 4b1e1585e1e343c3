//! The first block of the journal (jbd2). Everything in a journal is big-endian.

use ondisk::{Be32, ondisk};

ondisk! {
    /// Superblock of the journal, version 2.
    /// <https://docs.kernel.org/filesystems/ext4/journal.html>
    pub struct JournalSuperblock [1024] {
        0x000  h_magic             : Be32       = "Magic number, 0xC03B3998.";
        0x004  h_blocktype         : Be32       = "Kind of block; 4: journal superblock, version 2.";
        0x008  h_sequence          : Be32       = "Transaction this block belongs to.";
        0x00C  s_blocksize         : Be32       = "Block size of the journal in bytes.";

        0x010  s_maxlen            : Be32       = "Blocks in this journal.";
        0x014  s_first             : Be32       = "First block of log information.";
        0x018  s_sequence          : Be32       = "First commit expected in the log.";
        0x01C  s_start             : Be32       = "Block where the log starts; 0: nothing to replay.";

        0x020  s_errno             : Be32       = "Error of an aborted journal.";
        0x024  s_feature_compat    : Be32       = "Compatible features.";
        0x028  s_feature_incompat  : Be32       = "Incompatible features.";
        0x02C  s_feature_ro_compat : Be32       = "Read-only compatible features.";
        0x030  s_uuid              : [u8; 16]   = "UUID of the journal.";

        0x040  s_nr_users          : Be32       = "File systems that share this journal.";
        0x044  s_dynsuper          : Be32       = "Location of a dynamic superblock copy.";
        0x048  s_max_transaction   : Be32       = "Limit of journal blocks per transaction.";
        0x04C  s_max_trans_data    : Be32       = "Limit of data blocks per transaction.";

        0x050  s_checksum_type     : u8         = "Checksum algorithm of the journal.";
        0x051  s_padding2          : [u8; 3]    = "Zero.";
        0x054  s_num_fc_blks       : Be32       = "Fast commit blocks.";
        0x058  s_head              : Be32       = "Head of an empty journal.";
        0x05C  s_padding           : [Be32; 40] = "Zero.";
        0x0FC  s_checksum          : Be32       = "Checksum of this superblock.";
        0x100  s_users             : [u8; 768]  = "Ids of the file systems that share the log.";
    }
}

/// `h_magic` of every journal block.
pub const MAGIC: u32 = 0xC03B_3998;
/// `h_blocktype` of a version 2 superblock.
pub const BLOCKTYPE_SUPERBLOCK_V2: u32 = 4;
