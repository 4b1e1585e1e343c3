//! Held against util-linux: it reads our tables without complaint and writes the same bytes.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)]

use partition_table::{Mbr, Partition, PartitionType};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Stdio;
use testbench::{Oracle, oracle};

const LEN: u64 = 40 << 30;

/// Two small partitions below the CHS limit, one across it, one behind it.
fn table() -> Mbr {
    let entry = |first_lba, sectors, kind, active| Partition { first_lba, sectors, kind, active };
    Mbr::new(
        0xcafe_0123,
        [
            entry(2048, 20480, PartitionType::LINUX, true),
            entry(22528, 43008, PartitionType::FAT32_LBA, false),
            entry(65536, 20 << 21, PartitionType::EFI_SYSTEM, false),
            entry(65536 + (20 << 21), 12345, PartitionType(0x7f), false),
        ],
    )
    .unwrap()
}

fn disk(dir: &Path, sector: &[u8]) -> std::path::PathBuf {
    let path = dir.join("disk.img");
    let mut f = std::fs::File::create(&path).unwrap();
    f.write_all(sector).unwrap();
    f.set_len(LEN).unwrap();
    path
}

/// What `sfdisk --verify` complains about. Its exit status is 0 even for overlaps, so only its
/// words count.
fn objections(sfdisk: &Oracle, image: &Path) -> String {
    let ran = sfdisk.run(["--verify".as_ref(), image.as_os_str()]);
    let silent = ran.stderr.is_empty() && ran.stdout.contains("No errors detected.");
    if silent { String::new() } else { ran.stdout + &ran.stderr }
}

#[test]
fn verifies_and_reads_back() {
    let (Some(sfdisk), Some(fdisk)) = (oracle("sfdisk"), oracle("fdisk")) else { return };
    let dir = tempfile::tempdir().unwrap();
    let image = disk(dir.path(), &table().sector0());
    let image = image.to_str().unwrap();
    assert_eq!(objections(&sfdisk, image.as_ref()), "");
    let json = sfdisk.run(["-J", image]).expect_success("sfdisk -J").stdout;
    for fact in [
        r#""label": "dos""#,
        r#""id": "0xcafe0123""#,
        r#""start": 2048,"#,
        r#""size": 20480,"#,
        r#""type": "83","#,
        r#""bootable": true"#,
        r#""start": 65536,"#,
        r#""size": 41943040,"#,
        r#""type": "ef""#,
        r#""size": 12345,"#,
        r#""type": "7f""#,
    ] {
        assert!(json.contains(fact), "{fact} is not in {json}");
    }
    let list = fdisk.run(["-l", image]).expect_success("fdisk -l");
    assert!(list.stderr.is_empty() && !list.stdout.contains("does not"), "{list:?}");
    assert!(list.stdout.contains("Disk identifier: 0xcafe0123"), "{list:?}");
}

/// The oracle objects when a byte is flipped: partition 2 then starts inside partition 1.
#[test]
fn tampered_tables_are_noticed() {
    let Some(sfdisk) = oracle("sfdisk") else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut sector = table().sector0();
    sector[446 + 16 + 9] ^= 0x40;
    let said = objections(&sfdisk, &disk(dir.path(), &sector));
    assert!(said.contains("Partition 1: overlaps partition 2."), "{said}");
    sector[510] ^= 1;
    let said = objections(&sfdisk, &disk(dir.path(), &sector));
    assert!(said.contains("unrecognized partition table type"), "{said}");
}

/// The same table made by sfdisk has the same bytes, CHS addresses included.
#[test]
fn equals_what_sfdisk_writes() {
    let Some(sfdisk) = oracle("sfdisk") else { return };
    let dir = tempfile::tempdir().unwrap();
    let image = disk(dir.path(), &[]);
    let ours = table();
    let mut script = format!("label: dos\nlabel-id: {:#x}\n", ours.signature());
    for p in ours.partitions() {
        script += &format!("start={}, size={}, type={:x}", p.first_lba, p.sectors, p.kind.0);
        script += if p.active { ", bootable\n" } else { "\n" };
    }
    let mut child = sfdisk
        .command()
        .args(["--no-reread", "--wipe=never"])
        .arg(&image)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    let mut theirs = [0; 512];
    std::fs::File::open(&image).unwrap().read_exact(&mut theirs).unwrap();
    assert_eq!(theirs[440..512], ours.sector0()[440..512]);
}
