//! Inodes, read and checked.

use super::error::Error;
use super::superblock::Ext;
use crate::format;
use crate::format::inode::{
    EXTENTS_FL, GOOD_OLD_SIZE, S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFREG, S_IFSOCK,
};
use crate::special;
use core::fmt;
use file_tree::SpecialKind;
use image_layout::ReadAt;

/// `i_flags`: the contents lie in the inode.
const INLINE_DATA_FL: u32 = 0x1000_0000;
/// `i_flags`: the contents are encrypted.
const ENCRYPT_FL: u32 = 0x800;
/// `i_mode`: the type.
const S_IFMT: u16 = 0xF000;
/// Longest target of a symbolic link that Linux knows.
const PATH_MAX: u64 = 4096;

/// The type of a file: what an inode is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum FileType {
    File,
    Directory,
    Symlink,
    CharacterDevice,
    BlockDevice,
    Fifo,
    Socket,
}

impl FileType {
    /// The letter that `ls -l` has for it.
    pub fn letter(self) -> char {
        match self {
            Self::File => '-',
            Self::Directory => 'd',
            Self::Symlink => 'l',
            Self::CharacterDevice => 'c',
            Self::BlockDevice => 'b',
            Self::Fifo => 'p',
            Self::Socket => 's',
        }
    }

    /// The kind that the type bits of `i_mode` stand for.
    pub(crate) fn of_mode(mode: u16) -> Option<Self> {
        Some(match mode & S_IFMT {
            S_IFREG => Self::File,
            S_IFDIR => Self::Directory,
            S_IFLNK => Self::Symlink,
            S_IFCHR => Self::CharacterDevice,
            S_IFBLK => Self::BlockDevice,
            S_IFIFO => Self::Fifo,
            S_IFSOCK => Self::Socket,
            _ => return None,
        })
    }
}

impl fmt::Display for FileType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "a file",
            Self::Directory => "a directory",
            Self::Symlink => "a symbolic link",
            Self::CharacterDevice => "a character device",
            Self::BlockDevice => "a block device",
            Self::Fifo => "a FIFO",
            Self::Socket => "a socket",
        })
    }
}

/// An inode that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inode {
    /// Its number.
    pub number: u32,
    /// The kind of file that it is.
    pub kind: FileType,
    /// Length of the contents in bytes.
    pub len: u64,
    /// Its fields as they lie on the disk.
    pub raw: format::Inode,
    /// All bytes of it: behind the fields there may be attributes.
    pub(crate) bytes: Vec<u8>,
}

/// The fields at the start of an inode of 128 bytes or more.
pub(crate) fn fields(bytes: &[u8]) -> format::Inode {
    let mut fields = [0; 160];
    // What an inode of 128 bytes lacks is zero.
    let own = if bytes.len() >= 160 { 160 } else { GOOD_OLD_SIZE };
    fields[..own].copy_from_slice(&bytes[..own]);
    format::Inode::from_bytes(&fields)
}

impl Inode {
    /// Takes the fields from the bytes of an inode, which are 128 at least.
    pub(crate) fn parse(number: u32, bytes: Vec<u8>) -> Result<Self, Error> {
        let raw = fields(&bytes);
        let mode = raw.i_mode.get();
        let kind = FileType::of_mode(mode)
            .ok_or_else(|| Error::damaged(format!("inode {number} is of no kind ({mode:#06o})")))?;
        let high = match kind {
            FileType::File | FileType::Directory => u64::from(raw.i_size_high.get()) << 32,
            _ => 0,
        };
        let len = u64::from(raw.i_size_lo.get()) | high;
        Ok(Self { number, kind, len, raw, bytes })
    }

    /// Permissions.
    pub fn permissions(&self) -> u16 {
        self.raw.i_mode.get() & !S_IFMT
    }

    /// Owner.
    pub fn uid(&self) -> u32 {
        u32::from(self.raw.i_uid.get()) | u32::from(self.raw.l_i_uid_high.get()) << 16
    }

    /// Group.
    pub fn gid(&self) -> u32 {
        u32::from(self.raw.i_gid.get()) | u32::from(self.raw.l_i_gid_high.get()) << 16
    }

    /// Last modification: seconds since 1970, and nanoseconds.
    pub fn modified(&self) -> (i64, u32) {
        // OK to cast: the field is signed.
        let seconds = i64::from(self.raw.i_mtime.get() as i32);
        // The field lies 12 bytes behind the first 128.
        if self.raw.i_extra_isize.get() < 12 {
            return (seconds, 0);
        }
        let extra = self.raw.i_mtime_extra.get();
        (seconds + (i64::from(extra & 3) << 32), (extra >> 2).min(999_999_999))
    }

    /// The kind of a device, FIFO or socket, with the number of a device; `None` for any other file, and
    /// for a number that no device has.
    pub fn special(&self) -> Option<SpecialKind> {
        let number = || {
            let [old, new, ..] = &self.raw.i_block;
            special::decode(old.get(), new.get())
        };
        match self.kind {
            FileType::BlockDevice => number().map(SpecialKind::Block),
            FileType::CharacterDevice => number().map(SpecialKind::Character),
            FileType::Fifo => Some(SpecialKind::Fifo),
            FileType::Socket => Some(SpecialKind::Socket),
            FileType::File | FileType::Directory | FileType::Symlink => None,
        }
    }

