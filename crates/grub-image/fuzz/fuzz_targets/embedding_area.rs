//! A disk's partition tables: the input is the disk, sector by sector, or, by the first byte, a
//! short piece that repeats without end, so that every link leads somewhere.
#![no_main]

use fuzz::{handmade, readable};
use grub_image::{
    CoreImage, EmbeddingArea, ImageOptions, Payload, Platform, Redundancy, bios_setup,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
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
