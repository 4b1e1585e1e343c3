//! Extended attributes: as many as fit behind the fields of a large inode, the others in one
//! block, which inodes with the same others share.
//!
//! ```text
//! inode of 256 bytes        0      128  160                                      256
//!                           │fields│extra│magic│entry│entry│0│ … values, last first│
//! attribute block           │header│entry│entry│0│ …                 values, last first│
//! ```
//!
//! <https://docs.kernel.org/filesystems/ext4/attributes.html>

use crate::checksum::Checksums;
use crate::format::inode::{EXTRA_ISIZE, GOOD_OLD_SIZE};
use crate::format::xattr::{self, NAME_INDEX, PAD, REFCOUNT_MAX, XattrEntry, XattrHeader};
use crate::{BlockSize, InodeSize};
use file_tree::{Xattrs, acl};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Bytes of an entry before the name.
const ENTRY: usize = 16;
/// Bytes of a block's header.
const HEADER: usize = 32;
/// The length of the end of the entries: a word of zeros.
const END: usize = 4;

/// An attribute as it will lie on the disk. Sorted as a block wants it: by the index of the
/// prefix, then by the length of the name, then by its bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Attribute<'a> {
    index: u8,
    len: usize,
    name: &'a [u8],
    value: Cow<'a, [u8]>,
}

/// The reason why a node's attributes cannot be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// The name starts with none of the prefixes that have an index.
    Namespace { name: String },
    /// Attributes that take more than an inode and one block.
    TooLarge { needed: usize, available: usize },
}

impl<'a> Attribute<'a> {
    fn new(name: &'a [u8], value: &'a [u8]) -> Option<Self> {
        let (index, prefix) = NAME_INDEX.iter().find(|(_, prefix)| name.starts_with(prefix))?;
        let is_acl = [acl::ACCESS, acl::DEFAULT].contains(prefix);
        let name = &name[prefix.len()..];
        // The name of an ACL is its prefix alone; any other name goes on behind its prefix.
        if is_acl != name.is_empty() {
            return None;
        }
        let value = if is_acl { on_disk_acl(value)?.into() } else { value.into() };
        Some(Self { index: *index, len: name.len(), name, value })
    }

    fn entry_len(&self) -> usize {
        (ENTRY + self.len).next_multiple_of(PAD)
    }

    /// Bytes that entry and value take.
    fn size(&self) -> usize {
        self.entry_len() + self.value.len().next_multiple_of(PAD)
    }
}

/// An ACL as it lies on the disk, where only entries for a named user or group have an id; `None`
/// if `value` is no ACL.
fn on_disk_acl(value: &[u8]) -> Option<Vec<u8>> {
    let mut out = xattr::ACL_VERSION.to_le_bytes().to_vec();
    for entry in acl::entries(value)? {
        out.extend_from_slice(&entry.tag.to_le_bytes());
        out.extend_from_slice(&entry.permissions.to_le_bytes());
        if [acl::USER, acl::GROUP].contains(&entry.tag) {
            out.extend_from_slice(&entry.id.to_le_bytes());
        }
    }
    Some(out)
}

/// Bytes for attributes in an inode, magic and end included.
fn inode_room(inode_size: InodeSize) -> usize {
    (inode_size.bytes() as usize).saturating_sub(GOOD_OLD_SIZE + usize::from(EXTRA_ISIZE))
}

/// The attributes of a node, divided.
#[derive(Debug, Default)]
pub(crate) struct Divided<'a> {
    inside: Vec<Attribute<'a>>,
    /// The attributes in a block; none: there is no block.
    pub outside: Vec<Attribute<'a>>,
}

