//! The bytes, under the specification's own names: "Microsoft Extensible Firmware Initiative FAT32
//! File System Specification", version 1.03. Nothing in here is checked.

pub mod boot_sector;
pub mod dir_entry;
