//! A core.img made elsewhere, or, by the first byte, one with the lengths it must have, or the
//! files that one is put together from. What is taken can be installed.
#![no_main]

use fuzz::grub::{handmade, handmade_files, real, real_directories, with};
use fuzz::{Seeds, readable, tagged};
use grub_image::{
    CoreImage, EmbeddingArea, ImageOptions, Payload, Platform, Redundancy, bios_setup,
};

fn parse(bytes: &[u8]) -> Option<CoreImage> {
    match CoreImage::parse(bytes) {
        Ok(core) => {
            assert_eq!(core.to_vec(), bytes);
            Some(core)
        }
        Err(e) => {
            readable(&e);
            None
        }
    }
}

/// The sectors in its first sector's list, and where they load, set right.
fn with_lengths(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let sectors = bytes.len().saturating_sub(512).div_ceil(512) as u16;
    if let Some(entry) = bytes.get_mut(508..512) {
        entry.copy_from_slice(&[sectors.to_le_bytes(), 0x820u16.to_le_bytes()].concat());
    }
    bytes
}

fn seeds() -> Seeds {
    const PARTS: [&str; 3] = ["boot.img", "diskboot.img", "lzma_decompress.img"];
    let handmade_parts = handmade_files(Platform::I386Pc);
    let mut seeds =
        vec![("parts".to_owned(), tagged(2, &PARTS.map(|n| &handmade_parts[n][..]).concat()))];
    let files = handmade(Platform::I386Pc);
    let payload = Payload::i386_pc(&files, &ImageOptions::default()).expect("sound files");
    for len in [100, 1000, 5000] {
        let core = CoreImage::assemble(&files, &payload, vec![7; len]).expect("sound files");
        seeds.push((format!("whole{len}"), tagged(0, &core.to_vec())));
        seeds.push((format!("lengths{len}"), tagged(1, &core.to_vec())));
    }
    for (name, platform, dir) in real_directories() {
        if platform == Platform::I386Pc {
            seeds.push((name, tagged(2, &PARTS.map(|n| real(&dir, n)).concat())));
        }
    }
    seeds
}

fuzz::target!(seeds, |data| {
    let Some((mode, rest)) = data.split_first() else { return };
    let files = handmade(Platform::I386Pc);
    let boot = files.get("boot.img").expect("it is handmade");
    let (boot_img, core) = match mode % 3 {
        0 => (&boot[..], parse(rest)),
        1 => (&boot[..], parse(&with_lengths(rest))),
        _ => {
            let (boot_img, rest) = rest.split_at(rest.len().min(512));
            let (diskboot, decompressor) = rest.split_at(rest.len().min(512));
            let parts = [("diskboot.img", diskboot), ("lzma_decompress.img", decompressor)];
            let files = with(&files, &parts);
            let options = ImageOptions::default();
            let payload = Payload::i386_pc(&files, &options).expect("kernel and list are sound");
            let core = CoreImage::assemble(&files, &payload, vec![7; 1000]);
            (boot_img, core.inspect_err(readable).ok())
        }
    };
    let Some(core) = core else { return };
    let mut sector0 = [0; 512];
    sector0[510..].copy_from_slice(&[0x55, 0xaa]);
    let gap = EmbeddingArea::mbr_gap([2048]).expect("a gap");
    for redundancy in [Redundancy::None, Redundancy::ReedSolomon] {
        match bios_setup::install_boot_img(boot_img, &core, &sector0, &gap, redundancy) {
            Ok(installed) => {
                assert_eq!(installed.core_sectors().len() as u64, installed.sectors() * 512);
                installed.lay_out(1 << 20).expect("room for it");
            }
            Err(e) => readable(&e),
        }
    }
});