impl<'a> Divided<'a> {
    /// Divides attributes between the inode and a block.
    pub fn new(
        xattrs: &'a Xattrs,
        inode_size: InodeSize,
        block_size: BlockSize,
    ) -> Result<Self, Unfit> {
        let mut all = Vec::new();
        for (name, value) in xattrs.iter() {
            let attribute = Attribute::new(name.as_bytes(), value)
                .ok_or_else(|| Unfit::Namespace { name: name.to_string() })?;
            all.push(attribute);
        }
        all.sort_unstable();
        let mut divided = Self::default();
        let mut room = inode_room(inode_size).saturating_sub(xattr::PAD + END);
        for attribute in all {
            if let Some(left) = room.checked_sub(attribute.size()) {
                room = left;
                divided.inside.push(attribute);
            } else {
                divided.outside.push(attribute);
            }
        }
        let needed: usize = divided.outside.iter().map(Attribute::size).sum();
        let available = block_size.bytes() as usize - HEADER - END;
        if needed > available {
            return Err(Unfit::TooLarge { needed, available });
        }
        Ok(divided)
    }

    /// The bytes that follow the inode's fields; none when there are no attributes in it.
    pub fn ibody(&self, inode_size: InodeSize) -> Vec<u8> {
        if self.inside.is_empty() {
            return Vec::new();
        }
        let magic = xattr::XattrIbodyHeader { h_magic: xattr::MAGIC.into() }.to_bytes();
        let mut out = vec![0; inode_room(inode_size)];
        out[..magic.len()].copy_from_slice(&magic);
        encode(&self.inside, &mut out[magic.len()..], 0);
        out
    }
}

