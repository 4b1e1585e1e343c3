//! What `bootkey verify` says of keys that were used, that were made by another layout revision,
//! that have no record or bad sectors, and of disks that are no keys.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use hex_digest::sha256_hex;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::Command;
use testbench::{LoopMount, Ran, flip, oracle, run};
use tests::Room;

/// Builds `output` of the handmade GRUB in the room.
#[track_caller]
fn build(room: &Room, output: &str, inputs: &[&str]) {
    let args = ["build", "--grub", "grub", "-o", output].into_iter().chain(inputs.iter().copied());
    room.run(args).expect_success("build");
}

/// A room with a key of the machine's own GRUB.
fn room_with_key() -> Option<Room> {
    let room = Room::new()?;
    room.iso("a.iso");
    room.text(
        "key.toml",
        "[isos]\nchecksums = true\n[boot]\nfilesystem = \"ext2\"\n[[iso]]\npath = \"a.iso\"\n",
    );
    room.build(["key.toml", "--firmware", "bios"]);
    Some(room)
}

/// The first byte of an entry of a directory on the first partition: of the name in it.
fn name_in_directory(key: &Path, name: &str) -> u64 {
    let bytes = fs::read(key).unwrap();
    // The name's length, and that it is a directory.
    let entry = [&[name.len() as u8, 2], name.as_bytes()].concat();
    let at = bytes.windows(entry.len()).position(|window| window == entry).unwrap();
    at as u64 + 2
}

#[test]
fn a_key_that_no_directory_leads_to_the_record_of_is_still_known_for_a_key() {
    let Some(room) = room_with_key() else { return };
    let key = room.path("key.img");
    let lost = |ran: Ran, what: &str| {
        let ran = ran.expect_objection(1, "is not as it was made", what);
        let says =
            "  wrong    usbboot/file /boot/bootkey: the record is not found there any more\n";
        assert!(ran.stdout.contains(says), "{what}: {}", ran.stdout);
    };
    // The second leads to the menu, too.
    for name in ["bootkey", "boot"] {
        let at = name_in_directory(&key, name);
        flip(&key, at, 4);
        lost(room.run(["verify", "key.img"]), name);
        flip(&key, at, 4);
    }
    room.run(["verify", "key.img"]).expect_success("verify");
}

#[test]
fn a_disk_that_is_no_key_is_looked_at_by_its_structure() {
    let Some(room) = room_with_key() else { return };
    let Some(mke2fs) = oracle("mke2fs") else { return };
    let disk = room.path("disk");
    let words = ["-q", "-F", "-b", "1024", "-t", "ext2", "-L", "data"];
    mke2fs.run(words.iter().chain(&[disk.to_str().unwrap(), "4M"])).expect_success("mke2fs");
    fs::set_permissions(&disk, fs::Permissions::from_mode(0o666)).unwrap();
    let verify = || {
        let ran = room.run(["verify", "disk"]);
        ran.expect_objection(4, "disk: has no record of how it was made", "no key").stdout
    };
    let says =
        "no key that bootkey made, or without its record: only its structure was looked at\n";
    let whole = "  note     data: the file system's own tables fit each other\n";
    assert_eq!(verify(), format!("{says}{whole}"));
    // The count of free blocks in the superblock.
    flip(&disk, 1024 + 12, 1);
    let damaged = verify();
    let wrong = damaged.strip_prefix(says).unwrap();
    assert!(wrong.starts_with("  wrong    data/file system: "), "{damaged}");
    assert!(damaged.contains("data: the file system's own tables are damaged"), "{damaged}");
    let ran = room.run(["verify", "disk", "--json"]);
    assert!(ran.stdout.contains("\"verdict\": \"no-record\""), "{}", ran.stdout);
}

