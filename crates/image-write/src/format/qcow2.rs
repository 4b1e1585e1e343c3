//! qcow2, version 3: <https://www.qemu.org/docs/master/interop/qcow2.html>

use ondisk::{Be32, Be64};

/// `magic`: "QFI" and 0xfb.
pub const MAGIC: u32 = 0x5146_49FB;
/// `cluster_bits`: clusters of 64 KiB, what `qemu-img` makes.
pub const CLUSTER_BITS: u32 = 16;
/// `refcount_order`: counts of 16 bits.
pub const REFCOUNT_ORDER: u32 = 4;
/// Bit 63 of an L1 or L2 entry: "refcount is exactly one".
pub const COPIED: u64 = 1 << 63;

ondisk::ondisk! {
    /// The header. Bytes behind it that are zero are the end of the header extensions.
    pub struct Header [104] {
        0x00  magic                    : Be32  = "QFI and 0xfb.";
        0x04  version                  : Be32  = "3.";
        0x08  backing_file_offset      : Be64  = "0: no backing file.";
        0x10  backing_file_size        : Be32  = "Length of its name.";
        0x14  cluster_bits             : Be32  = "Binary logarithm of the size of a cluster.";
        0x18  size                     : Be64  = "Virtual disk size in bytes.";
        0x20  crypt_method             : Be32  = "0: no encryption.";
        0x24  l1_size                  : Be32  = "Number of entries in the active L1 table.";
        0x28  l1_table_offset          : Be64  = "Where the L1 table starts, in bytes.";
        0x30  refcount_table_offset    : Be64  = "Where the refcount table starts, in bytes.";
        0x38  refcount_table_clusters  : Be32  = "Number of clusters of the refcount table.";
        0x3C  nb_snapshots             : Be32  = "Number of snapshots.";
        0x40  snapshots_offset         : Be64  = "Where their table starts.";
        0x48  incompatible_features    : Be64  = "Bits that a reader must know.";
        0x50  compatible_features      : Be64  = "Bits that it may ignore.";
        0x58  autoclear_features       : Be64  = "Bits that a writer who does not know them clears.";
        0x60  refcount_order           : Be32  = "Binary logarithm of a count's width in bits.";
        0x64  header_length            : Be32  = "104.";
    }
}