/// Block `number` of the file system: attributes that `users` inodes share.
pub(crate) fn block(
    attributes: &[Attribute<'_>],
    number: u64,
    users: u32,
    block_size: BlockSize,
    checksums: Checksums,
) -> Vec<u8> {
    let mut out = vec![0; block_size.bytes() as usize];
    let hashes = encode(attributes, &mut out, HEADER);
    let header = XattrHeader {
        h_magic: xattr::MAGIC.into(),
        h_refcount: users.into(),
        h_blocks: 1.into(),
        h_hash: xattr::block_hash(hashes).into(),
        ..XattrHeader::zeroed()
    };
    out[..HEADER].copy_from_slice(&header.to_bytes());
    checksums.xattr_block(number, &mut out);
    out
}

/// Writes entries from `at` on and values from the end of `out` backwards; they fit. Returns the
/// entries' hashes.
fn encode(attributes: &[Attribute<'_>], out: &mut [u8], mut at: usize) -> Vec<u32> {
    let mut hashes = Vec::new();
    let mut end = out.len();
    for a in attributes {
        let hash = xattr::entry_hash(a.name, &a.value);
        hashes.push(hash);
        end -= a.value.len().next_multiple_of(PAD);
        let entry = XattrEntry {
            // OK to cast: a name has at most 255 bytes, a block 4096.
            e_name_len: a.len as u8,
            e_name_index: a.index,
            e_value_offs: if a.value.is_empty() { 0 } else { end as u16 }.into(),
            e_value_size: (a.value.len() as u32).into(),
            e_hash: hash.into(),
            ..XattrEntry::zeroed()
        };
        out[at..at + ENTRY].copy_from_slice(&entry.to_bytes());
        out[at + ENTRY..at + ENTRY + a.len].copy_from_slice(a.name);
        out[end..end + a.value.len()].copy_from_slice(&a.value);
        at += a.entry_len();
    }
    hashes
}

/// The blocks of attributes of a file system, by what they hold.
#[derive(Debug, Default)]
pub(crate) struct Blocks<'a>(BTreeMap<Vec<Attribute<'a>>, Tally>);

#[derive(Debug, Default)]
struct Tally {
    /// Inodes that have no block yet.
    waiting: u64,
    /// The block that the next inode gets, if it has room.
    block: u64,
    /// Inodes that will share `block` beside those that do already.
    room: u32,
}

impl<'a> Blocks<'a> {
    /// Counts an inode.
    pub fn count(&mut self, divided: Divided<'a>) {
        if !divided.outside.is_empty() {
            self.0.entry(divided.outside).or_default().waiting += 1;
        }
    }

    /// The number of blocks: one for every 1024 inodes that want the same.
    pub fn len(&self) -> u64 {
        self.0.values().map(|tally| tally.waiting.div_ceil(REFCOUNT_MAX.into())).sum()
    }

    /// The block of an inode that was counted; 0 when it needs none. When a new block is due,
    /// `make` makes it, and is told how many inodes will share it.
    pub fn take<E>(
        &mut self,
        outside: &[Attribute<'a>],
        make: impl FnOnce(u32) -> Result<u64, E>,
    ) -> Result<u64, E> {
        let Some(tally) = self.0.get_mut(outside) else { return Ok(0) };
        if tally.room == 0 {
            // OK to cast: at most 1024.
            tally.room = tally.waiting.min(REFCOUNT_MAX.into()) as u32;
            tally.waiting -= u64::from(tally.room);
            tally.block = make(tally.room)?;
        }
        tally.room -= 1;
        Ok(tally.block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use file_tree::XattrName;

    fn xattrs(pairs: &[(&[u8], &[u8])]) -> Xattrs {
        let mut all = Xattrs::new();
        for (name, value) in pairs {
            all.set(XattrName::new(name).unwrap(), value).unwrap();
        }
        all
    }

    #[test]
    fn an_inode_takes_what_fits_exactly() {
        // 96 bytes less magic and end leave 88: 20 for the entry, 68 for the value.
        for (len, outside) in [(68, 0), (69, 1)] {
            let all = xattrs(&[(b"user.abcd", &vec![1; len])]);
            let d = Divided::new(&all, InodeSize::Bytes256, BlockSize::Kib1).unwrap();
            assert_eq!(d.outside.len(), outside, "{len}");
            let d = Divided::new(&all, InodeSize::Bytes128, BlockSize::Kib1).unwrap();
            assert_eq!((d.outside.len(), d.ibody(InodeSize::Bytes128).len()), (1, 0));
        }
    }

    #[test]
    fn a_block_takes_what_fits_exactly() {
        let room = 1024 - 32 - 4 - 20;
        for (len, fits) in [(room, true), (room + 1, false)] {
            let all = xattrs(&[(b"user.abcd", &vec![1; len])]);
            let d = Divided::new(&all, InodeSize::Bytes256, BlockSize::Kib1);
            assert_eq!(d.is_ok(), fits, "{len}");
            if let Err(unfit) = d {
                assert_eq!(unfit, Unfit::TooLarge { needed: 992, available: 988 });
            }
        }
    }

    #[test]
    fn only_names_with_an_index() {
        for name in [&b"system.nfs4_acl"[..], b"btrfs.compression", b"system.posix_acl_accessx"] {
            let all = xattrs(&[(name, b"")]);
            let d = Divided::new(&all, InodeSize::Bytes256, BlockSize::Kib1);
            assert!(matches!(d, Err(Unfit::Namespace { .. })), "{}", name.escape_ascii());
        }
    }

    #[test]
    fn acls_lose_the_ids_that_name_nobody() {
        let entry = |tag, id| acl::AclEntry { tag, permissions: 5, id };
        let wire = acl::value(&[entry(acl::USER_OBJ, u32::MAX), entry(acl::GROUP, 7)]);
        assert_eq!(on_disk_acl(&wire).unwrap(), b"\x01\0\0\0\x01\0\x05\0\x08\0\x05\0\x07\0\0\0");
    }

    #[test]
    fn up_to_1024_inodes_share_a_block() {
        let all = xattrs(&[(b"user.abcd", &[1; 100])]);
        let divided = || Divided::new(&all, InodeSize::Bytes256, BlockSize::Kib1).unwrap();
        let mut blocks = Blocks::default();
        (0..2500).for_each(|_| blocks.count(divided()));
        blocks.count(Divided::default());
        assert_eq!(blocks.len(), 3);
        let (mut made, mut got) = (Vec::new(), Vec::new());
        for _ in 0..2500 {
            let block = blocks.take(&divided().outside, |users| {
                made.push(users);
                Ok::<_, ()>(made.len() as u64)
            });
            got.push(block.unwrap());
        }
        assert_eq!(made, [1024, 1024, 452]);
        for (block, users) in (1..).zip(&made) {
            assert_eq!(got.iter().filter(|b| **b == block).count() as u32, *users);
        }
        assert_eq!(blocks.take(&[], |_| Err(())), Ok(0));
    }
}