    /// Whether its contents are encrypted, so that they cannot be read here.
    pub fn is_encrypted(&self) -> bool {
        self.raw.i_flags.get() & ENCRYPT_FL != 0
    }

    pub(crate) fn has_extents(&self) -> bool {
        self.raw.i_flags.get() & EXTENTS_FL != 0
    }

    pub(super) fn is_inline(&self) -> bool {
        self.raw.i_flags.get() & INLINE_DATA_FL != 0
    }

    /// The bytes of `i_block`.
    pub(crate) fn map(&self) -> [u8; 60] {
        let mut map = [0; 60];
        for (word, to) in self.raw.i_block.iter().zip(map.chunks_exact_mut(4)) {
            to.copy_from_slice(&word.get().to_le_bytes());
        }
        map
    }

    /// The block of extended attributes; 0: none.
    pub(crate) fn attribute_block(&self) -> u64 {
        let high = u64::from(self.raw.l_i_file_acl_high.get()) << 32;
        u64::from(self.raw.i_file_acl_lo.get()) | high
    }
}

impl Ext<'_> {
    /// The inode `number`.
    ///
    /// # Errors
    /// If there is none of that number, or it is of no kind.
    pub fn inode(&self, number: u32) -> Result<Inode, Error> {
        Inode::parse(number, self.inode_bytes(number)?)
    }

    /// The bytes of inode `number` as they lie on the disk, of whatever kind it is.
    ///
    /// # Errors
    /// If there is none of that number.
    pub fn inode_bytes(&self, number: u32) -> Result<Vec<u8>, Error> {
        let index =
            number.checked_sub(1).filter(|_| number <= self.superblock.s_inodes_count.get());
        let index = index.ok_or_else(|| Error::damaged(format!("there is no inode {number}")))?;
        let each = self.superblock.s_inodes_per_group.get();
        let group = self.group(u64::from(index / each))?;
        let group = group.ok_or_else(|| Error::damaged(format!("no group has inode {number}")))?;
        let at = group.inode_table.saturating_mul(self.block_size);
        let at = at.saturating_add(u64::from(index % each) * self.inode_size as u64);
        let cut_off = Error::reading(|| format!("inode {number}"));
        self.source.read_vec(at, self.inode_size).map_err(cut_off)
    }

    /// The target of a symbolic link.
    ///
    /// # Errors
    /// If the inode is no link, or its target cannot be read.
    pub fn target(&self, inode: &Inode) -> Result<Vec<u8>, Error> {
        if inode.kind != FileType::Symlink {
            return Err(Error::damaged(format!("inode {} is no symbolic link", inode.number)));
        }
        if inode.len > PATH_MAX {
            return Err(Error::damaged(format!("link {} has {} bytes", inode.number, inode.len)));
        }
        let len = inode.len as usize; // OK to cast: checked
        // Linux decides by the blocks that are held; a target of blocks is longer than 59 bytes.
        if len < 60 && !inode.has_extents() && !inode.is_inline() {
            return Ok(inode.map()[..len].to_vec());
        }
        self.contents(inode, PATH_MAX)
    }

    /// All bytes of a short file, or of a directory.
    ///
    /// # Errors
    /// If it is longer than `most`, or cannot be read.
    pub fn contents(&self, inode: &Inode, most: u64) -> Result<Vec<u8>, Error> {
        if inode.len > most {
            let what =
                format!("inode {} has {} bytes, at most {most} can be", inode.number, inode.len);
            return Err(Error::Damaged { what });
        }
        if inode.is_inline() {
            return self.inline_data(inode);
        }
        let mut bytes = vec![0; usize::try_from(inode.len).unwrap_or(usize::MAX)];
        for extent in self.extents(inode)? {
            let Some(place) = extent.place else { continue };
            // OK to cast: within `bytes`.
            let part = &mut bytes[extent.offset as usize..extent.end() as usize];
            let cut_off = Error::reading(|| format!("contents of inode {}", inode.number));
            self.source.read_exact_at(place, part).map_err(cut_off)?;
        }
        Ok(bytes)
    }

    /// The contents, if they lie in the inode itself (`inline_data`).
    ///
    /// # Errors
    /// If they are longer than an inode can hold.
    pub fn inline_data(&self, inode: &Inode) -> Result<Vec<u8>, Error> {
        let mut bytes = inode.map().to_vec();
        bytes.extend(self.inline_rest(inode)?);
        let len = usize::try_from(inode.len).unwrap_or(usize::MAX);
        if len > bytes.len() {
            return Err(Error::damaged(format!("inode {} cannot hold {len} bytes", inode.number)));
        }
        bytes.truncate(len);
        Ok(bytes)
    }

    /// The contents of a file that lie in the inode itself; `None` if they have blocks.
    ///
    /// # Errors
    /// As [`inline_data`](Self::inline_data).
    pub fn inline(&self, inode: &Inode) -> Result<Option<Vec<u8>>, Error> {
        inode.is_inline().then(|| self.inline_data(inode)).transpose()
    }
}
