//! What no table can hold, and what is said about it.

use crate::common::{MIB, disk};
use image_layout::SectorSize;
use partition_table::{Disk, Guid, Partition, PartitionType, Scheme, Table};

const LEN: u64 = 64 * MIB;

fn linux(first_lba: u64, sectors: u64) -> Partition {
    let guid = Guid::from_u128(u128::from(first_lba) + 1);
    let name = String::new();
    Partition {
        first_lba,
        sectors,
        kind: PartitionType::LINUX,
        name,
        guid,
        active: false,
        in_mbr: true,
    }
}

#[track_caller]
fn refused(disk: Disk, partitions: Vec<Partition>, message: &str) {
    assert_eq!(Table::new(disk, partitions).unwrap_err().to_string(), message);
}

fn on(scheme: Scheme) -> Disk {
    disk(scheme, LEN, SectorSize::Bytes512)
}

#[test]
fn overlaps_name_both_owners() {
    let named = |name: &str, p| Partition { name: name.into(), ..p };
    for scheme in [Scheme::Mbr, Scheme::Gpt, Scheme::Hybrid] {
        let message = "partition 2 (`isos`) wants sectors 2049..2050, \
                       but partition 1 (`usb\\nboot`) has 2048..2050";
        let both = vec![named("usb\nboot", linux(2048, 2)), named("isos", linux(2049, 1))];
        refused(on(scheme), both, message);
        // Whichever is in front on the disk.
        let message = "partition 2 wants sectors 2048..2050, but partition 1 has 2049..2050";
        refused(on(scheme), vec![linux(2049, 1), linux(2048, 2)], message);
        Table::new(on(scheme), [linux(2050, 1), linux(2048, 2)]).unwrap();
    }
}

#[test]
fn the_tables_sectors_are_the_tables() {
    let message = "partition 1 wants sectors 0..2, but the MBR has 0..1";
    refused(on(Scheme::Mbr), vec![linux(0, 2)], message);
    let message = "partition 1 wants sectors 33..40, but the GPT has 0..34";
    refused(on(Scheme::Gpt), vec![linux(33, 7)], message);
    let message = "partition 1 wants sectors 2048..131072, but the backup GPT has 131039..131072";
    refused(on(Scheme::Hybrid), vec![linux(2048, 131_072 - 2048)], message);
    let message = "partition 1 ends at sector 131073, but the disk has 131072";
    for scheme in [Scheme::Mbr, Scheme::Gpt] {
        refused(on(scheme), vec![linux(2048, 131_073 - 2048)], message);
    }
    Table::new(on(Scheme::Mbr), [linux(1, 131_071)]).unwrap();
    Table::new(on(Scheme::Gpt), [linux(34, 131_039 - 34)]).unwrap();
}

#[test]
fn partitions_that_are_none() {
    let kind = |mbr, gpt| Partition { kind: PartitionType { mbr, gpt }, ..linux(2048, 1) };
    let some = PartitionType::LINUX.gpt;
    let message = "partition 1 is empty; give it at least one sector";
    refused(on(Scheme::Gpt), vec![linux(2048, 0)], message);
    for mbr in [0x05, 0x0f, 0x85, 0xee] {
        let message = format!(
            "partition 1 is of kind type {mbr:#04x} or {some}, for which an MBR has no type of \
             primary partition"
        );
        refused(on(Scheme::Mbr), vec![kind(mbr, some)], &message);
        Table::new(on(Scheme::Gpt), [kind(mbr, some)]).unwrap();
    }
    let message =
        "partition 1 is of kind BIOS boot, for which an MBR has no type of primary partition";
    let grub = Partition { kind: PartitionType::BIOS_BOOT, ..linux(2048, 1) };
    refused(on(Scheme::Mbr), vec![grub.clone()], message);
    refused(on(Scheme::Hybrid), vec![grub], message);
    let message = "partition 1 is of kind type 0x7f, for which a GPT has no type";
    refused(on(Scheme::Gpt), vec![kind(0x7f, Guid::NIL)], message);
    Table::new(on(Scheme::Mbr), [kind(0x7f, Guid::NIL)]).unwrap();
}

