//! Every byte of a small one, by name.

use crate::common::{directory, file, options, source};
use fs_fat::{FatType, lay_out};
use image_layout::SectorSize;

#[test]
fn an_esp() {
    let mut tree = directory();
    tree.insert(b"EFI/BOOT/BOOTX64.EFI", file(source(1, 700_001))).unwrap();
    tree.insert(b"EFI/BOOT/grub.cfg", file(b"set timeout=5\n".to_vec())).unwrap();
    let fat16 = lay_out(&tree, 8 << 20, &options(FatType::Fat16, SectorSize::Bytes512)).unwrap();
    let fat32 = lay_out(&tree, 300 << 20, &options(FatType::Fat32, SectorSize::Bytes4096)).unwrap();
    insta::assert_snapshot!(format!(
        "FAT16, sectors of 512 bytes\n{fat16}\nFAT32, sectors of 4096 bytes\n{fat32}"
    ));
}
