//! Whether a file system is whole, as this crate says and as `fsck.fat -n` says: of file systems
//! made here and by `mkfs.fat`, used since, and with random bits of their structures flipped.

#![allow(clippy::ptr_arg)] // `Part` takes what is sized

use crate::common::{SHAPES, directory, layout, sample, start, write};
use fs_fat::FatType;
use fs_fat::check::check;
use fs_fat::read::{Error, Fat, Node};
use image_layout::Part;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use testbench::{Dice, Oracle, Ran, oracle};

/// Flips in every file system.
const FLIPS: usize = 40;

fn findings(bytes: &Vec<u8>) -> Result<Vec<String>, Error> {
    check(&Fat::open(Part::all(bytes))?).map(|found| found.list)
}

#[track_caller]
fn expect_whole(bytes: &Vec<u8>, what: &str) {
    let found = findings(bytes).unwrap_or_else(|e| panic!("{what}: {e}"));
    assert!(found.is_empty(), "{what}: {found:#?}");
}

/// `fsck.fat -n` of them is asked elsewhere.
#[test]
fn what_is_made_here_is_whole() {
    for shape in SHAPES {
        for tree in [directory(), sample()] {
            let dir = tempfile::tempdir().unwrap();
            let image = write(&layout(&tree, shape), dir.path());
            expect_whole(&fs::read(image).unwrap(), &format!("{shape:?}"));
        }
    }
}

/// File systems as `mkfs.fat` makes them: options, and the room in KiB.
const MADE: [(&str, u64); 5] = [
    ("-F 12 -s 1 -f 2", 600),
    ("-F 12 -s 4 -f 1", 900),
    ("-F 16 -s 1 -n LABEL", 3000),
    ("-F 32 -s 1 -n LABEL", 34_000),
    ("-F 32 -s 1 -S 1024 -f 1", 68_000),
];

/// A file system made by `mkfs.fat` and used since; `None` without these programs.
fn used(dir: &Path, options: &str, kib: u64) -> Option<Vec<u8>> {
    let mkfs = oracle("mkfs.fat")?;
    let (mcopy, mmd, mdel) = (oracle("mcopy")?, oracle("mmd")?, oracle("mdel")?);
    let image = dir.join("fat.img");
    fs::File::create(&image).unwrap().set_len(kib << 10).unwrap();
    let name = image.to_str().unwrap();
    let run = |program: &Oracle, args: &[&str]| {
        let mut command = program.command();
        command.env("SOURCE_DATE_EPOCH", "1700000000").env("MTOOLS_SKIP_CHECK", "1");
        command.current_dir(dir);
        testbench::run(command.args(args)).expect_success(options);
    };
    let made: Vec<&str> = ["-i", "1234abcd"].into_iter().chain(options.split(' ')).collect();
    run(&mkfs, &[&made[..], &[name]].concat());
    for n in 0..40u8 {
        fs::write(
            dir.join(format!("a file of some length, number {n}")),
            vec![n; 150 * usize::from(n)],
        )
        .unwrap();
    }
    let numbered = |n: usize| format!("a file of some length, number {n}");
    run(&mmd, &["-i", name, "::/EFI", "::/EFI/BOOT", "::/A longer name.d", "::/empty"]);
    for n in 0..40 {
        let to = ["::/", "::/EFI/BOOT", "::/A longer name.d"][n % 3];
        run(&mcopy, &["-i", name, &numbered(n), to]);
    }
    for n in (0..40).step_by(6) {
        run(&mdel, &["-i", name, &format!("::/{}", numbered(n))]);
    }
    // Where there is room again: in pieces.
    fs::write(dir.join("BIG.BIN"), vec![7; 90_000]).unwrap();
    run(&mcopy, &["-i", name, "BIG.BIN", "::/EFI/BOOT"]);
    Some(fs::read(&image).unwrap())
}

fn fsck_of(fsck: &Oracle, image: &Path) -> Ran {
    fsck.run(["-n".as_ref(), image.as_os_str()])
}

/// Whether it said anything but its name, and how many files there are.
fn objects(ran: &Ran) -> bool {
    let said = |line: &&str| {
        let usual = ["fsck.fat 4", "files, ", "Free cluster summary uninitialized"];
        !line.is_empty() && !usual.iter().any(|words| line.contains(words))
    };
    assert!(ran.status == Some(0) || ran.status == Some(1), "{ran:?}");
    ran.status == Some(1) || !ran.stderr.is_empty() || ran.stdout.lines().any(|line| said(&line))
}

