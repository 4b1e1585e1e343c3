//! Extended attributes, in inodes and in blocks that several inodes may share.

use super::state::{Checking, Shared};
use crate::format::inode::GOOD_OLD_SIZE;
use crate::format::xattr::{MAGIC, PAD, XattrEntry, XattrHeader, entry_hash, signed_entry_hash};
use crate::read::{Error, Inode};

impl Checking<'_, '_> {
    /// Checks the attributes of an inode. Returns whether it has a block of them.
    pub(super) fn attributes_of(&mut self, inode: &Inode) -> Result<bool, Error> {
        let extra = usize::from(inode.raw.i_extra_isize.get());
        let own = inode.bytes.get(GOOD_OLD_SIZE..).unwrap_or_default().get(extra..);
        if let Some((magic, entries)) = own.unwrap_or_default().split_first_chunk()
            && u32::from_le_bytes(*magic) == MAGIC
            && !whole(entries, 0, true)
        {
            self.found.push(format!("inode {}: the attributes in it", inode.number));
        }
        let block = match self.ext.incompat() & crate::format::feature::incompat::BIT64 {
            0 => inode.raw.i_file_acl_lo.get().into(),
            _ => inode.attribute_block(),
        };
        if block == 0 {
            return Ok(false);
        }
        if let Some(shared) = self.attributes.get_mut(&block) {
            shared.seen += 1;
            return Ok(true);
        }
        if self.claim(block, 1, &format_args!("the attributes of inode {}", inode.number)) {
            self.attribute_block(block)?;
        }
        Ok(true)
    }

    fn attribute_block(&mut self, number: u64) -> Result<(), Error> {
        let read = self.ext.block(number);
        let Some(bytes) = self.readable(read)? else { return Ok(()) };
        let Some((head, _)) = bytes.split_first_chunk() else { return Ok(()) };
        let header = XattrHeader::from_bytes(head);
        let mut sealed = bytes.clone();
        if self.ext.has_metadata_checksums() {
            sealed[0x10..0x14].fill(0);
            self.checksums.xattr_block(number, &mut sealed);
        }
        if header.h_magic.get() != MAGIC
            || header.h_blocks.get() != 1
            || !whole(&bytes, head.len(), false)
        {
            self.found.push(format!("block {number}: its attributes are damaged"));
        } else if sealed != bytes {
            self.found.push(format!("block {number} of attributes: its checksum is wrong"));
        }
        self.attributes.insert(number, Shared { said: header.h_refcount.get(), seen: 1 });
        Ok(())
    }

    /// Checks that each block of attributes says the right number of inodes that share it.
    pub(super) fn shared_attributes(&mut self) {
        for (block, Shared { said, seen }) in &self.attributes {
            if said != seen {
                let what =
                    format!("block {block} of attributes has {seen} owners, and says {said}");
                self.found.push(what);
            }
        }
    }
}

/// Whether the attributes from `first` on are sound: entries and values lie within `bytes` and do
/// not overlap, and each hash is right. With `in_inode` a hash may be 0: entries in an inode need
/// none.
fn whole(bytes: &[u8], first: usize, in_inode: bool) -> bool {
    let (mut at, mut values) = (first, Vec::new());
    while let Some(head) = bytes.get(at..).and_then(|rest| rest.split_first_chunk())
        && head.0[..4] != [0; 4]
    {
        let entry = XattrEntry::from_bytes(head.0);
        let Some(name) = head.1.get(..entry.e_name_len.into()) else { return false };
        let start = usize::from(entry.e_value_offs.get());
        let len = usize::try_from(entry.e_value_size.get()).unwrap_or(usize::MAX);
        let value = bytes.get(start..).and_then(|rest| rest.get(..len));
        let Some(value) = value.filter(|_| entry.e_value_inum.get() == 0) else { return false };
        let hash = entry.e_hash.get();
        let right = [entry_hash(name, value), signed_entry_hash(name, value)].contains(&hash);
        let none = in_inode && hash == 0;
        if !right && !none {
            return false;
        }
        if !in_inode && entry.e_name_index == 0 {
            return false;
        }
        if len > 0 {
            values.push((start, start + len.next_multiple_of(PAD)));
        }
        at += (head.0.len() + name.len()).next_multiple_of(PAD);
    }
    // The four zero bytes that end the list.
    values.push((first, at + 4));
    values.sort_unstable();
    at + 4 <= bytes.len() && values.windows(2).all(|pair| pair[0].1 <= pair[1].0)
}