/// btrfs has a checksum of every block, and does not give one that is wrong.
#[test]
fn a_bad_sector_is_named_and_what_lies_behind_it_is_read() {
    let (Some(room), Some(mkfs)) = (room_with_key(), oracle("mkfs.btrfs")) else { return };
    let key = room.path("key.img");
    let explained = room.run(["explain", "key.img"]).expect_success("explain").stdout;
    let place = |owner: &str| {
        let line = explained.lines().find(|line| line.contains(owner)).unwrap();
        u64::from_str_radix(&line[..12], 16).unwrap()
    };
    // In a file that is in no core image, and behind it in the ISO.
    let bad = place("usbboot/file /boot/grub/fonts/unicode.pf2").next_multiple_of(4096) + 8 * 4096;
    let iso = place("isos/file /a.iso") + 40_000;
    assert!(bad < iso);
    flip(&key, iso, 1);
    let (disk, root) = (room.path("disk"), room.path("root"));
    fs::create_dir(&root).unwrap();
    fs::copy(&key, root.join("key.img")).unwrap();
    File::create(&disk).unwrap().set_len(128 << 20).unwrap();
    let words = ["-q", "-d", "single", "-m", "single", "--rootdir"].map(OsStr::new);
    let paths = [root.as_os_str(), disk.as_os_str()];
    mkfs.run([&words[..], &paths].concat()).expect_success("mkfs.btrfs");
    let (bytes, block) = (fs::read(&disk).unwrap(), bad as usize..bad as usize + 4096);
    let block = &fs::read(&key).unwrap()[block];
    let at = bytes.chunks(4096).position(|chunk| chunk == block).unwrap() as u64 * 4096;
    let verify = || {
        let mounted = LoopMount::whole(&disk, "btrfs", "ro")?;
        // Nobody may look into another's mounts.
        let mut command = Command::new(testbench::bootkey());
        let ran = run(command.arg("verify").arg(mounted.path().join("key.img")));
        Some(ran.expect_objection(1, "is not as it was made", "a wrong byte").stdout)
    };
    let iso = "  wrong    isos/file /a.iso: its SHA-256 is not the one in the record\n";
    let Some(said) = verify() else { return };
    assert_eq!(said, format!("not sound:\n{iso}"));
    flip(&disk, at + 100, 1);
    let font = format!(
        "  wrong    usbboot/file /boot/grub/fonts/unicode.pf2: cannot be read: Input/output error \
         (os error 5) (4096 bytes, the first at {bad:#x})\n"
    );
    assert_eq!(verify().unwrap(), format!("not sound:\n{font}{iso}"));
}

/// A stick is slow: nothing that `verify` digests is read before its pass, or behind it.
#[test]
fn verify_reads_a_key_once() {
    let Some(room) = Room::with_handmade_grub(3000) else { return };
    room.iso("a.iso");
    fs::create_dir(room.path("tree")).unwrap();
    // As many bytes as count beside GRUB's files, which are read more than once.
    fs::write(room.path("tree/payload"), vec![0x5a; 48 << 20]).unwrap();
    room.text(
        "key.toml",
        "[isos]\nchecksums = true\n[[iso]]\npath = \"a.iso\"\n[[tree]]\nfrom = \"tree\"\nto = \"isos:/\"\n",
    );
    build(&room, "key.img", &["key.toml"]);
    let len = fs::metadata(room.path("key.img")).unwrap().len();
    let script = "./bootkey verify key.img >&2 && while read -r what n; do \
        case $what in rchar:) echo $n; esac; done < /proc/$$/io";
    // What a process has read counts for its parent when that has waited for it.
    let mut shell = Command::new("/bin/sh");
    let ran = run(shell.args(["-c", script]).current_dir(room.path(""))).expect_success("verify");
    let read: u64 = ran.stdout.trim().parse().unwrap();
    assert!(read < len * 5 / 4, "{read} bytes were read of {len}");
    assert!(read > 48 << 20, "{read} bytes were read of {len}");
}