#[test]
fn what_was_used_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let Some(fsck) = oracle("fsck.fat") else { return };
    for (options, kib) in MADE {
        let Some(bytes) = used(dir.path(), options, kib) else { return };
        let ran = fsck_of(&fsck, &dir.path().join("fat.img"));
        assert!(!objects(&ran), "{options}: {ran:?}");
        expect_whole(&bytes, options);
    }
}

/// The structures of a file system: a name, where each part lies, and how long it is.
fn structures(fat: &Fat<'_>) -> Vec<(&'static str, u64, u64)> {
    // Not where everything lies: with that wrong `fsck.fat` may take minutes for what is no table.
    let fields = if fat.kind() == FatType::Fat32 { 64 } else { 36 };
    let mut found = vec![("first sector", fields, 26)];
    let (tables, _) = fat.tables();
    // Where clusters are in use, and some that are not.
    found.extend(tables.iter().map(|at| ("table", *at, 500)));
    if fat.kind() == FatType::Fat32 {
        found.push(("FSInfo", fat.sector_size(), 512));
        found.push(("backup", 6 * fat.sector_size(), 512));
    }
    let mut waiting = vec![Node::Root];
    while let Some(node) = waiting.pop() {
        for extent in fat.extents(node).unwrap() {
            found.push(("directory", extent.place.unwrap(), extent.len.min(2400)));
        }
        let entries = fat.entries(node).unwrap().into_iter().map(|entry| entry.node);
        waiting.extend(entries.filter(|node| matches!(node, Node::Directory { .. })));
    }
    found
}

/// What firmware, GRUB and Windows mind and `fsck.fat` does not.
fn is_beyond_fsck(here: &Result<Vec<String>, Error>) -> bool {
    let beyond = |what: &String| what.contains("behind the end of its directory");
    here.as_ref().is_ok_and(|found| found.iter().all(beyond))
}

/// Whether a byte is one that version 4.2 of `fsck.fat` looks at and later ones do not, since it may
/// hold anything: `DIR_NTRes`, of which a bit was to say that there is no short name.
fn is_only_in_4_2(bytes: &[u8], at: usize) -> bool {
    at % 32 == 12 && bytes[at - 1] != 0x0F
}

#[test]
fn flips_are_found_as_fsck_finds_them() {
    let Some(fsck) = oracle("fsck.fat") else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut random = Dice::new(21);
    let (mut objected, mut missed, mut alone) = (0, Vec::new(), Vec::new());
    for (options, kib) in MADE {
        let Some(mut bytes) = used(dir.path(), options, kib) else { return };
        let path = dir.path().join("fat.img");
        let file = fs::File::options().write(true).open(&path).unwrap();
        let structures = structures(&Fat::open(Part::all(&bytes)).unwrap());
        let names: BTreeSet<_> = structures.iter().map(|s| s.0).collect();
        let names: Vec<_> = names.into_iter().collect();
        let mut flips = 0;
        while flips < FLIPS {
            // As often in each kind of structure, however many there are of it.
            let name = names[random.below(names.len())];
            let of_name: Vec<_> = structures.iter().filter(|s| s.0 == name).collect();
            let (_, at, len) = of_name[random.below(of_name.len())];
            let at = *at as usize + random.below(*len as usize);
            // A bit, or any of them.
            let mask = match random.below(2) {
                0 => 1 << random.below(8),
                _ => 1 + random.below(255) as u8,
            };
            if name == "directory" && is_only_in_4_2(&bytes, at) {
                continue;
            }
            flips += 1;
            bytes[at] ^= mask;
            let here = findings(&bytes);
            file.write_all_at(&bytes[at..=at], at as u64).unwrap();
            let ran = fsck_of(&fsck, &path);
            let found = here.as_ref().map_or(true, |found| !found.is_empty());
            let about = format!("{options}, {name}, byte {at:#x} ^ {mask:#x}");
            match (objects(&ran), found) {
                (true, true) => objected += 1,
                (true, false) => missed.push(format!("{about}: {ran:?}")),
                (false, true) if is_beyond_fsck(&here) => {}
                (false, true) => alone.push(format!("{about}: {here:?} {ran:?}")),
                (false, false) => {}
            }
            bytes[at] ^= mask;
            file.write_all_at(&bytes[at..=at], at as u64).unwrap();
        }
    }
    assert!(missed.is_empty(), "not found here: {missed:#?}");
    assert!(alone.is_empty(), "not found by fsck.fat: {alone:#?}");
    assert!(objected > 70, "{objected}");
}

/// Bytes that are changed; the status and the words of `fsck.fat`; the words here.
type Damage<'a> = (&'a [(usize, u8)], i32, &'a str, &'a str);

