//! A disk's partition tables: the input is the disk, sector by sector, or, by the first byte, a
//! short piece that repeats without end, so that every link leads somewhere.
#![no_main]

use fuzz::grub::handmade;
use fuzz::{Seeds, readable, tagged};
use grub_image::format::foreign_signature::FOREIGN_SIGNATURES;
use grub_image::{
    CoreImage, EmbeddingArea, ImageOptions, Payload, Platform, Redundancy, bios_setup,
};
use testbench::partition_tables::{BIOS_BOOT, DATA, Gpt, boot_record, mark, mbr};

fn seeds() -> Seeds {
    let mut logical = mbr(&[(0, 0x83, 90), (1, 0x05, 20)]);
    boot_record(&mut logical, 20, &[(0, 0x83, 8), (1, 0x05, 10)]);
    boot_record(&mut logical, 30, &[(0, 0x83, 8)]);
    let mut foreign = mbr(&[(0, 0x83, 40)]);
    for (at, signature) in FOREIGN_SIGNATURES.iter().enumerate() {
        mark(&mut foreign, at + 3, signature);
    }
    let mut all_foreign = mbr(&[(0, 0x83, u32::MAX)]);
    mark(&mut all_foreign, 0, b"ZISD");
    let mut seeds = vec![("all-foreign".to_owned(), tagged(1, &all_foreign[..512]))];
    let gpt = Gpt::new(&[(DATA, 60, 90), (BIOS_BOOT, 34, 59)]).disk();
    for (name, disk) in [("logical", logical), ("foreign", foreign), ("gpt", gpt)] {
        seeds.push((name.to_owned(), tagged(0, &disk[..64 * 512])));
        seeds.push((format!("{name}-again"), tagged(1, &disk[..64 * 512])));
        seeds.push((format!("{name}-records"), tagged(3, &disk[..4 * 512])));
    }
    seeds
}

fuzz::target!(seeds, |data| {
    let Some((mode, rest)) = data.split_first() else { return };
    let mut disk: Vec<[u8; 512]> =
        rest.chunks_exact(512).filter_map(|s| s.try_into().ok()).collect();
    if mode & 2 != 0 {
        // What is a boot record by its signature alone.
        disk.iter_mut().for_each(|s| s[510..].copy_from_slice(&[0x55, 0xaa]));
    }
    let Some(sector0) = disk.first().copied() else { return };
    let read = |lba: u64| {
        let lba = if mode & 1 != 0 { lba % disk.len() as u64 } else { lba };
        disk.get(usize::try_from(lba).ok()?).copied()
    };
    let area = match EmbeddingArea::find(read) {
        Ok(area) => area,
        Err(e) => return readable(&e),
    };
    assert!(area.first() >= 1 && area.sectors() <= area.end() - area.first());
    assert!(area.taken().all(|t| (area.first()..area.end()).contains(&t)));
    let files = handmade(Platform::I386Pc);
    let payload = Payload::i386_pc(&files, &ImageOptions::default()).expect("sound files");
    let core = CoreImage::assemble(&files, &payload, vec![7; 1000]).expect("sound files");
    for redundancy in [Redundancy::None, Redundancy::ReedSolomon] {
        let installed = bios_setup::install(&files, &core, &sector0, &area, redundancy);
        let installed = match installed {
            Ok(installed) => installed,
            Err(e) => {
                readable(&e);
                continue;
            }
        };
        for run in installed.runs() {
            assert!(run.start >= area.first() && run.end <= area.end());
            assert!(area.taken().all(|t| !run.contains(&t)));
        }
        assert_eq!(installed.boot_sector[440..], sector0[440..], "the partition table stays");
        let _ = installed.lay_out(1 << 30);
    }
});
