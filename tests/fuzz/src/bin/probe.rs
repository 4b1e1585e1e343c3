//! A whole image: descriptors, directories, names, links, boot catalog, and what is in its files.
#![no_main]

use fuzz::{Seeds, isos};
use iso_probe::{IsoImage, ProbeError};
use std::io::Cursor;
use testbench::raw_iso::{Iso, SECTOR, nm, sl};

/// The seeds: images that the tests make, an image of another writer, and nothing at all.
fn seeds() -> Seeds {
    let plain = Iso {
        boot: vec![(0, 2, 1), (0xef, 0, 8192)],
        ..Iso::new("CentOS", &["isolinux/vmlinuz", "isolinux/initrd.img", "readme"])
    };
    let udf = Iso { udf: true, ..Iso::new("CCCOMA_X64FRE", &["readme.txt"]) };
    let mut links = Iso::new("X", &["boot/vmlinuz", "vmlinuz", "dangling", "long"]);
    links.rock_ridge = true;
    let link = |target: &[u8], name: &[u8]| [nm(name), sl(target)].concat();
    links.system_use.insert("vmlinuz".into(), link(b"boot/vmlinuz", b"vmlinuz"));
    links.system_use.insert("dangling".into(), link(b"..", b"dangling"));
    let mut continued = b"CE\x1c\x01".to_vec();
    for value in [24_u32, 0, 255] {
        continued.extend(value.to_le_bytes());
        continued.extend(value.to_be_bytes());
    }
    links.system_use.insert("long".into(), continued);
    links.files.insert("zz".into(), nm(b"a name in another sector"));
    let mut hybrid = plain.clone();
    hybrid.files.insert(".disk/info".into(), b"Debian GNU/Linux 12".to_vec());
    let mut hybrid = hybrid.build();
    hybrid[446..462].copy_from_slice(&[0x80, 0, 0, 0, 0xef, 0, 0, 0, 4, 0, 0, 0, 9, 0, 0, 0]);
    hybrid[510..512].copy_from_slice(&[0x55, 0xaa]);
    hybrid[512..520].copy_from_slice(b"EFI PART");
    let mut all = vec![
        ("plain", plain.build()),
        ("udf", udf.build()),
        ("links", links.build()),
        ("hybrid", hybrid),
        ("nothing", vec![0; 18 * SECTOR]),
    ];
    // With a Joliet tree, and by another writer.
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("x.iso");
    let joliet = testbench::Iso::new("JOLIET").file("live/vmlinuz", "k").file("größe", "x");
    joliet.write(&path).expect("an image");
    all.push(("joliet", std::fs::read(&path).expect("it was just written")));
    all.into_iter().map(|(name, image)| (name.to_owned(), isos::pack(&image))).collect()
}

fuzz::target!(seeds, |input| {
    let image = isos::unpack(input);
    let len = image.len() as u64;
    let mut open = match IsoImage::open_within(Cursor::new(&image), len, &isos::LIMITS) {
        Ok(open) => open,
        Err(error) => {
            assert!(!matches!(error, ProbeError::Io(_)), "memory is always readable: {error}");
            let text = error.to_string();
            assert!(!text.is_empty() && !text.chars().any(char::is_control), "{text:?}");
            return;
        }
    };
    isos::check(open.facts());
    open.read_initrds().expect("memory is always readable");
    let facts = open.facts().clone();
    assert!(facts.unread_initrds.is_empty());
    isos::check(&facts);
    for path in facts.paths.keys().take(4).chain(facts.efi_programs.keys()) {
        open.efi_facts(path, 1 << 20).expect("memory is always readable");
    }
    for file in facts.paths.keys().take(4).chain(facts.efi_programs.keys()) {
        let Some(found) = open.locate(file) else { continue };
        assert_eq!(found.extents.iter().map(|e| e.1).sum::<u64>(), found.len, "{file:?}");
        assert!(found.extents.iter().all(|(at, n)| at + n <= len), "{file:?}: {found:?}");
    }
});
