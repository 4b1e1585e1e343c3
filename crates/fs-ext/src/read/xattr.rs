//! Extended attributes, read from the inode and from a block of their own.

use super::error::Error;
use super::inode::Inode;
use super::superblock::Ext;
use crate::format::inode::GOOD_OLD_SIZE;
use crate::format::xattr::{MAGIC, NAME_INDEX, PAD, XattrEntry, XattrHeader};

/// `e_name_index` of `system.`, which inline data have.
const SYSTEM: u8 = 7;
/// The rest of the name of the attribute in which inline data go on.
const INLINE_DATA: &[u8] = b"data";

/// An extended attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Xattr {
    /// Its name with the prefix.
    pub name: Vec<u8>,
    /// Its value; `None`: it has an inode of its own.
    pub value: Option<Vec<u8>>,
}

/// An attribute as it lies on the disk.
struct Raw<'b> {
    index: u8,
    name: &'b [u8],
    value: Option<&'b [u8]>,
}

impl Ext<'_> {
    /// The extended attributes of a file, those in the inode first. What ext4 keeps there for
    /// itself (inline data) is none.
    ///
    /// # Errors
    /// If they are not where they should be.
    pub fn xattrs(&self, inode: &Inode) -> Result<Vec<Xattr>, Error> {
        let mut found: Vec<Xattr> = Vec::new();
        let mut push = |raw: &Raw<'_>| {
            if (raw.index, raw.name) != (SYSTEM, INLINE_DATA) {
                let name = [prefix(raw.index), raw.name].concat();
                found.push(Xattr { name, value: raw.value.map(<[u8]>::to_vec) });
            }
        };
        in_inode(inode)?.iter().for_each(&mut push);
        let number = inode.attribute_block();
        if number != 0 {
            let block = self.block(number)?;
            let (head, _) = block.split_first_chunk().ok_or_else(|| damaged(inode))?;
            if XattrHeader::from_bytes(head).h_magic.get() != MAGIC {
                return Err(damaged(inode));
            }
            parse(&block, head.len()).ok_or_else(|| damaged(inode))?.iter().for_each(&mut push);
        }
        Ok(found)
    }

    /// The part of inline data that does not fit into `i_block`.
    pub(super) fn inline_rest(&self, inode: &Inode) -> Result<Vec<u8>, Error> {
        let all = in_inode(inode)?;
        let data = all.iter().find(|raw| (raw.index, raw.name) == (SYSTEM, INLINE_DATA));
        Ok(data.and_then(|raw| raw.value).unwrap_or_default().to_vec())
    }
}

fn damaged(inode: &Inode) -> Error {
    Error::damaged(format!("the attributes of inode {}", inode.number))
}

/// The attributes that lie behind the fields of the inode.
fn in_inode(inode: &Inode) -> Result<Vec<Raw<'_>>, Error> {
    let extra = match inode.bytes.len() {
        0..=GOOD_OLD_SIZE => return Ok(Vec::new()),
        _ => usize::from(inode.raw.i_extra_isize.get()),
    };
    let behind = inode.bytes.get(GOOD_OLD_SIZE + extra..).unwrap_or_default();
    match behind.split_first_chunk() {
        Some((magic, entries)) if u32::from_le_bytes(*magic) == MAGIC => {
            parse(entries, 0).ok_or_else(|| damaged(inode))
        }
        _ => Ok(Vec::new()),
    }
}

/// Reads the entries from `first` on. Their values lie at the offsets that they name, from the
/// start of `bytes`. `None` if one reaches beyond the end.
fn parse(bytes: &[u8], first: usize) -> Option<Vec<Raw<'_>>> {
    let (mut at, mut found) = (first, Vec::new());
    // Four zero bytes end the list; so does the end of the room.
    while let Some(head) = bytes.get(at..).and_then(|rest| rest.split_first_chunk())
        && head.0[..4] != [0; 4]
    {
        let entry = XattrEntry::from_bytes(head.0);
        let name = head.1.get(..entry.e_name_len.into())?;
        let value = match entry.e_value_inum.get() {
            0 => {
                let (start, len) = (entry.e_value_offs.get().into(), entry.e_value_size.get());
                Some(bytes.get(start..)?.get(..usize::try_from(len).ok()?)?)
            }
            _ => None,
        };
        found.push(Raw { index: entry.e_name_index, name, value });
        at += (head.0.len() + name.len()).next_multiple_of(PAD);
    }
    Some(found)
}

fn prefix(index: u8) -> &'static [u8] {
    match NAME_INDEX.iter().find(|(known, _)| *known == index) {
        Some((_, prefix)) => prefix,
        None if index == SYSTEM => b"system.",
        None => b"",
    }
}
