//! What is claimed of a disk, to the byte.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod common;

use common::handmade;
use grub_image::{
    CoreImage, EmbeddingArea, Error, ImageOptions, Installed, Payload, Platform, PlatformFiles,
    Redundancy, bios_setup,
};

fn files() -> PlatformFiles {
    handmade(Platform::I386Pc)
}

/// A core image of 512 + 60 + 1000 bytes, installed beside a partition at sector `start`.
fn install(start: u64, redundancy: Redundancy) -> Result<Installed, Error> {
    let modules = &["a"];
    let options = ImageOptions { modules, prefix: "/boot/grub", ..ImageOptions::default() };
    let payload = Payload::i386_pc(&files(), &options)?;
    let core = CoreImage::assemble(&files(), &payload, vec![7; 1000])?;
    assert_eq!((core.len(), core.sectors()), (1572, 4));
    let mut sector0 = [0xee; 512];
    sector0[446..510].fill(0);
    sector0[446 + 4] = 0x83;
    sector0[446 + 8..446 + 10].copy_from_slice(&2048u16.to_le_bytes());
    sector0[510..].copy_from_slice(&[0x55, 0xaa]);
    let gap = EmbeddingArea::mbr_gap([start])?;
    bios_setup::install(&files(), &core, &sector0, &gap, redundancy)
}

#[test]
fn without_parity() {
    let installed = install(2048, Redundancy::None).unwrap();
    assert_eq!(
        installed.lay_out(0x2000).unwrap().to_string(),
        "000000000000           440  bytes  boot.img\n\
         0000000001b8            72  -\n\
         000000000200           512  bytes  core.img/diskboot.img\n\
         000000000400            60  bytes  core.img/lzma_decompress.img\n\
         00000000043c          1000  bytes  core.img/payload (LZMA: kernel + 2 modules)\n\
         000000000824           476  zero   core.img/padding to the sector\n\
         000000000a00          5632  -\n"
    );
    // The parameter block of the disk is kept, and so is what the partition table's owner has.
    let boot = installed.boot_sector;
    assert_eq!((boot[2], boot[3], boot[0x59], boot[0x5a]), (0xb0, 0xee, 0xee, 0));
    assert_eq!((boot[0x1b7], boot[0x1b8], boot[446 + 4]), (0xb0, 0xee, 0x83));
}

#[test]
fn with_parity_for_as_much_as_there_is() {
    let installed = install(2048, Redundancy::ReedSolomon).unwrap();
    let layout = installed.lay_out(0x2000).unwrap().to_string();
    assert!(layout.contains("000000000824          2524  bytes  core.img/Reed-Solomon parity\n"));
    assert!(!layout.contains("padding"));
    let tight = install(5, Redundancy::ReedSolomon).unwrap();
    assert_eq!((tight.first_sector(), tight.sectors()), (1, 4));
}

#[test]
fn too_little_room() {
    let e = install(4, Redundancy::None).unwrap_err();
    assert_eq!(e, Error::GapTooSmall { needed: 4, available: 3, start: 5 });
    assert!(e.to_string().contains("sector 5 or later"), "{e}");
    // The caller's list of partitions and the table in sector 0 must agree.
    let e = install(2049, Redundancy::None).unwrap_err();
    assert_eq!(e, Error::AreaInPartition { first: 1, end: 2049, entry: 1, start: 2048 });
    let installed = install(2048, Redundancy::None).unwrap();
    assert!(installed.lay_out(0x9ff).is_err());
    assert!(installed.lay_out(0xa00).is_ok());
}