/// Used as a kernel would use it that mounts it: by `debugfs`, which also says so in the superblock.
#[test]
fn verify_looks_at_the_tables_of_a_key_that_was_used() {
    let Some(room) = Room::with_handmade_grub(3000) else { return };
    let (Some(debugfs), Some(e2fsck)) = (oracle("debugfs"), oracle("e2fsck")) else { return };
    room.iso("a.iso");
    // Many levels deep.
    let deep = room.path("tree").join("directory/".repeat(100));
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("file"), "deep").unwrap();
    let tree = "[[tree]]\nfrom = \"tree\"\nto = \"isos:/\"\n";
    room.text("key.toml", &format!("[isos]\nchecksums = true\n[[iso]]\npath = \"a.iso\"\n{tree}"));
    build(&room, "key.img", &["key.toml", "--size", "32MiB"]);
    let (start, len) = tests::Key::open(&room.path("key.img")).partitions[1];
    let (key, part) = (room.path("key.img"), room.path("part.img"));
    let file = OpenOptions::new().read(true).write(true).open(key).unwrap();
    let mut bytes = vec![0; len as usize];
    file.read_exact_at(&mut bytes, start).unwrap();
    fs::write(&part, &bytes).unwrap();
    room.text("notes.txt", "mine");
    let requests = format!(
        "write {} notes.txt\nmkdir mine\nssv mnt_count 1\nssv mtime 20300101\n",
        room.path("notes.txt").display()
    );
    room.text("requests", &requests);
    // A day after it is mounted.
    let now = ("E2FSPROGS_FAKE_TIME", "1893542400");
    let mut used = debugfs.command();
    used.env(now.0, now.1);
    used.arg("-w").arg("-f").arg(room.path("requests")).arg(&part);
    run(&mut used).expect_success("debugfs");
    let objects = || run(e2fsck.command().env("E2FSCK_TIME", now.1).arg("-fn").arg(&part));
    objects().expect_success("e2fsck -fn");
    file.write_all_at(&fs::read(&part).unwrap(), start).unwrap();
    let ran = room.run(["verify", "key.img"]).expect_success("verify");
    assert!(ran.stdout.contains("used: it was changed since it was made"), "{}", ran.stdout);
    assert!(ran.stdout.contains("own tables fit each other"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("is not there any more"), "{}", ran.stdout);

    let mut freed = debugfs.command();
    freed.env(now.0, now.1);
    freed.args(["-w", "-R", "freei notes.txt"]).arg(&part);
    run(&mut freed).expect_success("debugfs");
    objects().expect_objection(4, "Inode bitmap differences", "an inode that is not in use");
    file.write_all_at(&fs::read(&part).unwrap(), start).unwrap();
    let ran = room.run(["verify", "key.img"]).expect_objection(
        1,
        "is not as it was made",
        "an inode that is not in use",
    );
    assert!(ran.stdout.contains("/file system: "), "{}", ran.stdout);
}

/// Its length is in the record: nothing is read, or laid out, for one that the inode makes up.
#[test]
fn a_file_that_says_to_be_as_long_as_a_disk_is_damage() {
    let Some(room) = Room::with_handmade_grub(3000) else { return };
    let Some(debugfs) = oracle("debugfs") else { return };
    fs::create_dir(room.path("tree")).unwrap();
    room.text("tree/x", "x");
    room.text(
        "key.toml",
        "[isos]\nfilesystem = \"ext2\"\nchecksums = true\n[[tree]]\nfrom = \"tree\"\nto = \"isos:/\"\n",
    );
    build(&room, "key.img", &["key.toml"]);
    let isos = tests::Key::open(&room.path("key.img")).partitions[1].0;
    let image = format!("{}?offset={isos}", room.path("key.img").display());
    let sized = ["-w", "-R", "sif x size 1000000000000"];
    run(debugfs.command().args(sized).arg(&image)).expect_success("debugfs");
    let ran = room.run(["verify", "key.img"]);
    let ran = ran.expect_objection(1, "is not as it was made", "a length");
    let says = "isos/file /x: it has 1000000000000 bytes, and had 1 when the key was made\n";
    assert!(ran.stdout.contains(says), "{}", ran.stdout);
    assert!(ran.stdout.contains("isos/group 0/inode table: not as it was made"), "{}", ran.stdout);
    let args = ["set", "key.img", "menu.timeout=3", "-o", "new.img"];
    room.run(args).expect_objection(4, "isos:/x: it has 1000000000000 bytes", "a length");
    assert!(!room.path("new.img").exists());
}

/// FAT says nowhere that it was written to: both tables do.
#[test]
fn verify_looks_at_the_tables_of_a_fat_file_system_that_was_used() {
    let Some(room) = Room::with_handmade_grub(3000) else { return };
    let (Some(mcopy), Some(fsck)) = (oracle("mcopy"), oracle("fsck.fat")) else { return };
    room.iso("a.iso");
    let spec = "[isos]\nfilesystem = \"fat32\"\nchecksums = true\n[[iso]]\npath = \"a.iso\"\n";
    room.text("key.toml", spec);
    build(&room, "key.img", &["key.toml"]);
    room.text("my notes.txt", "mine");
    let (start, _) = tests::Key::open(&room.path("key.img")).partitions[1];
    let image = format!("{}@@{start}", room.path("key.img").display());
    run(mcopy.command().args(["-i", &image]).arg(room.path("my notes.txt")).arg("::/"))
        .expect_success("mcopy");
    let part = room.path("part.img");
    let objects = || {
        tests::Key::open(&room.path("key.img")).partition(2, &part);
        run(fsck.command().arg("-n").arg(&part))
    };
    objects().expect_success("fsck.fat -n");
    let ran = room.run(["verify", "key.img"]).expect_success("verify");
    for words in ["used: it was changed since", "notes.txt: was added", "own tables fit each other"]
    {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }

    let file = OpenOptions::new().read(true).write(true).open(room.path("key.img")).unwrap();
    let mut sector = [0; 512];
    file.read_exact_at(&mut sector, start).unwrap();
    let reserved = u64::from(u16::from_le_bytes([sector[0x0E], sector[0x0F]]));
    let table = u64::from(u16::from_le_bytes([sector[0x24], sector[0x25]])) * 512;
    // The entry of the last cluster but some, in the second table.
    flip(&room.path("key.img"), start + reserved * 512 + table + 4 * 60_000, 0x10);
    objects().expect_objection(1, "FATs differ", "an entry of one table");
    let ran = room.run(["verify", "key.img"]).expect_objection(
        1,
        "is not as it was made",
        "an entry of one table",
    );
    let words = "/file system: the two file allocation tables differ";
    assert!(ran.stdout.contains(words), "{}", ran.stdout);
}

