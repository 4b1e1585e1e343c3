//! Keys made of keys: a changed key is what a build of the changed spec makes.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use testbench::{LoopMount, flip, oracle, run, shared_extents};
use tests::{Room, sha256};

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
    let Some(room) = Room::with_handmade_grub(3000) else { return };
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
    let Some(room) = Room::with_handmade_grub(3000) else { return };
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
    let Some(room) = Room::with_handmade_grub(3000) else { return };
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
            let says = format!("  {owner}{key}: its compressed block at byte ");
            assert!(ran.stdout.contains(&says), "{form}: {}", ran.stdout);
        };
        flip(&path, 2000, 0x10);
        says("wrong    the image: the image cannot be read: ");
        flip(&path, 2000, 0x10);
        flip(&path, middle, 0x10);
        says("wrong    isos/file /payload: ");
        let says = format!("{key}: its compressed block at byte ");
        room.run(["remove", &key, "a.iso", "-o", "new.img"]).expect_objection(
            5,
            &says,
            "a damaged block",
        );
        assert!(!room.path("new.img").exists());
    }
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
    let Some(room) = Room::with_handmade_grub(3000) else { return };
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
        // FAT has nothing but files: no hard or symbolic links, no FIFOs and devices.
        let [link, fifo, null] = ["link", "fifo", "null"].map(|name| room.path("tree").join(name));
        if file_system == "ext2" {
            fs::hard_link(room.path("tree/d/x"), room.path("tree/y")).unwrap();
            std::os::unix::fs::symlink("d/x", &link).unwrap();
            let mode = Mode::from_bits_truncate(0o640);
            mknodat(CWD, &fifo, FileType::Fifo, mode, 0).unwrap();
            // Root alone can make this one.
            let _ = mknodat(CWD, &null, FileType::CharacterDevice, mode, makedev(1, 3));
        }
        if file_system == "fat32" {
            for path in [link, fifo, null].iter().filter(|path| fs::symlink_metadata(path).is_ok())
            {
                fs::remove_file(path).unwrap();
            }
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
    let Some(room) = Room::with_handmade_grub(3000) else { return };
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
    let Some(room) = Room::with_handmade_grub(3000) else { return };
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

    // Nobody makes bytes of what a damaged inode says that it has.
    for (len, why) in
        [(1u64 << 40, "more than the key has"), (1 << 62, "more than a file can have")]
    {
        let field = format!("set_inode_field b.iso size {len}");
        run(debugfs.command().args(["-w", "-R", &field, &image])).expect_success("debugfs");
        room.run(["add", "a.img", "c.iso", "-o", "x.img", "--adopt"])
            .expect_objection(4, why, "b.iso");
        assert!(!room.path("x.img").exists());
    }
}
