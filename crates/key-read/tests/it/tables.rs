//! Partition tables as `sfdisk` and `sgdisk` make them.

use crate::open;
use key_read::{Disk, DiskImage};
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::Stdio;
use testbench::{Oracle, oracle};

fn sfdisk(program: &Oracle, image: &Path, script: &str) {
    fs::File::create(image).unwrap().set_len(64 << 20).unwrap();
    let mut child = program.command();
    child.arg("-q").arg(image).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = child.spawn().unwrap();
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "{script}");
}

/// Number, start and length in sectors of each partition, as `sfdisk -d` prints them.
fn theirs(program: &Oracle, image: &Path) -> Vec<(u32, u64, u64)> {
    let name = image.to_str().unwrap();
    let said = program.run(["-d", name]).expect_success("sfdisk -d").stdout;
    let number = |line: &str, key: &str| {
        let rest = line.split(key).nth(1).unwrap();
        rest.split(',').next().unwrap().trim().parse().unwrap()
    };
    let lines = said.lines().filter_map(|l| l.strip_prefix(name)?.split_once(" :"));
    let parse = |(n, rest): (&str, &str)| {
        (n.parse().unwrap(), number(rest, "start="), number(rest, "size="))
    };
    lines.map(parse).collect()
}

fn ours(image: &DiskImage) -> (Vec<(u32, u64, u64)>, Vec<String>) {
    let disk = Disk::read(image).unwrap();
    let table = disk.table().unwrap();
    let of = |p: &partition_table::read::FoundPartition| (p.number, p.start / 512, p.len / 512);
    (table.partitions.iter().map(of).collect(), table.faults.clone())
}

const LOGICAL: &str = "label: dos\n2048 4096 83 *\n8192 65536 5\n10240 2048 83\n\
                       14336 2048 82\n20480 4096 c\n";
const GPT: &str = "label: gpt\nlabel-id: 0B0CCEE0-1111-4222-8333-444455556666\n\
                   start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649\n\
                   start=8192, size=4096, type=U, name=\"näme\"\n";

#[test]
fn primary_and_logical_partitions_are_those_of_sfdisk() {
    let Some(program) = oracle("sfdisk") else { return };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("disk");
    sfdisk(&program, &path, LOGICAL);
    let (found, faults) = ours(&open(&path));
    assert_eq!(found, theirs(&program, &path));
    assert_eq!((found.len(), faults.len()), (5, 0), "{faults:?}");
    let image = open(&path);
    let disk = Disk::read(&image).unwrap();
    assert!(disk.partition(1).unwrap().active && disk.partition(2).unwrap().is_container());
    let numbers: Vec<_> = disk.volumes().iter().map(|v| v.number).collect();
    assert_eq!(numbers, [1, 5, 6, 7]);
    // The records that lead from one to the next have owners, too; the first is the container's.
    let places: Vec<_> = disk.table().unwrap().places.iter().map(|p| (p.at, p.len)).collect();
    assert_eq!((places.len(), places[0]), (3, (8192 * 512, 512)));
}

#[test]
fn a_chain_of_logical_partitions_that_is_a_circle_ends() {
    let Some(program) = oracle("sfdisk") else { return };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("disk");
    sfdisk(&program, &path, LOGICAL);
    let file = fs::File::options().read(true).write(true).open(&path).unwrap();
    // The second record leads to itself: its link is relative to the container.
    let mut first = [0; 4];
    file.read_exact_at(&mut first, 8192 * 512 + 0x1BE + 16 + 8).unwrap();
    let second = 8192 + u64::from(u32::from_le_bytes(first));
    file.write_all_at(&first, second * 512 + 0x1BE + 16 + 8).unwrap();
    let (found, faults) = ours(&open(&path));
    assert_eq!(found.len(), 4);
    assert!(faults[0].contains("is a circle"), "{faults:?}");
}

#[test]
fn a_gpt_is_that_of_sfdisk_and_its_backup_stands_in_for_it() {
    let Some(program) = oracle("sfdisk") else { return };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("disk");
    sfdisk(&program, &path, GPT);
    let (found, faults) = ours(&open(&path));
    assert_eq!(found, theirs(&program, &path));
    assert_eq!((found.len(), faults.len()), (2, 0), "{faults:?}");
    let image = open(&path);
    let disk = Disk::read(&image).unwrap();
    assert_eq!(disk.partition(2).unwrap().name.as_deref(), Some("näme"));
    assert_eq!(disk.efi_system_partition().unwrap().number, 2);
    let guid = disk.table().unwrap().guid.unwrap().to_string();
    assert_eq!(guid, "0B0CCEE0-1111-4222-8333-444455556666");

    let file = fs::File::options().write(true).open(&path).unwrap();
    file.write_all_at(b"X", 512 + 0x38).unwrap();
    let (backup, faults) = ours(&open(&path));
    assert_eq!(backup, found);
    assert!(faults[0].contains("the checksum of its header is wrong"), "{faults:?}");
    assert!(faults[1].contains("only the backup"), "{faults:?}");

    file.set_len(63 << 20).unwrap();
    let (none, faults) = ours(&open(&path));
    assert!(none.is_empty() && faults.last().unwrap().contains("there is none"), "{faults:?}");
}

#[test]
fn a_hybrid_is_told_from_a_gpt() {
    let (Some(program), Some(sgdisk)) = (oracle("sfdisk"), oracle("sgdisk")) else { return };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("disk");
    sfdisk(&program, &path, GPT);
    sgdisk.run(["-h", "2:EE", path.to_str().unwrap()]).expect_success("sgdisk");
    let image = open(&path);
    let disk = Disk::read(&image).unwrap();
    let table = disk.table().unwrap();
    assert_eq!(table.scheme, partition_table::Scheme::Hybrid);
    assert_eq!(disk.partition(2).unwrap().mbr_type, Some(0xEF));
    assert_eq!(disk.partition(1).unwrap().mbr_type, None);
}
