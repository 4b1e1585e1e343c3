//! Directories: entries one behind the other, none across the end of a block.
//!
//! One walk over the entries both measures the directory and writes it.
//! <https://docs.kernel.org/filesystems/ext4/directory.html>

use crate::BlockSize;
use crate::format::DirEntry;

/// What a directory says about one of its members.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member<'a> {
    /// 1 to 255 bytes.
    pub name: &'a [u8],
    pub inode: u32,
    /// `FT_*`.
    pub file_type: u8,
}

/// Bytes of an entry before the name.
const HEADER: usize = 8;

/// Meets the members with the offset and the length of each one's entry; returns the blocks.
fn walk<'a>(
    members: impl Iterator<Item = Member<'a>>,
    block: usize,
    mut visit: impl FnMut(usize, usize, &Member<'a>),
) -> usize {
    let mut end = 0;
    let mut last: Option<(usize, Member<'a>)> = None;
    for member in members {
        let len = (HEADER + member.name.len()).next_multiple_of(4);
        let at = if end % block + len > block { end.next_multiple_of(block) } else { end };
        if let Some((start, before)) = &last {
            visit(*start, at - start, before);
        }
        last = Some((at, member));
        end = at + len;
    }
    let end = end.next_multiple_of(block);
    if let Some((start, before)) = &last {
        visit(*start, end - start, before);
    }
    end / block
}

/// Blocks that the members take.
pub(crate) fn blocks<'a>(members: impl Iterator<Item = Member<'a>>, block_size: BlockSize) -> u64 {
    walk(members, block_size.bytes() as usize, |_, _, _| {}) as u64
}

/// The directory's blocks, `blocks` of them; those that the members leave are empty.
pub(crate) fn write<'a>(
    members: impl Iterator<Item = Member<'a>>,
    blocks: u64,
    block_size: BlockSize,
) -> Vec<u8> {
    let block = block_size.bytes() as usize;
    // OK to cast: a directory is shorter than 2 GiB.
    let mut out = vec![0; blocks as usize * block];
    let used = walk(members, block, |at, len, member| {
        let head = DirEntry {
            inode: member.inode.into(),
            // OK to cast: at most the size of a block.
            rec_len: (len as u16).into(),
            // OK to cast: a name has at most 255 bytes.
            name_len: member.name.len() as u8,
            file_type: member.file_type,
        };
        out[at..at + HEADER].copy_from_slice(&head.to_bytes());
        out[at + HEADER..at + HEADER + member.name.len()].copy_from_slice(member.name);
    });
    for empty in out[used * block..].chunks_exact_mut(block) {
        let head = DirEntry { rec_len: (block as u16).into(), ..DirEntry::zeroed() };
        empty[..HEADER].copy_from_slice(&head.to_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &[u8]) -> Member<'_> {
        Member { name, inode: 12, file_type: 1 }
    }

    /// Reads the entries back: offset, length, name.
    fn read(bytes: &[u8]) -> Vec<(usize, usize, Vec<u8>)> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let head = DirEntry::from_bytes(bytes[at..at + HEADER].try_into().unwrap());
            let (len, name) = (usize::from(head.rec_len.get()), usize::from(head.name_len));
            assert!(len >= HEADER + name && len % 4 == 0);
            assert_eq!(at / 1024, (at + len - 1) / 1024, "crosses a block");
            found.push((at, len, bytes[at + HEADER..at + HEADER + name].to_vec()));
            at += len;
        }
        found
    }

    #[test]
    fn the_last_entry_of_a_block_reaches_its_end() {
        // 255 bytes take 264: three of them leave 232 bytes, the fourth opens a new block.
        let names: Vec<Vec<u8>> = (b'a'..=b'd').map(|c| vec![c; 255]).collect();
        let members = || names.iter().map(|n| member(n));
        assert_eq!(blocks(members(), BlockSize::Kib1), 2);
        let got = read(&write(members(), 2, BlockSize::Kib1));
        let spans: Vec<_> = got.iter().map(|(at, len, _)| (*at, *len)).collect();
        assert_eq!(spans, [(0, 264), (264, 264), (528, 496), (1024, 1024)]);
        assert_eq!(got[3].2, names[3]);
    }

    #[test]
    fn entries_may_fill_a_block_exactly() {
        // Four of 256 bytes, then one more.
        let name = [b'x'; 248];
        let members = |n| core::iter::repeat_n(member(&name), n);
        assert_eq!(blocks(members(4), BlockSize::Kib1), 1);
        assert_eq!(blocks(members(5), BlockSize::Kib1), 2);
        let got = read(&write(members(5), 2, BlockSize::Kib1));
        assert_eq!(got.iter().map(|e| e.1).collect::<Vec<_>>(), [256, 256, 256, 256, 1024]);
    }

    #[test]
    fn spare_blocks_hold_one_empty_entry_each() {
        let bytes = write([member(b"."), member(b"..")].into_iter(), 3, BlockSize::Kib1);
        let got = read(&bytes);
        assert_eq!(got.iter().map(|e| e.1).collect::<Vec<_>>(), [12, 1012, 1024, 1024]);
        assert_eq!(bytes[1024..1028], [0; 4]);
    }
}
