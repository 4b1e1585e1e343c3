//! The journal of ext3 and ext4: how many blocks it has; a file of zeros behind its own superblock, with
//! nothing to replay.

use crate::feature::Feature;
use crate::format::JournalSuperblock;
use crate::format::journal_superblock::{BLOCKTYPE_SUPERBLOCK_V2, MAGIC};
use crate::{BlockSize, Flavour, Options};

/// The number of the journal's blocks in a file system of `blocks` blocks; 0: there is none.
///
/// `mke2fs` gives file systems below 2048 blocks no journal and calls them ext3 all the same;
/// here ext3 and ext4 always have one, so that a file system too small for it is an error.
pub(crate) fn journal_blocks(options: &Options, blocks: u64) -> u64 {
    if !options.has(Feature::HasJournal) || options.flavour == Flavour::Ext2 {
        return 0;
    }
    match options.journal_blocks {
        Some(chosen) => chosen.into(),
        None => match blocks >> 10 {
            0..32 => 1 << 10,
            32..256 => 4 << 10,
            256..512 => 8 << 10,
            512..4_096 => 16 << 10,
            4_096..8_192 => 32 << 10,
            8_192..16_384 => 64 << 10,
            16_384..32_768 => 128 << 10,
            _ => 256 << 10,
        },
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use file_tree::Timestamp;

    fn ext3() -> Options {
        Options::new(Flavour::Ext3, [0; 16], [0; 16], Timestamp::default())
    }

    /// Blocks of the file system → blocks of the journal, as `mke2fs` 1.47.0 makes it.
    #[test]
    fn journals_of_mke2fs() {
        let table = [
            (2_048, 1_024),
            (32_767, 1_024),
            (32_768, 4_096),
            (262_143, 4_096),
            (262_144, 8_192),
            (523_264, 8_192),
            (524_288, 16_384),
            (2_097_152, 16_384),
            (4_194_304, 32_768),
            (8_388_608, 65_536),
            (16_777_216, 131_072),
            (32_505_856, 131_072),
            (33_554_432, 262_144),
        ];
        for (blocks, want) in table {
            assert_eq!(journal_blocks(&ext3(), blocks), want, "{blocks}");
        }
        assert_eq!(journal_blocks(&Options { flavour: Flavour::Ext2, ..ext3() }, 1 << 20), 0);
        let chosen = Options { journal_blocks: Some(5000), ..ext3() };
        assert_eq!(journal_blocks(&chosen, 1 << 20), 5000);
    }
}
