//! Held against util-linux' sfdisk: it finds no errors and writes the same bytes.

use crate::common::{DISK_GUID, MIB, bytes, disk, flip, key, partition, write};
use image_layout::SectorSize;
use partition_table::{Guid, Partition, PartitionType, Scheme, Table};
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use testbench::{Oracle, oracle};

const SIZE: SectorSize = SectorSize::Bytes512;
const SCHEMES: [Scheme; 3] = [Scheme::Mbr, Scheme::Gpt, Scheme::Hybrid];

/// What `sfdisk --verify` complains about. Its exit status is 0 even for overlaps, so only its
/// words count.
fn objections(sfdisk: &Oracle, image: &Path) -> String {
    let ran = sfdisk.run(["--verify".as_ref(), image.as_os_str()]);
    // A hybrid table has it say so once, on stderr.
    let said = ran.stderr.replace("The device contains hybrid MBR -- writing GPT only.\n", "");
    let fine = said.trim().is_empty() && ran.stdout.contains("No errors detected.");
    if fine { String::new() } else { ran.stdout + &ran.stderr }
}

#[test]
fn finds_no_errors() {
    let Some(sfdisk) = oracle("sfdisk") else { return };
    for scheme in SCHEMES {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(objections(&sfdisk, &write(&key(scheme, SIZE), dir.path())), "", "{scheme}");
    }
}

/// The oracle objects when a byte is flipped.
#[test]
fn tampered_tables_are_noticed() {
    let Some(sfdisk) = oracle("sfdisk") else { return };
    let len = key(Scheme::Gpt, SIZE).disk().len;
    for (scheme, at, word) in [
        // Partition 3 of the MBR starts inside partition 2.
        (Scheme::Mbr, 446 + 32 + 9, "Partition 2: overlaps partition 3."),
        (Scheme::Mbr, 510, "unrecognized partition table type"),
        (Scheme::Gpt, 512 + 0x28, "The primary GPT table is corrupt"),
        (Scheme::Gpt, 1024 + 0x20, "The primary GPT table is corrupt"),
        (Scheme::Hybrid, len - 512 + 0x28, "The backup GPT table is corrupt"),
        (Scheme::Hybrid, len - 33 * 512 + 0x20, "The backup GPT table is corrupt"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let image = write(&key(scheme, SIZE), dir.path());
        flip(&image, at);
        let said = objections(&sfdisk, &image);
        assert!(said.contains(word), "{scheme} {at}: {said}");
    }
}

/// A script from which sfdisk makes the same table.
fn script(table: &Table) -> String {
    let gpt = table.disk().scheme == Scheme::Gpt;
    let mut script = match gpt {
        true => format!("label: gpt\nlabel-id: {DISK_GUID}\nfirst-lba: 34\n"),
        false => format!("label: dos\nlabel-id: {:#x}\n", table.disk().signature),
    };
    for p in table.partitions() {
        script += &format!("start={}, size={}, ", p.first_lba, p.sectors);
        script += &match gpt {
            true => format!("type={}, uuid={}, name=\"{}\"", p.kind.gpt, p.guid, p.name),
            false => format!("type={:x}", p.kind.mbr),
        };
        script += match (p.active, gpt) {
            (false, _) => "\n",
            (true, true) => ", attrs=\"LegacyBIOSBootable\"\n",
            (true, false) => ", bootable\n",
        };
    }
    script
}

/// The same table made by sfdisk.
fn made_by_sfdisk(sfdisk: &Oracle, table: &Table, dir: &Path) -> std::path::PathBuf {
    let image = dir.join("theirs.img");
    std::fs::File::create(&image).unwrap().set_len(table.disk().len).unwrap();
    let mut child = sfdisk
        .command()
        .args(["--no-reread", "--wipe=never"])
        .arg(&image)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(script(table).as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "{}", script(table));
    image
}

#[test]
fn writes_the_same_mbr() {
    let Some(sfdisk) = oracle("sfdisk") else { return };
    let dir = tempfile::tempdir().unwrap();
    // Two small partitions below the CHS limit, one across it, one behind it.
    let table = Table::new(
        disk(Scheme::Mbr, 40 << 30, SIZE),
        [
            Partition { active: true, ..partition(1, 1, 10, PartitionType::LINUX, SIZE) },
            partition(2, 11, 21, PartitionType::BASIC_DATA, SIZE),
            partition(3, 32, 20 << 10, PartitionType::EFI_SYSTEM, SIZE),
            Partition {
                kind: PartitionType { mbr: 0x7f, gpt: Guid::NIL },
                ..partition(4, 32 + (20 << 10), 6, PartitionType::LINUX, SIZE)
            },
        ],
    )
    .unwrap();
    let theirs = made_by_sfdisk(&sfdisk, &table, dir.path());
    assert_eq!(bytes(&theirs, 440, 72), table.sector0()[440..]);
}

#[test]
fn writes_the_same_gpt() {
    let Some(sfdisk) = oracle("sfdisk") else { return };
    let large = key(Scheme::Gpt, SIZE);
    // Other names than ASCII it drops; partx reads ours.
    let ascii = large
        .partitions()
        .iter()
        .map(|p| Partition { name: p.name.chars().filter(char::is_ascii).collect(), ..p.clone() });
    let large = Table::new(large.disk().clone(), ascii).unwrap();
    let small = [
        partition(1, 1, 1, PartitionType::BIOS_BOOT, SIZE),
        partition(2, 2, 61, PartitionType::LINUX, SIZE),
    ];
    let small = Table::new(disk(Scheme::Gpt, 64 * MIB, SIZE), small).unwrap();
    for (table, has_chs) in [(large, false), (small, true)] {
        let dir = tempfile::tempdir().unwrap();
        let theirs = made_by_sfdisk(&sfdisk, &table, dir.path());
        let ours = write(&table, dir.path());
        let (head, tail) = (34 * 512, 33 * 512);
        let mut differ = Vec::new();
        for (at, len) in [(440, head - 440), (table.disk().len - tail, tail)] {
            let both =
                bytes(&theirs, at, len as usize).into_iter().zip(bytes(&ours, at, len as usize));
            differ.extend((at..).zip(both).filter(|(_, (theirs, ours))| theirs != ours));
        }
        // The last sector's CHS address: sfdisk always writes that it has none, the
        // specification wants it where there is one.
        let chs = [(451, (0xff, 0x28)), (452, (0xff, 0x20)), (453, (0xff, 0x08))];
        assert_eq!(differ, if has_chs { &chs[..] } else { &[] });
    }
}
