//! ext2, ext3 and ext4 file systems, laid out in memory.
