//! Keys made of keys: a changed key is what a build of the changed spec makes; and a key that is
//! not what its record says is told by `verify`.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use sha2::{Digest as _, Sha256};
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::Command;
use testbench::handmade_grub::{self, MODULES};
use testbench::{LoopMount, oracle, run, shared_extents};
use tests::{Room, sha256};

/// A room with a GRUB that is installed nowhere.
fn room() -> Option<Room> {
    let room = Room::new()?;
    for platform in ["i386-pc", "x86_64-efi"] {
        let dir = room.path("grub").join(platform);
        fs::create_dir_all(&dir).unwrap();
        for (name, bytes) in handmade_grub::directory(platform, &MODULES, 3000) {
            fs::write(dir.join(name), bytes).unwrap();
        }
    }
    Some(room)
}

/// Builds `output` of that GRUB.
#[track_caller]
fn build(room: &Room, output: &str, inputs: &[&str]) -> String {
    let args = ["build", "--grub", "grub", "-o", output].into_iter().chain(inputs.iter().copied());
    room.run(args).expect_success("build");
    sha256(&room.path(output))
}

/// Runs a command that makes `output` of a key. No GRUB is named, and that of the machine is another.
#[track_caller]
fn change(room: &Room, output: &str, args: &[&str]) -> String {
    room.run(args.iter().chain(&["-o", output])).expect_success(args[0]);
    sha256(&room.path(output))
}

#[test]
fn a_changed_key_is_what_a_build_of_the_changed_spec_makes() {
    let Some(room) = room() else { return };
    for iso in ["a.iso", "b.iso"] {
        room.iso(iso);
    }
    let a = build(&room, "a.img", &["a.iso"]);
    let ab = build(&room, "ab.img", &["a.iso", "b.iso"]);
    assert_ne!(a, ab);
    fs::create_dir(room.path("elsewhere")).unwrap();
    fs::rename(room.path("b.iso"), room.path("elsewhere/b.iso")).unwrap();
    assert_eq!(change(&room, "ab2.img", &["add", "a.img", "elsewhere/b.iso"]), ab);
    assert_eq!(change(&room, "a2.img", &["remove", "ab2.img", "b.iso"]), a);
    assert_eq!(change(&room, "same.img", &["set", "a.img", "menu.timeout=5"]), a, "the default");

    room.text("three.toml", "[menu]\ntimeout = 3\n");
    let three = build(&room, "three.img", &["three.toml", "a.iso"]);
    assert_eq!(change(&room, "three2.img", &["set", "a.img", "menu.timeout=3"]), three);
    assert_eq!(change(&room, "back.img", &["set", "three2.img", "menu.timeout="]), a);

    let large = build(&room, "large.img", &["a.iso", "--size", "300MiB"]);
    assert_eq!(change(&room, "large2.img", &["grow", "a.img", "300MiB"]), large);

    fs::copy(room.path("a.img"), room.path("kept.img")).unwrap();
    fs::set_permissions(room.path("kept.img"), fs::Permissions::from_mode(0o666)).unwrap();
    room.run(["add", "kept.img", "elsewhere/b.iso", "--in-place"]).expect_success("in place");
    assert_eq!(sha256(&room.path("kept.img")), ab);
}

/// The forms that an image can have besides the raw one.
const FORMS: [&str; 6] = ["img.zst", "img.xz", "img.gz", "qcow2", "vmdk", "vhd"];

