//! Keys, and other people's disks, read back: `inspect`, `ls`, `cat`, `extract`, `menu KEY`.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::Value;
use std::fs::{self, File};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use testbench::{Oracle, Ran, oracle};
use tests::{Room, sha256};

fn inspect(room: &Room, key: &str) -> Value {
    let ran = room.run(["inspect", "--json", key]).expect_success("bootkey inspect");
    serde_json::from_str(&ran.stdout).unwrap()
}

#[track_caller]
fn fails(ran: &Ran, status: i32, says: &str) {
    assert_eq!(ran.status, Some(status), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains(says), "{says}: {}", ran.stderr);
}

#[track_caller]
fn says(ran: &Ran, lines: &[&str]) {
    for line in lines {
        assert!(ran.stdout.contains(line), "{line}\n{}", ran.stdout);
    }
}

/// Start and length in bytes of each partition, as `sfdisk -J` has them.
fn of_sfdisk(sfdisk: &Oracle, image: &Path) -> Vec<(u64, u64, u64)> {
    let said = sfdisk.run([Path::new("-J"), image]).expect_success("sfdisk").stdout;
    let table: Value = serde_json::from_str(&said).unwrap();
    let name = image.to_str().unwrap();
    let number = |v: &Value| v.as_str().unwrap().strip_prefix(name).unwrap().parse().unwrap();
    let all = table["partitiontable"]["partitions"].as_array().unwrap();
    let bytes = |v: &Value| v.as_u64().unwrap() * 512;
    all.iter().map(|p| (number(&p["node"]), bytes(&p["start"]), bytes(&p["size"]))).collect()
}

#[test]
fn keys_of_every_table_and_file_system_are_told_as_they_are() {
    let Some(room) = Room::new() else { return };
    let Some(sfdisk) = oracle("sfdisk") else { return };
    room.iso("debian.iso");
    for (table, filesystem, firmware) in [
        ("mbr", "ext2", "bios"),
        ("mbr", "fat32", "bios,uefi-x64"),
        ("gpt", "ext4", "bios,uefi-x64"),
        ("gpt", "ext3", "uefi-x64"),
        ("hybrid", "fat32", "bios,uefi-x64"),
    ] {
        let words = ["--table", table, "--filesystem", filesystem, "--firmware", firmware];
        let key = room.build([&words[..], &["debian.iso"]].concat());
        let found = inspect(&room, "key.img");
        let what = format!("{words:?}\n{found:#}");
        assert_eq!(found["schema"], "bootkey.inspect/1");
        assert_eq!(found["table"]["kind"], table, "{what}");
        let partitions = found["partitions"].as_array().unwrap();
        let number = |p: &Value, key: &str| p[key].as_u64().unwrap();
        let places: Vec<_> = partitions
            .iter()
            .map(|p| (number(p, "number"), number(p, "start"), number(p, "bytes")))
            .collect();
        assert_eq!(places, of_sfdisk(&sfdisk, &key.image), "{what}");
        let isos = &partitions[1]["file_system"];
        assert_eq!(isos["kind"].as_str().unwrap().to_lowercase(), filesystem, "{what}");
        assert_eq!(isos["label"].as_str().unwrap().to_lowercase(), "isos", "{what}");
        assert_eq!(found["faults"], serde_json::json!([]), "{what}");
        let bios = firmware.contains("bios");
        assert_eq!(found["bios"]["starts"], bios, "{what}");
        if bios {
            let grub = &found["bios"]["grub"];
            assert!(grub["prefix"].as_str().unwrap().ends_with("1)/boot/grub"), "{what}");
            assert!(grub["version"].as_str().unwrap().starts_with("2."), "{what}");
            let modules = grub["modules"].as_array().unwrap();
            assert!(modules.contains(&"biosdisk".into()) && !modules.contains(&"?".into()));
        }
        let uefi = found["uefi"].as_array().unwrap();
        assert_eq!(uefi.len(), usize::from(firmware.contains("uefi")), "{what}");
        if let [program] = &uefi[..] {
            assert_eq!(program["path"], "/EFI/BOOT/BOOTX64.EFI");
            assert_eq!((&program["machine"], &program["what"]), (&"x86-64".into(), &"GRUB".into()));
            assert_eq!(program["secure_boot"], "no: it is not signed");
            let modules = program["grub"]["modules"].as_array().unwrap();
            assert!(modules.contains(&"normal".into()) || modules.len() > 5, "{what}");
        }
        let entries = found["menu"]["entries"].as_array().unwrap();
        assert!(entries.len() > 3, "{what}");
        for entry in entries {
            assert_eq!(entry["missing"], serde_json::json!([]), "{what}");
        }
        let there = entries[0]["there"].as_array().unwrap();
        for file in ["/debian.iso", "/isolinux/vmlinuz", "/isolinux/initrd.img"] {
            assert!(there.contains(&file.into()), "{file}: {what}");
        }
        assert_eq!(found["isos"][0]["path"], "/debian.iso", "{what}");
        assert_eq!(found["isos"][0]["boots"], true, "{what}");
        // And the menu is the one that was planned.
        let planned = room.run([&["menu"], &words[..], &["debian.iso"]].concat());
        let found = room.run(["menu", "key.img"]).expect_success("bootkey menu");
        assert_eq!(found.stdout, planned.expect_success("bootkey menu").stdout);
    }
}

