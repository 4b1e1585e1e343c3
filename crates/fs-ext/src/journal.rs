//! The journal of ext3 and ext4: a file of zeros behind its own superblock, with nothing to replay.

use crate::format::JournalSuperblock;
use crate::format::journal_superblock::{BLOCKTYPE_SUPERBLOCK_V2, MAGIC};
use crate::{BlockSize, Options};

/// The superblock of a clean journal of `blocks` blocks.
pub(crate) fn superblock(
    blocks: u32,
    block_size: BlockSize,
    options: &Options,
) -> JournalSuperblock {
    JournalSuperblock {
        h_magic: MAGIC.into(),
        h_blocktype: BLOCKTYPE_SUPERBLOCK_V2.into(),
        s_blocksize: block_size.bytes().into(),
        s_maxlen: blocks.into(),
        s_first: 1.into(),
        s_sequence: 1.into(),
        s_uuid: options.uuid,
        s_nr_users: 1.into(),
        ..JournalSuperblock::zeroed()
    }
}