/// So that both are known to object, and to the same.
#[test]
fn each_kind_of_damage_is_told_by_its_name() {
    let Some(fsck) = oracle("fsck.fat") else { return };
    let layout = layout(&sample(), SHAPES[2]);
    let dir = tempfile::tempdir().unwrap();
    let path = write(&layout, dir.path());
    let whole = fs::read(&path).unwrap();
    let of = |name: &str| start(&layout, name) as usize;
    let (one, two) = (of("FAT 1"), of("FAT 2"));
    let (info, backup) = (of("FSInfo"), of("backup boot sector"));
    let (root, boot) = (of("root directory"), of("directory /EFI/BOOT"));
    let cluster =
        |at: usize| usize::from(u16::from_le_bytes(whole[at..at + 2].try_into().unwrap()));
    // The first file in it, and the first part of a long name.
    let file = boot + 64;
    let chain = cluster(file + 26);
    let next = cluster(one + 4 * chain) as u8;
    let part = root + (0..40).map(|n| n * 32).find(|at| whole[root + at + 11] == 0x0F).unwrap();
    // Far behind those in use.
    let free = 80_000;
    assert_eq!(whole[one + 4 * free..][..4], [0; 4]);
    let cases: [Damage<'_>; 13] = [
        (&[(two + 4 * free, 1)], 1, "FATs differ", "tables differ from byte"),
        (
            &[(one + 4 * free, 1), (two + 4 * free, 1)],
            1,
            "out of range (1)",
            "leads to 1, which there is not",
        ),
        (
            &[(one + 4 * free, 9), (two + 4 * free, 9)],
            1,
            "Reclaimed 1 unused",
            "1 clusters are in use and nobody's",
        ),
        (
            &[(one + 4 * chain, next - 1), (two + 4 * chain, next - 1)],
            1,
            "Circular cluster chain",
            "is taken already",
        ),
        (
            &[
                (one + 4 * chain, 0),
                (one + 4 * chain + 1, 0),
                (two + 4 * chain, 0),
                (two + 4 * chain + 1, 0),
            ],
            1,
            "Contains a free cluster",
            "which is free",
        ),
        (&[(file + 30, 0xFF)], 1, "cluster chain length is", "and clusters for"),
        (&[(file + 30, 0)], 1, "cluster chain length is", "has more clusters than its"),
        (&[(boot + 32 + 26, 0xEE)], 1, "Invalid '..' entry", "its entry `..` is not right"),
        (&[(file, b'?')], 1, "Bad short file name", "its short name cannot be one"),
        (&[(part + 13, !whole[part + 13])], 0, "hecksum", "checksum"),
        (&[(info + 488, !whole[info + 488])], 1, "Free cluster summary wrong", "FSInfo says that"),
        (
            &[(backup + 4, 0)],
            0,
            "differences between boot sector and its backup",
            "and its backup differ",
        ),
        (&[(65, 1), (backup + 65, 1)], 1, "Dirty bit is set", "it was not unmounted"),
    ];
    for (changes, status, words, here) in cases {
        let mut bytes = whole.clone();
        for (at, byte) in changes {
            assert_ne!(bytes[*at], *byte, "{words}");
            bytes[*at] = *byte;
        }
        fs::write(&path, &bytes).unwrap();
        fsck_of(&fsck, &path).expect_objection(status, words, here);
        let found = findings(&bytes).unwrap();
        assert!(found.iter().any(|what| what.contains(here)), "{words}: {found:#?}");
    }
}

/// No answer is wrong to bytes such as these, but there must be one, and soon.
#[test]
fn scribbled_structures_have_an_answer() {
    let dir = tempfile::tempdir().unwrap();
    let mut dice = Dice::new(5);
    for (options, kib) in MADE {
        let Some(bytes) = used(dir.path(), options, kib) else { return };
        let structures = structures(&Fat::open(Part::all(&bytes)).unwrap());
        let mut found = 0;
        for _ in 0..30 {
            let mut bytes = bytes.clone();
            for _ in 0..1 + dice.below(40) {
                let (_, at, len) = structures[dice.below(structures.len())];
                bytes[at as usize + dice.below(len as usize)] = dice.below(256) as u8;
            }
            found += u32::from(findings(&bytes).map_or(true, |found| !found.is_empty()));
        }
        assert!(found > 20, "{options}: {found}");
        let mut cut = bytes.clone();
        cut.truncate(bytes.len() / 2);
        assert_eq!(
            findings(&cut).unwrap(),
            ["it is said to have more sectors than there is room for"]
        );
    }
}