#[test]
fn what_is_missing_on_a_key_is_told() {
    let Some(room) = Room::new() else { return };
    let Some(debugfs) = oracle("debugfs") else { return };
    room.iso("debian.iso");
    let key = room.build(["--filesystem", "ext2", "--firmware", "bios", "debian.iso"]);
    let isos = key.partition(2, &room.path("isos"));
    debugfs.run(["-w", "-R", "rm debian.iso", isos.to_str().unwrap()]).expect_success("debugfs");
    let image = File::options().write(true).open(&key.image).unwrap();
    image.write_all_at(&fs::read(&isos).unwrap(), key.partitions[1].0).unwrap();
    // Nor does boot.img find its core.
    image.write_all_at(&[0; 512], 512).unwrap();
    let ran = room.run(["inspect", "key.img"]).expect_success("bootkey inspect");
    says(
        &ran,
        &[
            "MISSING /debian.iso",
            "BIOS does not start it: GRUB's boot.img is there, but no core image where it looks",
            "UEFI does not start it",
        ],
    );
    image.set_len(key.partitions[1].0 + (1 << 19)).unwrap();
    says(&room.run(["inspect", "key.img"]).expect_success("bootkey inspect"), &["it was cut off"]);
}

#[test]
fn files_are_listed_read_and_taken_out() {
    let Some(room) = Room::new() else { return };
    room.iso("debian.iso");
    let tree = room.path("tree");
    fs::create_dir_all(tree.join("d/e")).unwrap();
    let holes = File::create(tree.join("d/holes")).unwrap();
    holes.set_len(8 << 20).unwrap();
    holes.write_all_at(b"data", 4 << 20).unwrap();
    fs::write(tree.join("d/e/x"), "x\n").unwrap();
    fs::set_permissions(tree.join("d/e/x"), fs::Permissions::from_mode(0o755)).unwrap();
    for (name, target) in [("inside", "../d/e"), ("outside", "/etc/passwd")] {
        std::os::unix::fs::symlink(target, tree.join("d").join(name)).unwrap();
    }
    let (pipe, mode) = (tree.join("d/pipe"), Mode::from_raw_mode(0o644));
    mknodat(CWD, pipe, FileType::Fifo, mode, 0).unwrap();
    room.text(
        "k.toml",
        "[[tree]]\nfrom = \"tree\"\nto = \"isos:/\"\n[[iso]]\npath = \"debian.iso\"\n",
    );
    room.build(["k.toml"]);
    let zst = ["build", "k.toml", "-o", "key.img.zst"];
    room.run(zst).expect_success("bootkey build");

    let ran = room.run(["ls", "key.img"]).expect_success("bootkey ls");
    let places = "boot:/  partition 1: ext3 `usbboot`\nisos:/  partition 2: ext3 `isos`\n\
                  esp:/   partition 3: FAT12 `ESP`\n";
    assert_eq!(ran.stdout, places);
    let ran = room.run(["ls", "key.img", "--json"]).expect_success("bootkey ls");
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        (&json["schema"], &json["partitions"][1]["words"][0]),
        (&"bootkey.ls/1".into(), &"isos".into())
    );
    let ran = room.run(["ls", "key.img", "isos:/"]).expect_success("bootkey ls");
    assert!(ran.stdout.starts_with("d\ndebian.iso\n"), "{}", ran.stdout);
    let ran = room.run(["ls", "-lR", "key.img", "2:/d"]).expect_success("bootkey ls");
    says(&ran, &["drwx", " e/x\n", "-rwxr-xr-x", "inside -> ../d/e\n", " 8388608 "]);
    let ran = room.run(["ls", "--json", "key.img", "isos:/d/inside/x"]).expect_success("ls");
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json["entries"][0]["bytes"], 2);
    for key in ["key.img", "key.img.zst"] {
        let mut cat = room.bootkey(["cat", key, "isos:/debian.iso"]);
        let bytes = cat.output().unwrap();
        assert!(bytes.status.success());
        assert!(bytes.stdout == fs::read(room.path("debian.iso")).unwrap(), "{key}");
    }

    let out = room.path("out");
    fs::create_dir(&out).unwrap();
    fs::set_permissions(&out, fs::Permissions::from_mode(0o777)).unwrap();
    let ran = room.run(["extract", "key.img.zst", "isos:/", "--to", "out"]);
    let ran = ran.expect_success("bootkey extract");
    assert!(ran.stderr.contains("left out: d/outside: a link to /etc/passwd"), "{}", ran.stderr);
    assert!(fs::symlink_metadata(out.join("d/outside")).is_err());
    assert_eq!(fs::read_link(out.join("d/inside")).unwrap(), Path::new("../d/e"));
    assert_eq!(sha256(&out.join("debian.iso")), sha256(&room.path("debian.iso")));
    let (was, is) =
        (fs::metadata(tree.join("d/holes")).unwrap(), fs::metadata(out.join("d/holes")).unwrap());
    assert_eq!(sha256(&out.join("d/holes")), sha256(&tree.join("d/holes")));
    assert!(is.blocks() * 512 < 1 << 20, "the holes are gone: {}", is.blocks());
    assert_eq!(is.len(), was.len());
    assert_eq!(fs::metadata(out.join("d/e/x")).unwrap().mode() & 0o777, 0o755);
    // A key's times are the spec's, of 2009; here they are kept.
    let times = room.run(["ls", "--json", "key.img", "isos:/debian.iso"]).stdout;
    let times: Value = serde_json::from_str(&times).unwrap();
    let modified = fs::metadata(out.join("debian.iso")).unwrap().mtime();
    assert_eq!(times["entries"][0]["modified"], modified);

    let alone = room.run(["extract", "-q", "key.img", "isos:/d/pipe", "--to", "out"]);
    fails(&alone, 5, "not all could be extracted, 1 left out");
    assert!(alone.stderr.contains("left out: pipe: it is a FIFO"), "{}", alone.stderr);
    let again = room.run(["extract", "key.img", "isos:/debian.iso", "--to", "out"]);
    fails(&again, 2, "is there already; move it away, or say --force");
    fs::write(out.join("debian.iso"), "somebody's").unwrap();
    let forced = ["extract", "--force", "key.img", "isos:/debian.iso", "--to", "out"];
    room.run(forced).expect_success("bootkey extract --force");
    assert_eq!(sha256(&out.join("debian.iso")), sha256(&room.path("debian.iso")));
    // A link where a directory should be is not followed.
    fs::remove_dir_all(out.join("d")).unwrap();
    std::os::unix::fs::symlink(room.path(""), out.join("d")).unwrap();
    let led = room.run(["extract", "--force", "key.img", "isos:/d", "--to", "out"]);
    fails(&led, 2, "out/d` is there already");
    let names: Vec<_> = fs::read_dir(&out).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(names.iter().all(|n| !n.to_str().unwrap().starts_with('.')), "{names:?}");

    fails(&room.run(["ls", "key.img", "nope:/"]), 2, "there are 1 (usbboot), 2 (isos)");
    fails(&room.run(["ls", "key.img", "/x"]), 2, "is no place on a key; say PARTITION:/PATH");
    fails(&room.run(["cat", "key.img", "isos:/no/file"]), 2, "no such file or directory: /no/file");
    fails(&room.run(["cat", "key.img", "isos:/d"]), 2, "is a directory, not a file");
    fails(&room.run(["ls", "nothing.img", "1:/"]), 5, "is the path right?");
    fails(&room.run(["ls", "tree", "1:/"]), 4, "is a directory; a disk image or a block device");
    let nowhere = room.run(["extract", "key.img", "isos:/d", "--to", "none/none"]);
    fails(&nowhere, 5, "takes a directory");
}

