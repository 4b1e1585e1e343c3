//! Other people's programs read and check whole keys (rung 4 of the ladder of tests: oracles).
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use testbench::{LoopMount, Oracle, Ran, flip, oracle, run};
use tests::{GRUB, Key, Room, files_below, sha256};

/// 2009-01-01T00:00:00Z, the time of everything on a key whose spec has none.
const DEFAULT_TIME: i64 = 1_230_768_000;

fn key(room: &Room) -> Key {
    key_of(room, "ext3")
}

/// A key with two ISOs, whose partitions are both of this kind. GRUB's is not FAT.
fn key_of(room: &Room, kind: &str) -> Key {
    room.iso("one.iso");
    room.iso("it's $two #2.iso");
    let boot = if kind == "fat32" { "ext3" } else { kind };
    let text = format!("[boot]\nfilesystem = \"{boot}\"\n[isos]\nfilesystem = \"{kind}\"\n");
    room.text("kind.toml", &text);
    room.build(["kind.toml", "one.iso", "it's $two #2.iso"])
}

/// CRC-32 as in ISO 3309 (gzip, zip, GRUB's `crc`), bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| (c >> 1) ^ ((c & 1) * 0xEDB8_8320))
    })
}

/// Where in `image` the bytes of `needle` lie.
fn find(image: &Path, needle: &[u8]) -> u64 {
    let all = std::fs::read(image).unwrap();
    let at = all.windows(needle.len()).position(|w| w == needle);
    at.expect("the payload is in the image") as u64
}

#[test]
fn e2fsck_is_content_with_both_partitions() {
    let (Some(room), Some(e2fsck)) = (Room::new(), oracle("e2fsck")) else { return };
    for kind in ["ext2", "ext3", "ext4"] {
        let key = key_of(&room, kind);
        assert_eq!(key.partitions.len(), 3, "GRUB's, the ISOs', the EFI system partition");
        for n in [1, 2] {
            let fs = key.partition(n, &room.path("fs.img"));
            e2fsck.run(["-fn".as_ref(), fs.as_os_str()]).expect_success(kind);
            // Tampering: the first group's block bitmap. Where it is, the group descriptor tells.
            let bytes = std::fs::read(&fs).unwrap();
            let block = 1024u64 << bytes[1024 + 24];
            let descriptor = if block == 1024 { 2048 } else { block } as usize;
            let bitmap = u32::from_le_bytes(bytes[descriptor..descriptor + 4].try_into().unwrap());
            flip(&fs, u64::from(bitmap) * block, 1);
            e2fsck.run(["-fn".as_ref(), fs.as_os_str()]).expect_objection(
                4,
                "Block bitmap differences",
                "a flipped bitmap bit",
            );
        }
    }
}

#[test]
fn fsck_fat_is_content_with_the_efi_system_partition_and_one_for_isos() {
    let (Some(room), Some(fsck)) = (Room::new(), oracle("fsck.fat")) else { return };
    let key = key_of(&room, "fat32");
    for (n, kind) in [(3, "12"), (2, "32")] {
        let fs = key.partition(n, &room.path("fat.img"));
        let check = || fsck.run(["-nv".as_ref(), fs.as_os_str()]);
        let said = check().expect_success("fsck.fat").stdout;
        assert!(said.contains(&format!("{kind} bit entries")), "{said}");
        // Tampering: the first FAT's third entry. Where it is, the boot sector tells.
        let bytes = std::fs::read(&fs).unwrap();
        let number = |at: usize| u64::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
        flip(&fs, number(14) * number(11) + 12, 1);
        check().expect_objection(1, "FATs differ", "a flipped bit in the FAT");
    }
}

#[test]
fn sfdisk_is_content_with_the_partition_table() {
    let (Some(room), Some(sfdisk)) = (Room::new(), oracle("sfdisk")) else { return };
    let key = key(&room);
    let verify = |image: &Path| -> Ran { sfdisk.run(["--verify".as_ref(), image.as_os_str()]) };
    let ran = verify(&key.image).expect_success("sfdisk --verify");
    assert!(ran.stdout.contains("No errors detected"), "{}{}", ran.stdout, ran.stderr);

    let json = sfdisk.run(["--json".as_ref(), key.image.as_os_str()]).expect_success("sfdisk -J");
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let table = &json["partitiontable"];
    assert_eq!(table["label"], "dos");
    assert_eq!(table["partitions"][0]["bootable"], true);
    assert_eq!(table["partitions"][0]["start"], 2048, "1 MiB");
    // GRUB's, the ISOs', and between them on the disk the EFI system partition.
    let types = ["83", "83", "ef"];
    assert_eq!(table["partitions"].as_array().unwrap().len(), types.len());
    for (partition, kind) in table["partitions"].as_array().unwrap().iter().zip(types) {
        assert_eq!(partition["type"], kind);
        assert_eq!(partition["start"].as_u64().unwrap() % 2048, 0, "aligned to 1 MiB");
    }

    // Tampering: the second partition starts inside the first.
    let mut image = File::options().write(true).open(&key.image).unwrap();
    image.seek(SeekFrom::Start(446 + 16 + 8)).unwrap();
    image.write_all(&4096u32.to_le_bytes()).unwrap();
    let ran = verify(&key.image);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(said.contains("overlap") && !said.contains("No errors detected"), "{said}");
}

