//! Directories, read as lists: to whoever does not know the blocks of a hash tree, they look like
//! empty entries.

use super::error::Error;
use super::inode::{FileType, Inode};
use super::superblock::Ext;
use crate::format::DirEntry;
use crate::format::dir_entry::{
    FT_BLKDEV, FT_CHRDEV, FT_DIR, FT_FIFO, FT_REG_FILE, FT_SOCK, FT_SYMLINK,
};

/// Longest directory that is read: half a million names of the usual length.
const LONGEST: u64 = 64 << 20;
/// Bytes of an entry before its name.
const HEAD: usize = 8;
/// The length in bytes of what precedes a directory's entries in its inode: the parent's number.
const INLINE_HEAD: usize = 4;
/// The bytes of `i_block`.
const INLINE_FIRST: usize = 60;

/// A name in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// The name: any bytes.
    pub name: Vec<u8>,
    /// The number of the inode that it names.
    pub inode: u32,
    /// Its kind, as the directory has it; `None` where directories do not say.
    pub kind: Option<FileType>,
}

impl Ext<'_> {
    /// The names in a directory, in its order, without `.` and `..`.
    ///
    /// # Errors
    /// If the inode is no directory, or its entries do not fit each other.
    pub fn entries(&self, inode: &Inode) -> Result<Vec<DirectoryEntry>, Error> {
        if inode.kind != FileType::Directory {
            return Err(Error::damaged(format!("inode {} is no directory", inode.number)));
        }
        let bytes = self.contents(inode, LONGEST)?;
        let mut entries = Vec::new();
        if inode.is_inline() {
            let (first, rest) = bytes.split_at(bytes.len().min(INLINE_FIRST));
            for part in [first.get(INLINE_HEAD..).unwrap_or_default(), rest] {
                self.entries_of(part, inode.number, &mut entries)?;
            }
        } else {
            // OK to cast: at most 64 KiB.
            for block in bytes.chunks(self.block_size as usize) {
                self.entries_of(block, inode.number, &mut entries)?;
            }
        }
        Ok(entries)
    }

    /// The names in one block of a directory.
    fn entries_of(
        &self,
        mut block: &[u8],
        number: u32,
        entries: &mut Vec<DirectoryEntry>,
    ) -> Result<(), Error> {
        let damaged = |what: &str| Error::damaged(format!("directory {number}: an entry {what}"));
        while let Some((head, rest)) = block.split_first_chunk::<HEAD>() {
            let entry = DirEntry::from_bytes(head);
            // A block of 64 KiB is longer than the field can say.
            let len = match entry.rec_len.get() {
                0 | u16::MAX if block.len() >= 1 << 16 => block.len(),
                len => usize::from(len),
            };
            if len < HEAD || len > block.len() {
                return Err(damaged("that does not end where the next could start"));
            }
            let name = rest.get(..usize::from(entry.name_len)).filter(|n| HEAD + n.len() <= len);
            if entry.inode.get() != 0 {
                let name = name.ok_or_else(|| damaged("that is shorter than its name"))?;
                if !matches!(name, b"." | b"..") {
                    if name.is_empty() || name.iter().any(|b| matches!(b, 0 | b'/')) {
                        return Err(damaged("whose name is none"));
                    }
                    let kind = if self.has_file_types() {
                        FileType::of_file_type(entry.file_type)
                    } else {
                        None
                    };
                    let inode = entry.inode.get();
                    entries.push(DirectoryEntry { name: name.to_vec(), inode, kind });
                }
            }
            block = &block[len..];
        }
        Ok(())
    }
}

impl FileType {
    /// The kind that `file_type` of a directory's entry stands for.
    pub(crate) fn of_file_type(file_type: u8) -> Option<Self> {
        Some(match file_type {
            FT_REG_FILE => Self::File,
            FT_DIR => Self::Directory,
            FT_SYMLINK => Self::Symlink,
            FT_CHRDEV => Self::CharacterDevice,
            FT_BLKDEV => Self::BlockDevice,
            FT_FIFO => Self::Fifo,
            FT_SOCK => Self::Socket,
            _ => return None,
        })
    }
}
