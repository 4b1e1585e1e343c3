//! Kernels and initrds that cannot be what they are taken for; sound ones raise no suspicion.
#![allow(clippy::disallowed_methods)] // tests write files and run programs
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use iso_probe::IsoImage;
use std::io::Cursor;
use testbench::raw_iso::{Iso, cpio};

/// What is said against a file of an image that has it as its kernel or its initrd.
fn said(path: &str, bytes: &[u8]) -> Option<String> {
    let menu = "menuentry x {\n linux /vmlinuz\n initrd /initrd\n}\n";
    said_with(menu, path, bytes)
}

/// What is said against a file of an image with this menu.
fn said_with(menu: &str, path: &str, bytes: &[u8]) -> Option<String> {
    let mut iso = Iso::new("X", &[]);
    iso.rock_ridge = true;
    iso.files.insert("boot/grub/grub.cfg".into(), menu.into());
    iso.files.insert("vmlinuz".into(), kernel());
    iso.files.insert("initrd".into(), cpio(&[("init", &[7; 5000])]));
    iso.files.insert(path.into(), bytes.to_vec());
    let image = iso.build();
    let facts = IsoImage::open(Cursor::new(&image), image.len() as u64).unwrap().into_facts();
    let mut suspects = facts.suspects;
    let why = suspects.remove(&format!("/{path}"));
    assert!(suspects.is_empty(), "the other file is sound: {suspects:?}");
    why
}

/// A kernel for the PC, as far as its header says: four sectors of setup and 4096 bytes.
fn kernel() -> Vec<u8> {
    let mut kernel = vec![0x90; 5 * 512 + 4096];
    kernel[0x1f1] = 4;
    kernel[0x1f4..0x1f8].copy_from_slice(&256_u32.to_le_bytes());
    kernel[0x1fe..0x200].copy_from_slice(&[0x55, 0xaa]);
    kernel[0x202..0x208].copy_from_slice(b"HdrS\x0f\x02");
    kernel
}

#[test]
fn files_that_are_neither_kernel_nor_initrd() {
    for path in ["vmlinuz", "initrd"] {
        for (bytes, why) in [
            (&b""[..], "it is empty"),
            (&[0; 600], "it starts with zeros, as a download does that was not finished"),
            (&[b'<'; 600], "it is a text"),
            (
                b"\x37\xe4\x53\x96\xc9\xdb\xd6\x07....",
                "it is compressed with zisofs, which GRUB does not unpack",
            ),
        ] {
            assert_eq!(said(path, bytes).as_deref(), Some(why), "{path}");
        }
    }
}

/// Noise, an archive of another kind, a program of another kind.
#[test]
fn files_of_other_kinds() {
    let noise: Vec<u8> =
        (0..4096_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8 | 1).collect();
    let zip = [b"PK\x03\x04".as_slice(), &noise].concat();
    for bytes in [&noise, &zip] {
        assert_eq!(said("vmlinuz", bytes).as_deref(), Some("it has no header of a kernel"));
        let why = "it is neither a cpio archive, nor compressed, nor a file system";
        assert_eq!(said("initrd", bytes).as_deref(), Some(why));
    }
    // A kernel that GRUB unpacks, one from before there were headers, and the initrds of that time.
    let mut sector = noise.clone();
    sector[0x1fe..0x200].copy_from_slice(&[0x55, 0xaa]);
    assert_eq!(said("vmlinuz", &[b"\x1f\x8b\x08\0\0\0".as_slice(), &noise].concat()), None);
    assert_eq!(said("vmlinuz", &sector), None);
    let mut ext = noise;
    ext[0x438..0x43a].copy_from_slice(&[0x53, 0xef]);
    assert_eq!(said("initrd", &ext), None);
    assert_eq!(said("initrd", &[b"-rom1fs-".as_slice(), &ext[..600]].concat()), None);
}

/// A small file of zeros keeps a place behind another initrd; the only initrd it cannot be.
#[test]
fn zeros_that_keep_a_place() {
    let menu = "menuentry x {\n linux /vmlinuz\n initrd /initrd /place\n}\n";
    assert_eq!(said_with(menu, "place", &vec![0; 256 << 10]), None);
    let mut half = vec![0; 256 << 10];
    half[200_000] = 1;
    for not_zeros in [&half[..], &vec![0; (1 << 20) + 1], b""] {
        assert!(said_with(menu, "place", not_zeros).is_some(), "{}", not_zeros.len());
    }
    assert!(said("initrd", &vec![0; 256 << 10]).is_some());
}

#[test]
fn kernels_are_as_long_as_their_headers_say() {
    let whole = kernel();
    let len = whole.len();
    assert_eq!(said("vmlinuz", &whole), None);
    // The last unit of 16 bytes need not be full.
    assert_eq!(said("vmlinuz", &whole[..len - 16]), None);
    let why = format!("it has {} bytes, and {len} by its header: cut short", len - 17);
    assert_eq!(said("vmlinuz", &whole[..len - 17]), Some(why));
}

#[test]
fn initrds_that_end_in_the_middle() {
    let whole = cpio(&[("init", &[7; 5000]), ("b", b"b")]);
    assert_eq!(said("initrd", &whole), None);
    // The loader's padding, and a second archive behind it.
    let two = [&whole[..], &[0; 512], &whole].concat();
    assert_eq!(said("initrd", &two), None);
    for cut in [&whole[..200], &whole[..whole.len() - 40], &two[..two.len() - 40]] {
        let why = said("initrd", cut);
        assert_eq!(
            why.as_deref(),
            Some("it ends in the middle: it was cut short"),
            "{}",
            cut.len()
        );
    }
}

/// Compressed initrds that are cut off, which another program packs: small ones are unpacked, of
/// large ones the frames and the end are looked at.
#[test]
fn compressed_initrds_that_end_in_the_middle() {
    let mut noise = 1_u64;
    let mut noise = |len: usize| -> Vec<u8> {
        std::iter::repeat_with(|| {
            noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (noise >> 56) as u8
        })
        .take(len)
        .collect()
    };
    for size in [50_000, 3 << 20] {
        let archive = cpio(&[("init", &noise(size))]);
        for program in ["zstd", "xz", "gzip"] {
            let Some(tool) = testbench::oracle(program) else { continue };
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("initrd");
            std::fs::write(&path, &archive).unwrap();
            let packed = tool.command().args(["-1", "-c"]).arg(&path).output().unwrap().stdout;
            assert_eq!(said("initrd", &packed), None, "{program} {size}");
            // A download that was not finished: the rest is missing, or zeros.
            let mut zeros = packed.clone();
            let half = packed.len() / 2;
            zeros[half..].fill(0);
            let missing = program != "gzip" || size < 1 << 20;
            for (cut, seen) in [(&packed[..half], missing), (&zeros, true)] {
                let why = said("initrd", cut);
                assert_eq!(why.is_some(), seen, "{program} {size}: {why:?}");
            }
        }
    }
}
