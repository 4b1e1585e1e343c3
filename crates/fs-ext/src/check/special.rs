//! Inodes that are no files of anybody: the journal, the resize inode, the bad blocks.

use super::state::Checking;
use crate::crc::crc32c;
use crate::format;
use crate::format::JournalSuperblock;
use crate::format::inode::{EXTENTS_FL, INDEX_FL, S_IFREG, number};
use crate::format::journal_superblock::{BLOCKTYPE_SUPERBLOCK_V2, MAGIC};
use crate::read::{Error, FileType, Inode};
use image_layout::read_array;

/// The index in `i_block` of the pointer to the double indirect block.
const DOUBLE: usize = 13;
/// `s_feature_incompat` of a journal: all known features, and those by which it has checksums.
const JOURNAL_INCOMPAT: u32 = 0x3F;
const JOURNAL_CHECKSUMS: u32 = 0x18;
/// The file type bits of `i_mode`.
const S_IFMT: u16 = 0xF000;

impl Checking<'_, '_> {
    /// Checks the first block of the journal, which must be empty after unmounting.
    pub(super) fn journal(&mut self, inode: &Inode) -> Result<(), Error> {
        let extents = self.ext.extents(inode);
        let Some(extents) = self.readable(extents)? else { return Ok(()) };
        let Some(place) = extents.first().and_then(|first| first.place) else {
            self.found.push("the journal has no first block");
            return Ok(());
        };
        let read = read_array(&self.ext.source(), place);
        let read = read.map_err(Error::reading(|| "the journal".to_owned()));
        let Some(bytes) = self.readable(read)? else { return Ok(()) };
        let s = JournalSuperblock::from_bytes(&bytes);
        let (incompat, len) = (s.s_feature_incompat.get(), u64::from(s.s_maxlen.get()));
        let sealed = JournalSuperblock { s_checksum: 0.into(), ..s };
        let wrong = [
            (
                s.h_magic.get() != MAGIC || s.h_blocktype.get() != BLOCKTYPE_SUPERBLOCK_V2,
                "its first block is none of a journal",
            ),
            (u64::from(s.s_blocksize.get()) != self.ext.block_size(), "its blocks' size is wrong"),
            (
                len > inode.len / self.ext.block_size() || u64::from(s.s_first.get()) >= len,
                "its length is wrong",
            ),
            (s.s_start.get() != 0, "it holds what the file system lacks, and should be empty"),
            (
                incompat & !JOURNAL_INCOMPAT != 0 || s.s_feature_ro_compat.get() != 0,
                "it has unknown features",
            ),
            (
                incompat & JOURNAL_CHECKSUMS != 0
                    && crc32c(!0, &sealed.to_bytes()) != s.s_checksum.get(),
                "its checksum is wrong",
            ),
        ];
        if let Some((_, what)) = wrong.into_iter().find(|(wrong, _)| *wrong) {
            self.found.push(format!("the journal: {what}"));
        }
        Ok(())
    }

    /// Checks the resize inode, which has the blocks that are reserved for more descriptors. These
    /// are claimed with the starts of their groups.
    pub(super) fn resize_inode(&mut self, raw: &format::Inode) -> Result<(), Error> {
        let ext = self.ext;
        let reserved = u64::from(ext.superblock().s_reserved_gdt_blocks.get());
        let double = raw.i_block[DOUBLE].get();
        let copies: Vec<u64> = (1..ext.groups()).filter(|g| ext.has_superblock(*g)).collect();
        let blocks = 1 + reserved * (1 + copies.len() as u64);
        let others = raw.i_block.iter().enumerate().any(|(n, b)| n != DOUBLE && b.get() != 0);
        if others
            || raw.i_mode.get() & S_IFMT != S_IFREG
            || raw.i_links_count.get() == 0
            || raw.i_file_acl_lo.get() != 0
            || raw.i_flags.get() & (INDEX_FL | EXTENTS_FL) != 0
            || self.said_blocks(raw) != blocks
        {
            self.found.push("the resize inode is none");
        }
        if !self.claim(double.into(), 1, &"the resize inode") {
            return Ok(());
        }
        let size = ext.block_size() as usize; // OK to cast: at most 64 KiB
        let first = self.first_block() + 1;
        let mut expected = vec![0; size];
        for n in self.descriptor_blocks()..self.descriptor_blocks() + reserved {
            let at = (n % (ext.block_size() / 4)) as usize * 4;
            put(&mut expected[at..at + 4], first + n);
            let mut list = vec![0; size];
            for (slot, group) in list.chunks_exact_mut(4).zip(&copies) {
                put(slot, self.group_start(*group) + 1 + n);
            }
            let read = ext.block(first + n);
            if self.readable(read)?.is_some_and(|block| block != list) {
                self.found.push(format!("the resize inode: block {} of it", first + n));
                return Ok(());
            }
        }
        let read = ext.block(double.into());
        if self.readable(read)?.is_some_and(|block| block != expected) {
            self.found.push(format!("the resize inode: block {double} of it"));
        }
        Ok(())
    }

    /// Checks the inode of the bad blocks, which has the blocks that cannot be used.
    pub(super) fn bad_blocks(&mut self, raw: &format::Inode) -> Result<(), Error> {
        let words = [raw.i_mode, raw.i_uid, raw.i_gid, raw.i_links_count];
        if words.iter().any(|word| word.get() != 0) || raw.i_file_acl_lo.get() != 0 {
            self.found.push("the inode of the bad blocks is a file");
        }
        let inode = Inode {
            number: number::BAD_BLOCKS,
            kind: FileType::File,
            len: 0,
            raw: raw.clone(),
            bytes: Vec::new(),
        };
        self.map(&inode).map(|_| ())
    }
}

/// Writes the number of a block into `slot`, as pointers have it.
fn put(slot: &mut [u8], block: u64) {
    // OK to cast: beyond 32 bits no blocks are reserved.
    slot.copy_from_slice(&(block as u32).to_le_bytes());
}