/// GRUB's own reader: `grub-fstest IMAGE cmp (loop0,msdosN)/file copy`.
fn grub_cmp(fstest: &Oracle, key: &Key, partition: u32, path: &str, local: &Path) -> Ran {
    let inside = format!("(loop0,msdos{partition}){path}");
    let mut command = fstest.command();
    command.arg(&key.image).args(["cmp", &inside]).arg(local);
    testbench::run(&mut command)
}

#[test]
fn grub_reads_every_file_as_it_was() {
    for kind in ["ext2", "ext3", "ext4", "fat32"] {
        grub_reads(kind);
    }
}

fn grub_reads(kind: &str) {
    let (Some(room), Some(fstest)) = (Room::new(), oracle("grub-fstest")) else { return };
    let key = key_of(&room, kind);
    for iso in ["one.iso", "it's $two #2.iso"] {
        grub_cmp(&fstest, &key, 2, &format!("/{iso}"), &room.path(iso)).expect_success(iso);
    }
    let modules = files_below(Path::new(GRUB));
    let mut compared = 0;
    for (name, local) in modules.iter().filter(|(n, _)| n.extension() == Some("mod".as_ref())) {
        let path = format!("/boot/grub/i386-pc/{}", name.display());
        grub_cmp(&fstest, &key, 1, &path, local).expect_success(&path);
        compared += 1;
    }
    assert!(compared > 200, "{compared} modules compared");

    // GRUB lists what is there, and nothing else but ext's lost+found.
    let mut ls = fstest.command();
    ls.arg(&key.image).args(["ls", "(loop0,msdos2)/"]);
    let listed = testbench::run(&mut ls).expect_success("grub-fstest ls").stdout;
    let mut left = listed.trim().to_owned();
    let own = (kind != "fat32").then_some("lost+found/");
    for name in ["it's $two #2.iso", "one.iso"].into_iter().chain(own) {
        assert_eq!(left.matches(name).count(), 1, "{name} in {listed:?}");
        left = left.replacen(name, "", 1);
    }
    assert_eq!(left.trim(), "", "more than was put there: {listed:?}");

    // And its CRC of a file is ours; a flipped payload bit changes it.
    let crc = |key: &Key| {
        let mut c = fstest.command();
        c.arg(&key.image).args(["crc", "(loop0,msdos2)/one.iso"]);
        testbench::run(&mut c).expect_success("grub-fstest crc").stdout.trim().to_owned()
    };
    let ours = crc32(&std::fs::read(room.path("one.iso")).unwrap());
    assert_eq!(crc(&key), format!("{ours:08x}"));
    let at = find(&key.image, &std::fs::read(room.path("one.iso")).unwrap());
    flip(&key.image, at + 40_000, 1);
    assert_ne!(crc(&key), format!("{ours:08x}"));
    grub_cmp(&fstest, &key, 2, "/one.iso", &room.path("one.iso")).expect_objection(
        1,
        "compare fail at offset 40000",
        "a flipped payload bit",
    );
}

/// Content, mode, owner and time of every file of a mounted tree.
fn listing(root: &Path) -> BTreeMap<PathBuf, (u32, u32, u32, i64, String)> {
    files_below(root)
        .into_iter()
        .map(|(name, path)| {
            let m = path.symlink_metadata().unwrap();
            let content = if m.is_file() { sha256(&path) } else { String::new() };
            (name, (m.mode(), m.uid(), m.gid(), m.mtime(), content))
        })
        .collect()
}

#[test]
fn the_kernel_sees_the_same_trees() {
    for kind in ["ext2", "ext3", "ext4"] {
        the_kernel_sees(kind);
    }
}

