//! Directories: entries one behind the other, none across the end of a block.
//!
//! One walk over the entries both measures the directory and writes it.
//! <https://docs.kernel.org/filesystems/ext4/directory.html>

use crate::BlockSize;
use crate::checksum::InodeSeed;
use crate::format::DirEntry;

/// The entry of a directory about one of its members.
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

/// Bytes of a member's entry.
pub(crate) fn entry_len(member: &Member<'_>) -> usize {
    (HEADER + member.name.len()).next_multiple_of(4)
}

/// Meets the members with the offset and the length of each one's entry; returns the blocks.
/// The last `tail` bytes of every block are no room for entries.
fn walk<'a>(
    members: impl Iterator<Item = Member<'a>>,
    block: usize,
    tail: usize,
    mut visit: impl FnMut(usize, usize, &Member<'a>),
) -> usize {
    let mut end: usize = 0;
    let mut last: Option<(usize, Member<'a>)> = None;
    for member in members {
        let len = entry_len(&member);
        let fits = end % block + len <= block - tail && !(end > 0 && end.is_multiple_of(block));
        let at = if fits { end } else { end.next_multiple_of(block) };
        if let Some((start, before)) = &last {
            visit(*start, if fits { at } else { at - tail } - start, before);
        }
        last = Some((at, member));
        end = at + len;
    }
    let end = end.next_multiple_of(block);
    if let Some((start, before)) = &last {
        visit(*start, end - tail - start, before);
    }
    end / block
}

/// Blocks that the members take, each with `tail` bytes of checksum.
pub(crate) fn blocks<'a>(
    members: impl Iterator<Item = Member<'a>>,
    block_size: BlockSize,
    tail: usize,
) -> u64 {
    walk(members, block_size.bytes() as usize, tail, |_, _, _| {}) as u64
}

/// The directory's blocks, `blocks` of them; those that the members leave are empty.
pub(crate) fn write<'a>(
    members: impl Iterator<Item = Member<'a>>,
    blocks: u64,
    block_size: BlockSize,
    seed: InodeSeed,
) -> Vec<u8> {
    let block = block_size.bytes() as usize;
    // OK to cast: a directory is shorter than 2 GiB.
    let mut out = vec![0; blocks as usize * block];
    let used = walk(members, block, seed.dir_tail(), |at, len, member| {
        put(&mut out[at..at + len], member);
    });
    for empty in out[used * block..].chunks_exact_mut(block) {
        let len = block - seed.dir_tail();
        // OK to cast: at most the size of a block.
        let head = DirEntry { rec_len: (len as u16).into(), ..DirEntry::zeroed() };
        empty[..HEADER].copy_from_slice(&head.to_bytes());
    }
    out.chunks_exact_mut(block).for_each(|block| seed.directory_block(block));
    out
}

/// Writes one block of entries; `members` fit into it.
pub(crate) fn write_block<'a>(
    members: impl Iterator<Item = Member<'a>>,
    out: &mut [u8],
    seed: InodeSeed,
) {
    let used = walk(members, out.len(), seed.dir_tail(), |at, len, member| {
        put(&mut out[at..at + len], member);
    });
    debug_assert_eq!(used, 1);
    seed.directory_block(out);
}

/// Writes an entry as long as `out`.
fn put(out: &mut [u8], member: &Member<'_>) {
    let head = DirEntry {
        inode: member.inode.into(),
        // OK to cast: at most the size of a block.
        rec_len: (out.len() as u16).into(),
        // OK to cast: a name has at most 255 bytes.
        name_len: member.name.len() as u8,
        file_type: member.file_type,
    };
    out[..HEADER].copy_from_slice(&head.to_bytes());
    out[HEADER..HEADER + member.name.len()].copy_from_slice(member.name);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::Checksums;

    fn blocks<'a>(members: impl Iterator<Item = Member<'a>>) -> u64 {
        super::blocks(members, BlockSize::Kib1, 0)
    }

    fn write<'a>(members: impl Iterator<Item = Member<'a>>, blocks: u64) -> Vec<u8> {
        super::write(members, blocks, BlockSize::Kib1, Checksums::None.inode_seed(2))
    }

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
        assert_eq!(blocks(members()), 2);
        let got = read(&write(members(), 2));
        let spans: Vec<_> = got.iter().map(|(at, len, _)| (*at, *len)).collect();
        assert_eq!(spans, [(0, 264), (264, 264), (528, 496), (1024, 1024)]);
        assert_eq!(got[3].2, names[3]);
    }

    #[test]
    fn entries_may_fill_a_block_exactly() {
        // Four of 256 bytes, then one more.
        let name = [b'x'; 248];
        let members = |n| core::iter::repeat_n(member(&name), n);
        assert_eq!(blocks(members(4)), 1);
        assert_eq!(blocks(members(5)), 2);
        let got = read(&write(members(5), 2));
        assert_eq!(got.iter().map(|e| e.1).collect::<Vec<_>>(), [256, 256, 256, 256, 1024]);
    }

    #[test]
    fn spare_blocks_hold_one_empty_entry_each() {
        let bytes = write([member(b"."), member(b"..")].into_iter(), 3);
        let got = read(&bytes);
        assert_eq!(got.iter().map(|e| e.1).collect::<Vec<_>>(), [12, 1012, 1024, 1024]);
        assert_eq!(bytes[1024..1028], [0; 4]);
    }
}