#[test]
fn other_peoples_disks_are_told_as_an_expert_would() {
    let Some(room) = Room::new() else { return };
    let (Some(sgdisk), Some(mke2fs)) = (oracle("sgdisk"), oracle("mke2fs")) else { return };
    let (Some(mkfs), Some(mmd)) = (oracle("mkfs.fat"), oracle("mmd")) else { return };
    let Some(mkrescue) = oracle("grub-mkrescue") else { return };
    let disk = room.path("disk");
    let name = disk.to_str().unwrap();
    let fresh = |len: u64| {
        let _ = fs::remove_file(&disk);
        let file = File::options().create_new(true).write(true).open(&disk).unwrap();
        file.set_len(len).unwrap();
        fs::set_permissions(&disk, fs::Permissions::from_mode(0o666)).unwrap();
        file
    };
    let look = || room.run(["inspect", "disk"]).expect_success("bootkey inspect");

    // Debian's images for clouds: root, then BIOS boot and ESP before it.
    fresh(64 << 20);
    let words = ["-n14:2048:+3M", "-t14:EF02", "-n15:0:+16M", "-t15:EF00", "-n1:0:0", "-t1:8304"];
    sgdisk.run(words.iter().chain(&[name])).expect_success("sgdisk");
    let root = room.path("root");
    fs::create_dir_all(root.join("boot/grub")).unwrap();
    fs::write(
        root.join("boot/grub/grub.cfg"),
        "search --no-floppy --fs-uuid --set=root 1\nmenuentry 'Debian GNU/Linux' --class debian {\n\
         \tlinux /boot/vmlinuz-6.1 root=PARTUUID=1 ro\n\tinitrd /boot/initrd.img-6.1\n}\n",
    )
    .unwrap();
    fs::write(root.join("boot/vmlinuz-6.1"), "kernel").unwrap();
    let offset = format!("offset={}", (2048 + 6144 + 32768) * 512);
    let words =
        ["-q", "-F", "-t", "ext4", "-d", root.to_str().unwrap(), "-E", &offset, name, "40M"];
    mke2fs.run(words).expect_success("mke2fs");
    let at = format!("{name}@@{}", (2048 + 6144) * 512);
    mkfs.run(["-F", "16", "--offset", "8192", name, "16384"]).expect_success("mkfs.fat");
    mmd.run(["-i", &at, "::/EFI"]).expect_success("mmd");
    says(
        &look(),
        &[
            ": GPT, disk GUID ",
            "[Linux root (x86-64)]",
            "zeros [BIOS boot]",
            "FAT16, ",
            "BIOS does not start it: sector 0 holds no boot code",
            "UEFI does not start it: no FAT partition has /EFI/BOOT/BOOT*.EFI",
            "menu (/boot/grub/grub.cfg of partition 1)",
            "Debian GNU/Linux: MISSING /boot/initrd.img-6.1\n",
        ],
    );

    // An ISO that is a disk too.
    fs::write(
        room.path("grub.cfg"),
        "menuentry Hello {\n\techo hello\n}\n\
         menuentry Linux {\n\tlinux /boot/grub/grub.cfg\n\tinitrd /none\n}\n",
    )
    .unwrap();
    let graft = format!("boot/grub/grub.cfg={}", room.path("grub.cfg").display());
    mkrescue.run(["-o", name, &graft]).expect_success("grub-mkrescue");
    fs::set_permissions(&disk, fs::Permissions::from_mode(0o666)).unwrap();
    let said = look();
    says(
        &said,
        &[
            "BIOS starts it: sector 0 holds GRUB's boot.img, which loads a core image of ",
            "prefix ()/boot/grub",
            "biosdisk",
            "all of it is an ISO 9660 file system, too",
            "menu (/boot/grub/grub.cfg of the ISO 9660 file system)\n  Hello\n  Linux: MISSING /none\n",
        ],
    );

    // A stick as Windows formats it, and what else lies on disks.
    let table = |file: &File, kind: u8| {
        let mut entry = [0; 66];
        entry[4] = kind;
        entry[8..12].copy_from_slice(&2048_u32.to_le_bytes());
        entry[12..16].copy_from_slice(&8192_u32.to_le_bytes());
        entry[64..].copy_from_slice(&[0x55, 0xaa]);
        file.write_all_at(&entry, 446).unwrap();
    };
    for (kind, at, magic, expected) in [
        (0x07, 3, &b"NTFS    "[..], "NTFS (Windows' own"),
        (0x07, 3, b"EXFAT   ", "exFAT (of large sticks"),
        (0x83, 0, b"LUKS\xba\xbe", "LUKS (encrypted"),
        (0x8e, 0x200, b"LABELONE", "LVM (a physical volume"),
        (0x83, 0, b"", "zeros"),
    ] {
        let file = fresh(6 << 20);
        table(&file, kind);
        file.write_all_at(magic, (1 << 20) + at).unwrap();
        says(&look(), &[expected, "none: no partition that can be read has a grub.cfg"]);
    }
    fails(&room.run(["ls", "disk", "1:/"]), 4, "partition `1` holds zeros");
    fails(&room.run(["menu", "disk"]), 4, "no partition has a grub.cfg of GRUB's");

    fresh(1 << 20);
    let ran = room.run(["inspect", "disk"]);
    fails(&ran, 4, "`disk` is no disk that is known here");
    says(&ran, &["nothing that is known"]);
    fresh(3);
    fails(&room.run(["inspect", "disk"]), 4, "is no disk that is known here");
    let stick = fresh(4 << 20);
    drop(stick);
    mkfs.run(["-n", "STICK", name]).expect_success("mkfs.fat");
    says(&look(), &["no partition table", "all ", "`STICK`"]);
    room.run(["ls", "disk", "0:/"]).expect_success("bootkey ls");
}