/// The file is never unpacked; what is made of it is what a build makes, in whichever form.
#[test]
fn a_key_in_another_form_is_changed_verified_and_explained_as_it_is() {
    let Some(room) = room() else { return };
    for iso in ["a.iso", "b.iso"] {
        room.iso(iso);
    }
    room.text("key.toml", "[isos]\nchecksums = true\n");
    build(&room, "a.img", &["key.toml", "a.iso"]);
    let ab = build(&room, "ab.img", &["key.toml", "a.iso", "b.iso"]);
    let explained = |key: &str| {
        let stdout = room.run(["explain", key, "--json"]).expect_success("explain").stdout;
        let document: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        document["ranges"].clone()
    };
    let ranges = explained("a.img");
    for (n, form) in FORMS.into_iter().enumerate() {
        let key = format!("a.{form}");
        build(&room, &key, &["key.toml", "a.iso"]);
        // Into the raw form, and into the one behind it in the list.
        assert_eq!(change(&room, "new.img", &["add", &key, "b.iso"]), ab, "{form}");
        let other = FORMS[(n + 1) % FORMS.len()];
        let (built, new) = (format!("built.{other}"), format!("new.{other}"));
        let built = build(&room, &built, &["key.toml", "a.iso", "b.iso"]);
        assert_eq!(change(&room, &new, &["add", &key, "b.iso"]), built, "{form} to {other}");
        let verified = room.run(["verify", &key]).expect_success("verify");
        assert!(verified.stdout.starts_with("sound: "), "{form}: {}", verified.stdout);
        room.run(["diff", "a.img", &key]).expect_success("diff");
        assert_eq!(explained(&key), ranges, "{form}");
    }
    let (key, large) = ("a.img.xz", ["--size", "200MiB"]);
    let large = build(&room, "large.img", &[&["key.toml", "a.iso"], &large[..]].concat());
    assert_eq!(change(&room, "new.img", &["grow", key, "200MiB"]), large);
    let none = build(&room, "none.img.gz", &["key.toml"]);
    assert_eq!(change(&room, "new.img.gz", &["remove", "a.img.gz", "a.iso"]), none);
    let key = "a.qcow2";
    fs::set_permissions(room.path(key), fs::Permissions::from_mode(0o666)).unwrap();
    let sum = sha256(&room.path(key));
    room.run(["add", key, "b.iso", "--in-place"]).expect_success("in place");
    assert_ne!(sha256(&room.path(key)), sum);
    room.run(["remove", key, "b.iso", "--in-place"]).expect_success("in place");
    assert_eq!(sha256(&room.path(key)), sum);
}

/// Wherever the damage lies in the file, no byte is made up for it.
#[test]
fn a_damaged_block_of_a_compressed_key_is_named() {
    let Some(room) = room() else { return };
    room.iso("a.iso");
    // Nothing compresses it: the middle of the file is in it.
    let mut state = 1_u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state.to_le_bytes()[7]
    };
    let payload: Vec<u8> = (0..24 << 20).map(|_| noise()).collect();
    fs::create_dir(room.path("tree")).unwrap();
    fs::write(room.path("tree/payload"), payload).unwrap();
    room.text(
        "key.toml",
        "[isos]\nchecksums = true\n[[iso]]\npath = \"a.iso\"\n[[tree]]\nfrom = \"tree\"\nto = \"isos:/\"\n",
    );
    for form in ["img.zst", "img.xz"] {
        let key = format!("key.{form}");
        build(&room, &key, &["key.toml"]);
        let path = room.path(&key);
        let middle = fs::metadata(&path).unwrap().len() / 2;
        let says = |owner: &str| {
            let verify = room.run(["verify", &key]);
            let ran = verify.expect_objection(1, "is not as it was made", "a damaged block");
            let says = format!("  {owner}its compressed block at byte ");
            assert!(ran.stdout.contains(&says), "{form}: {}", ran.stdout);
        };
        flip(&path, 2000);
        says("wrong    the image: the image cannot be read: ");
        flip(&path, 2000);
        flip(&path, middle);
        says("wrong    isos/file /payload: ");
        room.run(["remove", &key, "a.iso", "-o", "new.img"]).expect_objection(
            5,
            "is damaged",
            "a damaged block",
        );
        assert!(!room.path("new.img").exists());
    }
}

