//! Held against fdisk and partx, which read sectors of 4096 bytes in a plain file too.

use crate::common::{flip, key, write};
use image_layout::SectorSize;
use partition_table::Scheme;
use std::path::Path;
use testbench::{Oracle, oracle};

const SIZES: [SectorSize; 2] = [SectorSize::Bytes512, SectorSize::Bytes4096];

/// First sector, number of sectors, identity and name of each partition, as partx reads them.
fn seen(partx: &Oracle, image: &Path, size: SectorSize) -> Vec<String> {
    let bytes = size.to_string();
    let columns = ["-g", "-b", "-S", &bytes, "-o", "START,SECTORS,UUID,NAME", "--show"];
    let ran = partx.command().env("LC_ALL", "C.UTF-8").args(columns).arg(image).output().unwrap();
    let lines = String::from_utf8(ran.stdout).unwrap();
    lines.lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn partx_sees_the_partitions() {
    let Some(partx) = oracle("partx") else { return };
    for size in SIZES {
        for scheme in [Scheme::Mbr, Scheme::Gpt, Scheme::Hybrid] {
            let dir = tempfile::tempdir().unwrap();
            let table = key(scheme, size);
            // partx says 512-byte sectors, whatever the disk's.
            let units = size.bytes() / 512;
            let wanted: Vec<_> = (1..)
                .zip(table.partitions())
                .map(|(number, p)| {
                    let who = match scheme {
                        Scheme::Mbr => format!("cafe0123-{number:02}"),
                        _ => format!("{} {}", p.guid.to_string().to_lowercase(), p.name),
                    };
                    format!("{} {} {who}", p.first_lba * units, p.sectors * units)
                })
                .collect();
            assert_eq!(seen(&partx, &write(&table, dir.path()), size), wanted, "{scheme} {size}");
        }
    }
}

#[test]
fn partx_and_fdisk_notice_tampering() {
    let (Some(partx), Some(fdisk)) = (oracle("partx"), oracle("fdisk")) else { return };
    for size in SIZES {
        let dir = tempfile::tempdir().unwrap();
        let table = key(Scheme::Gpt, size);
        let image = write(&table, dir.path());
        let before = seen(&partx, &image, size);
        // The primary header: the backup at the end of the disk serves.
        flip(&image, size.bytes() + 0x20);
        assert_eq!(seen(&partx, &image, size), before);
        let said = listed(&fdisk, &image, size);
        assert!(said.contains("primary GPT table is corrupt"), "{said}");
        // And the backup's entries.
        flip(&image, table.disk().len - size.bytes() - 16384);
        assert_eq!(seen(&partx, &image, size), [""; 0]);
    }
}

fn listed(fdisk: &Oracle, image: &Path, size: SectorSize) -> String {
    let ran = fdisk.run(["-b", &size.to_string(), "-l", image.to_str().unwrap()]);
    ran.stdout + &ran.stderr
}

#[test]
fn fdisk_lists_them_without_a_complaint() {
    let Some(fdisk) = oracle("fdisk") else { return };
    for size in SIZES {
        for (scheme, label) in [(Scheme::Mbr, "dos"), (Scheme::Gpt, "gpt"), (Scheme::Hybrid, "gpt")]
        {
            let dir = tempfile::tempdir().unwrap();
            let said = listed(&fdisk, &write(&key(scheme, size), dir.path()), size);
            assert!(said.contains(&format!("Disklabel type: {label}")), "{said}");
            assert!(said.contains("EFI"), "{said}");
            for word in ["corrupt", "does not", "overlap", "order", "mismatch"] {
                assert!(!said.contains(word), "{said}");
            }
        }
    }
}
