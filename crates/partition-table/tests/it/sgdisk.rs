//! Held against sgdisk, which knows GPT and hybrid tables best.

use crate::common::{bytes, flip, key, write};
use image_layout::SectorSize;
use partition_table::Scheme;
use std::path::Path;
use testbench::{Oracle, oracle};

const SIZE: SectorSize = SectorSize::Bytes512;

/// What `sgdisk -v` complains about. It says "No problems found" even with a checksum wrong and
/// exits with 0, so silence beside it is what counts.
fn complaints(sgdisk: &Oracle, image: &Path) -> String {
    let ran = sgdisk.run(["-v".as_ref(), image.as_os_str()]);
    let fine = ran.stdout.contains("No problems found.") && ran.stderr.trim().is_empty();
    let said = ran.stdout + &ran.stderr;
    let loud = ["Caution", "Warning", "Problem:", "ERROR"].iter().any(|w| said.contains(w));
    if fine && !loud { String::new() } else { said }
}

#[test]
fn finds_no_problems() {
    let Some(sgdisk) = oracle("sgdisk") else { return };
    for scheme in [Scheme::Gpt, Scheme::Hybrid] {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(complaints(&sgdisk, &write(&key(scheme, SIZE), dir.path())), "");
    }
}

#[test]
fn reads_what_was_asked_for() {
    let Some(sgdisk) = oracle("sgdisk") else { return };
    let dir = tempfile::tempdir().unwrap();
    let image = write(&key(Scheme::Gpt, SIZE), dir.path());
    let image = image.to_str().unwrap();
    let said = sgdisk.run(["-i", "2", image]).expect_success("sgdisk -i 2").stdout;
    for fact in [
        "Partition GUID code: 0FC63DAF-8483-4772-8E79-3D69D8477DE4 (Linux filesystem)",
        "Partition unique GUID: AAAAAAAA-BBBB-8CCC-8DDD-000000000002",
        "First sector: 4096 ",
        "Last sector: 40959 ",
        "Attribute flags: 0000000000000004",
        "Partition name: 'part 2'",
    ] {
        assert!(said.contains(fact), "{fact} is not in {said}");
    }
    for (number, kind) in [
        ("1", "(BIOS boot partition)"),
        ("3", "(EFI system partition)"),
        ("4", "(Microsoft basic data)"),
    ] {
        let said = sgdisk.run(["-i", number, image]).expect_success("sgdisk -i").stdout;
        assert!(said.contains(kind), "{said}");
    }
}

#[test]
fn tampered_tables_are_noticed() {
    let Some(sgdisk) = oracle("sgdisk") else { return };
    let len = key(Scheme::Hybrid, SIZE).disk().len;
    for (at, word) in [
        (512 + 0x20, "main header"),
        (1024 + 0x28, "partition table"),
        (len - 512 + 0x38, "backup"),
        (len - 33 * 512 + 3, "partition table"),
        // A listed partition starts elsewhere than in the GPT.
        (446 + 9, "mismatched gpt and mbr partition"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let image = write(&key(Scheme::Hybrid, SIZE), dir.path());
        flip(&image, at);
        let said = complaints(&sgdisk, &image);
        assert!(said.to_lowercase().contains(word), "byte {at}: {said}");
    }
}

/// Its hybrid of our GPT is our hybrid, but for the boot flag and the disk signature, of which it
/// writes none.
#[test]
fn makes_the_same_hybrid() {
    let Some(sgdisk) = oracle("sgdisk") else { return };
    let dir = tempfile::tempdir().unwrap();
    let image = write(&key(Scheme::Gpt, SIZE), dir.path());
    sgdisk.run(["-h", "2:3:EE", image.to_str().unwrap()]).expect_success("sgdisk -h");
    let mut ours = key(Scheme::Hybrid, SIZE).sector0();
    assert_eq!(ours[446], 0x80);
    ours[446] = 0;
    assert_eq!(bytes(&image, 446, 66), ours[446..]);
}
