//! Disks on which core.img's place is looked for, without any of GRUB's files.
#![allow(clippy::unwrap_used)] // a test that cannot go on panics
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // common reads GRUB's files

mod common;

use common::handmade;
use grub_image::{
    CoreImage, EmbeddingArea, Error, ImageOptions, Payload, Platform, PlatformFiles, Redundancy,
    bios_setup,
};
use testbench::partition_tables::{BIOS_BOOT, Gpt, SECTORS, boot_record, mark, mbr};

fn files() -> PlatformFiles {
    handmade(Platform::I386Pc)
}

fn find(disk: &[u8]) -> Result<EmbeddingArea, Error> {
    EmbeddingArea::find(|lba| {
        disk.chunks_exact(512).nth(usize::try_from(lba).ok()?)?.try_into().ok()
    })
}

#[test]
fn a_circle_of_logical_partitions_ends() {
    let mut disk = mbr(&[(0, 0x05, 2048)]);
    boot_record(&mut disk, 2048, &[(0, 0x83, 8), (1, 0x05, 100)]);
    boot_record(&mut disk, 2148, &[(0, 0x83, 8), (1, 0x05, 0)]);
    assert!(matches!(find(&disk), Err(Error::PartitionChain { .. })));
    // Two links in each record: the chain branches, and still ends.
    boot_record(&mut disk, 2048, &[(0, 0x05, 0), (1, 0x05, 0)]);
    assert!(matches!(find(&disk), Err(Error::PartitionChain { .. })));
}

#[test]
fn numbers_that_cannot_be() {
    let partition = |first, last| find(&Gpt::new(&[(BIOS_BOOT, first, last)]).disk());
    assert_eq!(partition(34, 2047).unwrap().sectors(), 2014);
    for (first, last) in [(0, 2047), (2048, 2047), (u64::MAX, u64::MAX)] {
        let e = partition(first, last).unwrap_err();
        assert_eq!(e, Error::BadBiosBootPartition { first, last });
    }
    let gpt = Gpt::new(&[(BIOS_BOOT, 34, 2047)]).disk();
    let edited = |offset: usize, bytes: &[u8]| {
        let mut disk = gpt.clone();
        disk[512 + offset..512 + offset + bytes.len()].copy_from_slice(bytes);
        find(&disk).unwrap_err()
    };
    for (count, size) in [(u32::MAX, 128), (128, 0), (128, 127), (128, u32::MAX), (128, 132)] {
        let bytes = [count.to_le_bytes(), size.to_le_bytes()].concat();
        assert_eq!(edited(0x50, &bytes), Error::BadGptEntries { count, size });
    }
    let lba = u64::MAX;
    assert_eq!(edited(0x48, &lba.to_le_bytes()), Error::UnreadableSector { lba });
    assert_eq!(find(&[]), Err(Error::UnreadableSector { lba: 0 }));
    let last = mbr(&[(0, 0x05, SECTORS as u32)]);
    assert_eq!(find(&last), Err(Error::UnreadableSector { lba: SECTORS as u64 }));
}

#[test]
fn no_flipped_byte_panics() {
    let mut logical = mbr(&[(0, 0x83, 4000), (1, 0x05, 20)]);
    boot_record(&mut logical, 20, &[(0, 0x83, 8), (1, 0x05, 10)]);
    boot_record(&mut logical, 30, &[(0, 0x83, 8)]);
    for disk in [logical, Gpt::new(&[(BIOS_BOOT, 34, 2047)]).disk()] {
        find(&disk).unwrap();
        let mut refused = 0;
        for at in (446..1024 + 64).chain(20 * 512 + 446..21 * 512) {
            let mut bad = disk.clone();
            bad[at] ^= 0xff;
            refused += usize::from(find(&bad).is_err());
        }
        assert!(refused > 0);
    }
}

#[test]
fn parts_are_cut_where_a_run_ends() {
    let modules = &["a"];
    let options = ImageOptions { modules, prefix: "/boot/grub", ..ImageOptions::default() };
    let payload = Payload::i386_pc(&files(), &options).unwrap();
    let core = CoreImage::assemble(&files(), &payload, vec![7; 1000]).unwrap();
    let mut disk = mbr(&[(0, 0x83, 2048)]);
    for taken in [1, 3, 5] {
        mark(&mut disk, taken, b"ycgl");
    }
    let area = find(&disk).unwrap();
    let sector0 = disk[..512].try_into().unwrap();
    let installed =
        bios_setup::install(&files(), &core, &sector0, &area, Redundancy::None).unwrap();
    assert_eq!((installed.first_sector(), installed.sectors()), (2, 4));
    assert_eq!(installed.runs(), [2..3, 4..5, 6..8]);
    assert_eq!(
        installed.lay_out(0x1200).unwrap().to_string(),
        "000000000000           440  bytes  boot.img\n\
         0000000001b8           584  -\n\
         000000000400           512  bytes  core.img/diskboot.img\n\
         000000000600           512  -\n\
         000000000800            60  bytes  core.img/lzma_decompress.img\n\
         00000000083c           452  bytes  core.img/payload (LZMA: kernel + 2 modules)\n\
         000000000a00           512  -\n\
         000000000c00           548  bytes  core.img/payload (LZMA: kernel + 2 modules)\n\
         000000000e24           476  zero   core.img/padding to the sector\n\
         000000001000           512  -\n"
    );
    // A core image read back from its file is the same but for what it knows of itself.
    let read = CoreImage::parse(&core.to_vec()).unwrap();
    assert_eq!((read.to_vec(), read.payload_len()), (core.to_vec(), core.payload_len()));
    let boot_img = files().get("boot.img").unwrap().clone();
    let again =
        bios_setup::install_boot_img(&boot_img, &read, &sector0, &area, Redundancy::None).unwrap();
    assert_eq!(again.core_sectors(), installed.core_sectors());
}

#[test]
fn core_images_that_are_none() {
    let payload = Payload::i386_pc(&files(), &ImageOptions::default()).unwrap();
    let core = CoreImage::assemble(&files(), &payload, vec![7; 1000]).unwrap().to_vec();
    // Cut within its last sector, the code before the payload could as well be that much shorter.
    for len in 0..=1536 {
        assert!(CoreImage::parse(&core[..len]).is_err(), "{len} bytes");
    }
    let mut long = core.clone();
    long[512 + 8..512 + 12].copy_from_slice(&u32::MAX.to_le_bytes());
    let e = CoreImage::parse(&long).unwrap_err().to_string();
    assert!(e.contains("4294967295"), "{e}");
}