/// The text of `inputs.toml` changed in place, and sealed again.
fn rewrite(image: &Path, from: &str, to: &str) {
    assert_eq!(from.len(), to.len());
    let bytes = fs::read(image).unwrap();
    let find = |what: &[u8], from: usize| {
        from + bytes[from..].windows(what.len()).position(|w| w == what).unwrap()
    };
    let start = find(b"# What this key was made of", 0);
    let seal = find(b"# sha256 of the lines above: ", start);
    let text = String::from_utf8(bytes[start..seal].to_vec()).unwrap();
    assert!(text.contains(from), "{text}");
    let text = text.replace(from, to);
    let digest = sha256_hex(text.as_bytes());
    let text = format!("{text}# sha256 of the lines above: {digest}\n");
    let file = OpenOptions::new().write(true).open(image).unwrap();
    file.write_all_at(text.as_bytes(), start as u64).unwrap();
}

#[test]
fn a_key_of_another_revision_is_not_laid_out_again_but_its_digests_are_checked() {
    let Some(room) = Room::with_handmade_grub(3000) else { return };
    room.iso("a.iso");
    room.text("key.toml", "[isos]\nchecksums = true\n[[iso]]\npath = \"a.iso\"\n");
    build(&room, "key.img", &["key.toml"]);
    let key = room.path("key.img");
    rewrite(&key, "layout = 1", "layout = 7");
    let why = "by other rules than this version's (layout revision 7, here 1)";
    room.run(["remove", "key.img", "a.iso", "-o", "new.img"]).expect_objection(
        4,
        why,
        "what cannot be",
    );
    let verified = room.run(["verify", "key.img"]).expect_success("verify");
    assert!(verified.stdout.contains("only what has a digest was checked"), "{}", verified.stdout);
    let bytes = fs::read(&key).unwrap();
    let module = bytes.windows(4).position(|w| w == b"\x7fELF").unwrap();
    flip(&key, module as u64 + 100, 0x10);
    room.run(["verify", "key.img"]).expect_objection(1, "is not as it was made", "what cannot be");
    flip(&key, module as u64 + 100, 0x10);
    rewrite(&key, "format = 1", "format = 9");
    let newer =
        room.run(["verify", "key.img"]).expect_objection(1, "is not as it was made", "newer");
    assert!(newer.stdout.contains("the record has format 9"), "{}", newer.stdout);
}

#[test]
fn verify_says_what_it_cannot_vouch_for_and_what_is_no_key() {
    let Some(room) = Room::with_handmade_grub(3000) else { return };
    room.iso("a.iso");
    build(&room, "a.img", &["a.iso"]);
    let verified = room.run(["verify", "a.img", "--json"]).expect_success("verify");
    let document: serde_json::Value = serde_json::from_str(&verified.stdout).unwrap();
    assert_eq!(document["schema"], "bootkey.verify/1");
    assert_eq!(
        (&document["verdict"], &document["not_vouched"][0]),
        (&"sound".into(), &"isos:/a.iso".into())
    );
    let told = room.run(["verify", "a.img"]).expect_success("verify").stdout;
    let words =
        "which may have changed\n  not compared: isos:/a.iso: the record has no digest of it";
    assert!(
        told.starts_with("sound, as far as it is compared: ") && told.contains(words),
        "{told}"
    );
    fs::write(room.path("zeros"), vec![0; 3 << 20]).unwrap();
    let ran = room.run(["verify", "zeros"]);
    let ran = ran.expect_objection(4, "zeros` is no disk that is known here", "what cannot be");
    assert_eq!(ran.stdout, "no key: nothing on it is known\n");
    let ran = room.run(["verify", "zeros", "--json"]);
    assert!(ran.stdout.contains("\"verdict\": \"nothing-known\""), "{}", ran.stdout);
    room.run(["verify", "nothing"]).expect_objection(5, "nothing", "what cannot be");
    let file = OpenOptions::new().write(true).open(room.path("a.img")).unwrap();
    file.set_len(file.metadata().unwrap().len() - 4096).unwrap();
    let cut = room.run(["verify", "a.img"]).expect_objection(1, "is not as it was made", "cut");
    assert!(cut.stdout.contains("the image: it ends at byte"), "{}", cut.stdout);
}