fn the_kernel_sees(kind: &str) {
    let Some(room) = Room::new() else { return };
    let key = key_of(&room, kind);
    let mount = |n: usize| {
        let (at, len) = key.partitions[n - 1];
        LoopMount::new(&key.image, at, len, kind)
    };
    let Some(isos) = mount(2) else { return };
    let seen = listing(isos.path());
    let file = |name: &str| (0o100_644, 0, 0, DEFAULT_TIME, sha256(&room.path(name)));
    let mut expected = BTreeMap::new();
    expected.insert("lost+found".into(), (0o040_700, 0, 0, DEFAULT_TIME, String::new()));
    expected.insert("one.iso".into(), file("one.iso"));
    expected.insert("it's $two #2.iso".into(), file("it's $two #2.iso"));
    assert_eq!(seen, expected);

    // Tampering: with one bit of a payload flipped, the kernel reads something else.
    drop(isos);
    flip(&key.image, find(&key.image, &std::fs::read(room.path("one.iso")).unwrap()) + 40_000, 1);
    let Some(isos) = mount(2) else { return };
    assert_ne!(listing(isos.path()), expected);

    let Some(boot) = mount(1) else { return };
    let seen = listing(&boot.path().join("boot/grub"));
    for (name, (mode, uid, gid, mtime, content)) in &seen {
        assert_eq!((*uid, *gid, *mtime), (0, 0, DEFAULT_TIME), "{}", name.display());
        let is_dir = content.is_empty();
        assert_eq!(*mode, if is_dir { 0o040_755 } else { 0o100_644 }, "{}", name.display());
        if let Ok(module) = name.strip_prefix("i386-pc")
            && !is_dir
        {
            assert_eq!(*content, sha256(&Path::new(GRUB).join(module)), "{}", name.display());
        }
    }
    let menu = room
        .run(["menu", "kind.toml", "one.iso", "it's $two #2.iso"])
        .expect_success("menu")
        .stdout;
    assert_eq!(std::fs::read_to_string(boot.path().join("boot/grub/grub.cfg")).unwrap(), menu);
    let font = Path::new("fonts/unicode.pf2");
    assert_eq!(seen[font].4, sha256(Path::new("/usr/share/grub/unicode.pf2")));
    for needed in ["grub.cfg", "grubenv", "fonts/unicode.pf2", "i386-pc/command.lst"] {
        assert!(seen.contains_key(Path::new(needed)), "{needed} in {:?}", seen.keys());
    }
}

#[test]
fn mtools_reads_isos_on_fat() {
    let Some(mcopy) = oracle("mcopy") else { return };
    let Some(room) = Room::new() else { return };
    let key = key_of(&room, "fat32");
    let partition = format!("{}@@{}", key.image.display(), key.partitions[1].0);
    for name in ["one.iso", "it's $two #2.iso"] {
        let copy = room.path("copy");
        let mut command = mcopy.command();
        command.args(["-n", "-i", &partition, &format!("::{name}")]).arg(&copy);
        run(&mut command).expect_success("mcopy");
        assert_eq!(sha256(&copy), sha256(&room.path(name)), "{name}");
        std::fs::remove_file(&copy).unwrap();
    }
}

/// The layout that `plan` prints covers the image from its first byte to its last, once.
#[test]
fn every_byte_has_one_owner_or_none() {
    let Some(room) = Room::new() else { return };
    let key = key(&room);
    let inputs = ["plan", "--layout", "kind.toml", "one.iso", "it's $two #2.iso"];
    let ran = room.run(inputs).expect_success("plan --layout");
    let (_, table) = ran.stdout.split_once("kind, owner)\n").unwrap();
    let mut at = 0;
    let mut owners = Vec::new();
    for line in table.lines() {
        let mut words = line.split_whitespace();
        assert_eq!(u64::from_str_radix(words.next().unwrap(), 16).unwrap(), at, "{line}");
        at += words.next().unwrap().parse::<u64>().unwrap();
        let kind = words.next().unwrap();
        let owner = words.collect::<Vec<_>>().join(" ");
        assert_eq!(owner.is_empty(), kind == "-", "{line}");
        owners.push(owner);
    }
    assert_eq!(at, std::fs::metadata(&key.image).unwrap().len());
    for owner in [
        "grub/boot.img",
        "partition table/disk signature",
        "partition table/MBR entry 1 (Linux file system)",
        "grub/core.img/diskboot.img",
        "usbboot/superblock",
        "isos/file /one.iso",
    ] {
        assert!(owners.iter().any(|o| o == owner), "{owner} is not in:\n{table}");
    }
}