#[test]
fn too_many() {
    let many = |n| (0..n).map(|i| linux(2048 + i, 1)).collect::<Vec<_>>();
    refused(on(Scheme::Mbr), many(5), "an MBR holds 4 partitions, not 5");
    refused(on(Scheme::Gpt), many(129), "a GPT holds 128 partitions, not 129");
    Table::new(on(Scheme::Gpt), many(128)).unwrap().lay_out().unwrap();
    let message = "a hybrid table lists 1 to 3 of its partitions in the MBR too, not 4; \
                   without any it is a GPT";
    refused(on(Scheme::Hybrid), many(4), message);
    refused(on(Scheme::Hybrid), vec![], &message.replace("not 4", "not 0"));
}

#[test]
fn what_an_mbr_does_not_reach() {
    let size = SectorSize::Bytes512;
    let last = linux(2048, (1 << 32) - 2047);
    let message = "partition 1 ends at sector 4294967297, past the 4294967296 that an MBR \
                   addresses; make it smaller or use a GPT";
    for scheme in [Scheme::Mbr, Scheme::Hybrid] {
        refused(disk(scheme, 4 << 40, size), vec![last.clone()], message);
    }
    Table::new(disk(Scheme::Mbr, 4 << 40, size), [linux(2048, (1 << 32) - 2048)]).unwrap();
    let unseen = Partition { in_mbr: false, first_lba: 4096, sectors: 1 << 32, ..linux(1, 1) };
    Table::new(disk(Scheme::Hybrid, 4 << 40, size), [linux(2048, 2048), unseen]).unwrap();
    Table::new(disk(Scheme::Gpt, 4 << 40, size), [last]).unwrap();
    let message = "partition 1 ends at sector 18446744073709551615, but the disk has 131072";
    refused(on(Scheme::Gpt), vec![linux(u64::MAX, u64::MAX)], message);
}

#[test]
fn one_active_partition_in_an_mbr() {
    let active = |p| Partition { active: true, ..p };
    let three = vec![active(linux(2048, 1)), linux(2049, 1), active(linux(2050, 1))];
    let message = "partition 1 and partition 3 are both active; an MBR can have one such";
    for scheme in [Scheme::Mbr, Scheme::Hybrid] {
        refused(on(scheme), three.clone(), message);
    }
    Table::new(on(Scheme::Gpt), three).unwrap();
}

#[test]
fn names_and_identities_of_a_gpt() {
    let named = |name: String| vec![Partition { name, ..linux(2048, 1) }];
    let message = "the name of partition 1 (`🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑x`) has 37 UTF-16 units; \
                   a GPT holds at most 36";
    refused(on(Scheme::Gpt), named("🔑".repeat(18) + "x"), message);
    Table::new(on(Scheme::Gpt), named("🔑".repeat(18))).unwrap();
    let message = "the name of partition 1 (`a\\u{0}`) holds a NUL, which ends a name in a GPT";
    refused(on(Scheme::Gpt), named("a\0".into()), message);

    let guid = |guid, p| Partition { guid, ..p };
    refused(
        on(Scheme::Gpt),
        vec![guid(Guid::NIL, linux(2048, 1))],
        "partition 1 has no GUID (all zeros)",
    );
    let nobody = Disk { guid: Guid::NIL, ..on(Scheme::Gpt) };
    refused(nobody, vec![], "the disk has no GUID (all zeros)");
    let one = Guid::from_u128(1);
    let same = |n| format!("{n} have the same GUID, 00000000-0000-0000-0000-000000000001");
    let two = vec![guid(one, linux(2048, 1)), guid(one, linux(2049, 1))];
    refused(on(Scheme::Gpt), two.clone(), &same("partition 1 and partition 2"));
    let disk = Disk { guid: one, ..on(Scheme::Gpt) };
    refused(disk, two, &same("the disk and partition 1"));
    // An MBR writes neither.
    let anonymous = guid(Guid::NIL, linux(2048, 1));
    Table::new(Disk { guid: Guid::NIL, ..on(Scheme::Mbr) }, [anonymous]).unwrap();
}

#[test]
fn disks_of_odd_lengths() {
    let odd = disk(Scheme::Mbr, LEN - 512, SectorSize::Bytes4096);
    let message = "a disk of 67108352 bytes does not end with a whole sector of 4096; \
                   round its length";
    refused(odd, vec![], message);
}