/// Made longer as people do by hand, with `growpart`'s tools, and not mounted since.
#[test]
fn a_key_whose_partition_was_enlarged_by_hand_is_used_and_sound() {
    let Some(room) = Room::with_handmade_grub(3000) else { return };
    let (Some(sfdisk), Some(resize2fs), Some(e2fsck)) =
        (oracle("sfdisk"), oracle("resize2fs"), oracle("e2fsck"))
    else {
        return;
    };
    room.iso("a.iso");
    room.text("key.toml", "[isos]\nchecksums = true\n[[iso]]\npath = \"a.iso\"\n");
    for table in ["mbr", "gpt"] {
        build(&room, "key.img", &["key.toml", "--size", "24MiB", "--table", table]);
        let key = room.path("key.img");
        let file = OpenOptions::new().read(true).write(true).open(&key).unwrap();
        file.set_len(96 << 20).unwrap();
        if table == "gpt" {
            let args = ["--relocate".as_ref(), "gpt-bak-std".as_ref(), key.as_os_str()];
            sfdisk.run(args).expect_success("sfdisk --relocate");
        }
        // The same start, and all that is left.
        let script = format!("echo ', +' | {} -q -N 2 \"$0\"", sfdisk.path().display());
        run(Command::new("/bin/sh").args(["-c", &script]).arg(&key)).expect_success("sfdisk");
        let verify = || room.run(["verify", "key.img"]);
        let says = |ran: Ran, words: &[&str]| {
            for words in words {
                assert!(ran.stdout.contains(words), "{table}: {words}: {}", ran.stdout);
            }
        };
        let longer = "changed  isos: its partition was made longer: ";
        says(verify().expect_success(table), &["used: it was changed", longer]);

        let (start, _) = partition_of_isos(&room, table);
        let part = room.path("part.img");
        let mut bytes = fs::read(&key).unwrap();
        fs::write(&part, &bytes[start..95 << 20]).unwrap();
        // It wants to have seen the file system clean.
        e2fsck.run(["-fp".as_ref(), part.as_os_str()]).expect_success("e2fsck");
        resize2fs.run([&part]).expect_success("resize2fs");
        bytes[start..95 << 20].copy_from_slice(&fs::read(&part).unwrap());
        file.write_all_at(&bytes, 0).unwrap();
        let words = ["used: it was changed", longer, "own tables fit each other"];
        says(verify().expect_success(table), &words);

        // Tamper: a byte of the ISO, one of the boot code, one of another partition's entry.
        let iso = bytes.windows(5).position(|five| five == b"CD001").unwrap() as u64;
        let other = if table == "mbr" { 446 + 12 } else { 1024 + 40 };
        for (at, owner) in [(iso, "isos/file /a.iso"), (100, "boot"), (other, "entry 1")] {
            flip(&key, at, 1);
            says(verify().expect_objection(1, "is not as it was made", owner), &[owner]);
            flip(&key, at, 1);
        }
    }
}

/// The first byte of partition 2, and its length, as `sfdisk` says.
fn partition_of_isos(room: &Room, what: &str) -> (usize, usize) {
    let said = oracle("sfdisk").unwrap().run(["--json".as_ref(), room.path("key.img").as_os_str()]);
    let said = said.expect_success(what).stdout;
    let table: serde_json::Value = serde_json::from_str(&said).unwrap();
    let second = &table["partitiontable"]["partitions"][1];
    let sectors = |what: &str| usize::try_from(second[what].as_u64().unwrap()).unwrap() * 512;
    (sectors("start"), sectors("size"))
}
