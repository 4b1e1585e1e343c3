//! Extended attributes, in an inode behind its fields and in a block of their own.

use ondisk::{Le16, Le32, ondisk};

ondisk! {
    /// `ext4_xattr_ibody_header`: opens the attributes in an inode.
    /// <https://docs.kernel.org/filesystems/ext4/attributes.html>
    pub struct XattrIbodyHeader [4] {
        0x00  h_magic       : Le32      = "0xEA020000.";
    }

    /// `ext4_xattr_header`: opens a block of attributes.
    /// <https://docs.kernel.org/filesystems/ext4/attributes.html>
    pub struct XattrHeader [32] {
        0x00  h_magic       : Le32      = "0xEA020000.";
        0x04  h_refcount    : Le32      = "Inodes that share this block.";
        0x08  h_blocks      : Le32      = "Blocks used: 1.";
        0x0C  h_hash        : Le32      = "Hash of all entries' hashes.";
        0x10  h_checksum    : Le32      = "Checksum (metadata_csum).";
        0x14  h_reserved    : [u8; 12]  = "Zero.";
    }

    /// `ext4_xattr_entry` up to the name.
    /// <https://docs.kernel.org/filesystems/ext4/attributes.html>
    pub struct XattrEntry [16] {
        0x00  e_name_len    : u8        = "Length of the name, without what e_name_index stands for.";
        0x01  e_name_index  : u8        = "The name's prefix.";
        0x02  e_value_offs  : Le16      = "Place of the value: from the first entry in an inode, from the header in a block.";
        0x04  e_value_inum  : Le32      = "Inode that holds the value (ea_inode); 0: the value is here.";
        0x08  e_value_size  : Le32      = "Length of the value.";
        0x0C  e_hash        : Le32      = "Hash of name and value.";
    }
}

/// `h_magic`.
pub const MAGIC: u32 = 0xEA02_0000;
/// Most inodes that Linux lets share a block.
pub const REFCOUNT_MAX: u32 = 1024;
/// Names and values are padded to a multiple of this.
pub const PAD: usize = 4;

/// `e_name_index` and the prefix that it stands for.
pub const NAME_INDEX: [(u8, &[u8]); 5] = [
    (1, b"user."),
    (2, b"system.posix_acl_access"),
    (3, b"system.posix_acl_default"),
    (4, b"trusted."),
    (6, b"security."),
];

/// Version of an ACL as it lies on the disk.
pub const ACL_VERSION: u32 = 1;

/// `e_hash` of an entry: the name's bytes, then the value's words.
pub fn entry_hash(name: &[u8], value: &[u8]) -> u32 {
    value_hash(name.iter().fold(0, |h: u32, b| h.rotate_left(5) ^ u32::from(*b)), value)
}

/// `e_hash` as it was before Linux 6.2 on machines whose characters are signed.
pub fn signed_entry_hash(name: &[u8], value: &[u8]) -> u32 {
    // OK to cast: sign extension is what is wanted.
    value_hash(name.iter().fold(0, |h: u32, b| h.rotate_left(5) ^ *b as i8 as u32), value)
}

fn value_hash(name: u32, value: &[u8]) -> u32 {
    value.chunks(PAD).fold(name, |h, chunk| {
        let mut word = [0; PAD];
        word[..chunk.len()].copy_from_slice(chunk);
        h.rotate_left(16) ^ u32::from_le_bytes(word)
    })
}

/// `h_hash` of a block with these entries; 0 stands for "not to be shared".
pub fn block_hash(entries: impl IntoIterator<Item = u32>) -> u32 {
    let mut hash = 0u32;
    for entry in entries {
        if entry == 0 {
            return 0;
        }
        hash = hash.rotate_left(16) ^ entry;
    }
    hash
}
