//! Any bytes as a menu or an initrd: the first byte says as what, the rest becomes the only file of a
//! minimal image.
#![no_main]

use iso_probe::{Limits, probe_within};
use std::io::Cursor;

const SECTOR: usize = 2048;
const NAMES: [&str; 5] =
    ["GRUB.CFG", "ISOLINUX.CFG", "INITRD.IMG", "KERNELS.CFG", "VMLINUZ"];

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((kind, content)) = data.split_first() else { return };
    let image = image(NAMES[usize::from(*kind) % NAMES.len()], content);
    let limits = Limits { unpacked_bytes: 1 << 20, ..Limits::default() };
    let _ = probe_within(Cursor::new(&image), image.len() as u64, &limits);
});

/// An image with one file in its root.
fn image(name: &str, content: &[u8]) -> Vec<u8> {
    let sectors = 21 + content.len().div_ceil(SECTOR) as u32;
    let mut image = vec![0; sectors as usize * SECTOR];
    let root = record(&[0], 20, SECTOR as u32, 2);
    let pvd = &mut image[16 * SECTOR..17 * SECTOR];
    pvd[..7].copy_from_slice(b"\x01CD001\x01");
    pvd[8..72].fill(b' ');
    pvd[80..88].copy_from_slice(&both32(sectors));
    pvd[120..124].copy_from_slice(&both16(1));
    pvd[124..128].copy_from_slice(&both16(1));
    pvd[128..132].copy_from_slice(&both16(SECTOR as u16));
    pvd[132..140].copy_from_slice(&both32(10));
    pvd[140..144].copy_from_slice(&18_u32.to_le_bytes());
    pvd[148..152].copy_from_slice(&19_u32.to_be_bytes());
    pvd[156..156 + root.len()].copy_from_slice(&root);
    pvd[881] = 1;
    image[17 * SECTOR..17 * SECTOR + 7].copy_from_slice(b"\xffCD001\x01");
    image[18 * SECTOR..18 * SECTOR + 10].copy_from_slice(&[1, 0, 20, 0, 0, 0, 1, 0, 0, 0]);
    image[19 * SECTOR..19 * SECTOR + 10].copy_from_slice(&[1, 0, 0, 0, 0, 20, 0, 1, 0, 0]);
    let file = record(format!("{name};1").as_bytes(), 21, content.len() as u32, 0);
    let mut at = 20 * SECTOR;
    for record in [root, record(&[1], 20, SECTOR as u32, 2), file] {
        image[at..at + record.len()].copy_from_slice(&record);
        at += record.len();
    }
    image[21 * SECTOR..21 * SECTOR + content.len()].copy_from_slice(content);
    image
}

fn record(name: &[u8], extent: u32, size: u32, flags: u8) -> Vec<u8> {
    let mut r = vec![0, 0];
    r.extend(both32(extent));
    r.extend(both32(size));
    r.extend([126, 1, 2, 3, 4, 5, 0, flags, 0, 0]);
    r.extend(both16(1));
    r.push(name.len() as u8);
    r.extend(name);
    r.resize(r.len().next_multiple_of(2), 0);
    r[0] = r.len() as u8;
    r
}

fn both16(n: u16) -> [u8; 4] {
    let (l, b) = (n.to_le_bytes(), n.to_be_bytes());
    [l[0], l[1], b[0], b[1]]
}

fn both32(n: u32) -> [u8; 8] {
    let (l, b) = (n.to_le_bytes(), n.to_be_bytes());
    [l[0], l[1], l[2], l[3], b[0], b[1], b[2], b[3]]
}