/// A stick is slow: nothing that `verify` digests is read before its pass, or behind it.
#[test]
fn verify_reads_a_key_once() {
    let Some(room) = room() else { return };
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

/// Neither the old key's ISO nor the new one is copied.
#[test]
fn on_xfs_a_changed_key_shares_the_blocks_of_the_old_one_and_of_the_new_iso() {
    const LEN: usize = 64 << 20;
    let tools = ["mkfs.xfs", "filefrag", "cp"].map(oracle);
    let [Some(mkfs), Some(filefrag), Some(cp)] = tools else { return };
    let dir = tempfile::tempdir().unwrap();
    let disk = dir.path().join("disk");
    File::create(&disk).unwrap().set_len(500 << 20).unwrap();
    run(mkfs.command().args(["-q", "-m", "reflink=1"]).arg(&disk)).expect_success("mkfs.xfs");
    let Some(xfs) = LoopMount::whole(&disk, "xfs", "rw") else { return };
    let path = |name: &str| xfs.path().join(name);
    // No block is like another.
    let filler: Vec<u8> = (0..LEN / 4).flat_map(|n| (n as u32).to_le_bytes()).collect();
    for (n, name) in ["a.iso", "b.iso"].into_iter().enumerate() {
        let iso = tests::installer(name.as_bytes(), b"initrd").file("filler", &filler[n..]);
        iso.write(&path(name)).unwrap();
        File::open(path(name)).unwrap().sync_all().unwrap();
    }
    let bootkey = |args: &[&str]| {
        let mut command = Command::new(testbench::bootkey());
        run(command.args(args).current_dir(xfs.path())).expect_success(args[0]);
    };
    bootkey(&["build", "a.iso", "-o", "a.img"]);
    bootkey(&["add", "a.img", "b.iso", "-o", "ab.img"]);
    let (shares, all) = shared_extents(&filefrag, &path("ab.img"));
    let payload = 2 * LEN as u64;
    assert!(shares >= payload && all < payload + (24 << 20), "{shares} of {all}");
    // The witness tells a copy from a sharer.
    run(cp.command().arg("--reflink=never").arg(path("ab.img")).arg(path("copy")))
        .expect_success("cp");
    assert_eq!(shared_extents(&filefrag, &path("copy")).0, 0);
    xfs.unmount();
}

/// A spec with everything that a key takes from elsewhere.
const EVERYTHING: &str = "[key]\nname = \"all\"\n[isos]\nfilesystem = \"FS\"\nchecksums = true\n\
    [menu]\ntheme = \"theme\"\n[[iso]]\npath = \"a.iso\"\nname = \"first.iso\"\n\
    [[tree]]\nfrom = \"tree\"\nto = \"isos:/some/where\"\n\
    [[tree]]\nfrom = \"tree\"\nto = \"boot:/\"\n\
    [[entry]]\ntitle = \"Xen\"\nxen = { hypervisor = \"xen.gz\", kernel = \"iso:/isolinux/vmlinuz\", \
    initrd = \"initrd\" }\n\
    [xen.network]\ninterface = \"eth0\"\ndhcp = true\n";

#[test]
fn whatever_a_key_carries_comes_from_it_again() {
    let Some(room) = room() else { return };
    room.iso("a.iso");
    room.text("xen.gz", "not really");
    room.text("initrd", "not one either");
    for dir in ["theme", "tree/empty", "tree/d"] {
        fs::create_dir_all(room.path(dir)).unwrap();
    }
    fs::write(room.path("theme/theme.txt"), "title-text: \"\"\n").unwrap();
    fs::write(room.path("tree/d/x"), "x").unwrap();
    fs::write(room.path("tree/run"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(room.path("tree/run"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(room.path("tree/none"), "").unwrap();
    let mut sparse = vec![0; 1 << 20];
    sparse.extend(*b"end");
    fs::write(room.path("tree/sparse"), sparse).unwrap();
    for file_system in ["ext2", "ext4", "fat32"] {
        // FAT has neither hard nor symbolic links.
        let links = file_system != "fat32";
        if links && !room.path("tree/link").exists() {
            fs::hard_link(room.path("tree/d/x"), room.path("tree/y")).unwrap();
            std::os::unix::fs::symlink("d/x", room.path("tree/link")).unwrap();
        }
        if !links {
            fs::remove_file(room.path("tree/link")).unwrap();
        }
        room.text("key.toml", &EVERYTHING.replace("FS", file_system));
        for table in ["mbr", "gpt", "hybrid"] {
            let built = build(&room, "key.img", &["key.toml", "--table", table]);
            let again = change(&room, "again.img", &["set", "key.img", "key.name=all"]);
            assert_eq!(again, built, "{file_system} {table}");
        }
        let verified = room.run(["verify", "key.img"]).expect_success("verify");
        assert_eq!(verified.stdout, "sound: every byte that has an owner is as it was made\n");
    }
}

#[test]
fn a_change_that_cannot_be_says_why_and_writes_nothing() {
    let Some(room) = room() else { return };
    room.iso("a.iso");
    build(&room, "a.img", &["a.iso"]);
    room.text("text.img", "no key");
    fs::write(room.path("zeros.img"), vec![0; 1 << 20]).unwrap();
    for (args, status, words) in [
        (&["remove", "a.img", "c.iso"][..], 2, "the key has no ISO `c.iso`; it has: a.iso"),
        (&["grow", "a.img", "1MiB"], 2, "a key grows only"),
        (&["grow", "a.img", "much"], 2, "SIZE: \"much\" is no size"),
        (&["set", "a.img", "menu.timeout"], 2, "it has no `=`"),
        (&["set", "a.img", "menu.colour=red"], 2, "unknown key `colour`"),
        (&["set", "a.img", "key.firmware=[\"uefi-ia32\"]"], 4, "has no GRUB for i386-efi"),
        (&["add", "a.img", "a.iso"], 2, "would both be `a.iso` on the key"),
        (&["add", "a.img", "none.iso"], 5, "none.iso"),
        (&["add", "text.img", "a.iso"], 4, "has no record of how it was made"),
        (&["add", "zeros.img", "a.iso"], 4, "has no record of how it was made"),
        (&["add", "none.img", "a.iso"], 5, "none.img"),
        (&["add", "a.img", "a.iso", "--adopt", "--drop"], 2, "cannot be used with"),
    ] {
        let ran = room.run(args.iter().chain(&["-o", "new.img"]));
        ran.expect_objection(status, words, &args.join(" "));
        assert!(!room.path("new.img").exists(), "{args:?}");
    }
    room.run(["set", "a.img", "menu.timeout=3", "-o", "a.img"]).expect_objection(
        2,
        "a.img",
        "onto itself",
    );
}

#[test]
fn isos_that_somebody_has_copied_onto_a_key_are_not_lost() {
    let Some(room) = room() else { return };
    let Some(debugfs) = oracle("debugfs") else { return };
    for iso in ["a.iso", "b.iso", "c.iso"] {
        room.iso(iso);
    }
    let size = ["--size", "32MiB"];
    build(&room, "a.img", &[&["a.iso"], &size[..]].concat());
    let abc = build(&room, "abc.img", &[&["a.iso", "c.iso", "b.iso"], &size[..]].concat());
    let isos = tests::Key::open(&room.path("a.img")).partitions[1].0;
    let image = format!("{}?offset={isos}", room.path("a.img").display());
    let write = format!("write {} b.iso", room.path("b.iso").display());
    run(debugfs.command().args(["-w", "-R", &write, &image])).expect_success("debugfs");
    let args = ["add", "a.img", "c.iso", "-o", "new.img"];
    room.run(args).expect_objection(
        2,
        "isos:/b.iso; --adopt takes ISOs along, --drop leaves them",
        "what cannot be",
    );
    assert!(!room.path("new.img").exists());
    assert_eq!(change(&room, "new.img", &["add", "a.img", "c.iso", "--adopt"]), abc);
    change(&room, "dropped.img", &["add", "a.img", "c.iso", "--drop"]);
    let ac = build(&room, "ac.img", &[&["a.iso", "c.iso"], &size[..]].concat());
    assert_eq!(sha256(&room.path("dropped.img")), ac);
}

/// Used as a kernel would use it that mounts it: by `debugfs`, which also says so in the superblock.
#[test]
fn verify_looks_at_the_tables_of_a_key_that_was_used() {
    let Some(room) = room() else { return };
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
    let Some(room) = room() else { return };
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
    let Some(room) = room() else { return };
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
    flip(&room.path("key.img"), start + reserved * 512 + table + 4 * 60_000);
    objects().expect_objection(1, "FATs differ", "an entry of one table");
    let ran = room.run(["verify", "key.img"]).expect_objection(
        1,
        "is not as it was made",
        "an entry of one table",
    );
    let words = "/file system: the two file allocation tables differ";
    assert!(ran.stdout.contains(words), "{}", ran.stdout);
}

/// Changes a byte of a file.
fn flip(path: &Path, at: u64) {
    testbench::flip(path, at, 0x10);
}

/// One byte in each kind of region, and in gaps between them.
#[test]
fn verify_finds_every_owned_byte_that_is_wrong_and_names_its_owner_or_partition() {
    let Some(room) = room() else { return };
    room.iso("a.iso");
    room.text("key.toml", "[isos]\nchecksums = true\n[[iso]]\npath = \"a.iso\"\n");
    build(&room, "key.img", &["key.toml", "--manifest"]);
    let manifest = fs::read(room.path("key.img.manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let key = room.path("key.img");
    let (mut kinds, mut end, mut gaps) = (std::collections::BTreeSet::new(), 0, 0);
    let verify = || room.run(["verify", "key.img"]);
    for region in manifest["regions"].as_array().unwrap() {
        let number = |name: &str| region[name].as_u64().unwrap();
        let (at, len, owner) = (number("offset"), number("len"), region["owner"].as_str().unwrap());
        if at > end && gaps < 3 {
            gaps += 1;
            flip(&key, end);
            verify().expect_success("verify");
            flip(&key, end);
        }
        end = at + len;
        // Files of one kind by their extension; the groups of a file system are alike.
        let kind = owner.rsplit_once('.').map_or(owner, |(_, extension)| extension);
        if owner == "unclaimed" || !kinds.insert(kind.to_owned()) {
            continue;
        }
        let byte = at + len / 2;
        flip(&key, byte);
        let ran = verify().expect_objection(1, "is not as it was made", owner);
        let file = owner.split_once("/file ").map_or(owner, |(_, path)| path);
        // Where a directory or an inode leads nowhere, it is the file which it led to that is named.
        let partition = owner.split_inclusive('/').next().unwrap_or(owner);
        let named = [file, partition].iter().any(|name| ran.stdout.contains(name));
        assert!(named, "{owner} at {byte:#x}:\n{}", ran.stdout);
        flip(&key, byte);
    }
    assert!(kinds.len() > 20 && gaps == 3, "{gaps} {kinds:?}");
    verify().expect_success("verify, with every byte back in its place");
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
    let digest = base16ct::lower::encode_string(&Sha256::digest(text.as_bytes()));
    let text = format!("{text}# sha256 of the lines above: {digest}\n");
    let file = OpenOptions::new().write(true).open(image).unwrap();
    file.write_all_at(text.as_bytes(), start as u64).unwrap();
}

#[test]
fn a_key_of_another_revision_is_not_laid_out_again_but_its_digests_are_checked() {
    let Some(room) = room() else { return };
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
    flip(&key, module as u64 + 100);
    room.run(["verify", "key.img"]).expect_objection(1, "is not as it was made", "what cannot be");
    flip(&key, module as u64 + 100);
    rewrite(&key, "format = 1", "format = 9");
    let newer =
        room.run(["verify", "key.img"]).expect_objection(1, "is not as it was made", "newer");
    assert!(newer.stdout.contains("the record has format 9"), "{}", newer.stdout);
}

#[test]
fn verify_says_what_it_cannot_vouch_for_and_what_is_no_key() {
    let Some(room) = room() else { return };
    room.iso("a.iso");
    build(&room, "a.img", &["a.iso"]);
    let verified = room.run(["verify", "a.img", "--json"]).expect_success("verify");
    let document: serde_json::Value = serde_json::from_str(&verified.stdout).unwrap();
    assert_eq!(document["schema"], "bootkey.verify/1");
    assert_eq!(
        (&document["verdict"], &document["not_vouched"][0]),
        (&"sound".into(), &"isos:/a.iso".into())
    );
    fs::write(room.path("zeros"), vec![0; 3 << 20]).unwrap();
    let ran = room.run(["verify", "zeros"]);
    let ran = ran.expect_objection(4, "has no record of how it was made", "what cannot be");
    let says = "no key that bootkey made, or without its record: only its structure was looked at\n  \
                note     the disk is not checked: zeros\n";
    assert_eq!(ran.stdout, says);
    room.run(["verify", "nothing"]).expect_objection(5, "nothing", "what cannot be");
    let file = OpenOptions::new().write(true).open(room.path("a.img")).unwrap();
    file.set_len(file.metadata().unwrap().len() - 4096).unwrap();
    let cut = room.run(["verify", "a.img"]).expect_objection(1, "is not as it was made", "cut");
    assert!(cut.stdout.contains("the image: it ends at byte"), "{}", cut.stdout);
}
