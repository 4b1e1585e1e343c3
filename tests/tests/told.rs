//! What `inspect`, `ls -l`, `verify`, `explain` and `diff` say to people, word for word. Numbers that
//! change with the menu, GRUB's modules and the version are left out.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use core::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use testbench::handmade_grub::{self, MODULES};
use tests::Room;

const PLATFORMS: [&str; 4] = ["i386-pc", "x86_64-efi", "i386-efi", "arm64-efi"];

/// A room with a GRUB that is the same on every machine.
fn room() -> Option<Room> {
    let room = Room::new()?;
    for platform in PLATFORMS {
        let dir = room.path("grub").join(platform);
        fs::create_dir_all(&dir).unwrap();
        for (name, mut bytes) in handmade_grub::directory(platform, &MODULES, 300) {
            if name == "boot.img" {
                // By this others know GRUB's boot sector.
                bytes[0x180..0x185].copy_from_slice(b"GRUB ");
            }
            fs::write(dir.join(name), bytes).unwrap();
        }
    }
    room.iso("debian.iso");
    room.text("k.toml", "[key]\nname = \"told\"\n[isos]\nchecksums = true\n");
    Some(room)
}

fn build(room: &Room, output: &str, words: &[&str]) {
    let args = ["build", "k.toml", "debian.iso", "--grub", "grub", "-o", output];
    room.run([&args[..], words].concat()).expect_success("build");
}

/// The output of a command, and the command before it.
fn said(room: &Room, out: &mut String, args: &[&str]) {
    let ran = room.run(args);
    let text = timeless(&ran.stdout);
    writeln!(out, "$ bootkey {}\n{text}{}", args.join(" "), timeless(&ran.stderr)).unwrap();
}

/// A text in which numbers that mean nothing are gone.
fn timeless(text: &str) -> String {
    let line = |line: &str| {
        let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        for at in 0..words.len() {
            let is = |n: usize, what: &str| words.get(n).is_some_and(|word| word.starts_with(what));
            let bare = words[at].trim_end_matches([',', ':', ')']).to_owned();
            let number = !bare.is_empty() && bare.bytes().all(|b| b.is_ascii_digit() || b == b'.');
            let hex = bare.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
            let replaced = match () {
                () if number && is(at + 2, "free") => "N",
                () if number && (is(at + 1, "sectors") || is(at + 1, "bytes")) => "N",
                () if number && (is(at + 1, "parts") || is(at + 1, "in") || is(at + 1, "of")) => {
                    "N"
                }
                () if number && at > 0 && (is(at - 1, "byte") || is(at - 1, "in")) => "N",
                () if number && at > 0 && is(at - 1, "bootkey") => "VERSION",
                // A date has ten.
                () if hex && bare.len() >= 8 && bare.len() != 10 && !number => "HEX",
                () => continue,
            };
            words[at] = words[at].replacen(&bare, replaced, 1);
        }
        words.join(" ") + "\n"
    };
    text.lines().map(line).collect()
}

/// What `explain` says, without where and how long; of many alike the first.
fn explained(room: &Room, out: &mut String, key: &str) {
    let ran = room.run(["explain", key]).expect_success("explain");
    writeln!(out, "$ bootkey explain {key}").unwrap();
    let mut last = String::new();
    for line in ran.stdout.lines() {
        let shown = match line.get(28..) {
            Some(shown) if line.as_bytes()[..12].iter().all(u8::is_ascii_hexdigit) => shown,
            _ => line,
        };
        // Modules, lists, and the parts of other groups are like what comes before them; memdisk is
        // on machines that have it.
        let kind = shown.replace(|c: char| c.is_ascii_digit(), "");
        let alike =
            [".mod", ".lst", ".cfg", ".sh", "memdisk"].iter().any(|end| shown.contains(end));
        if !(alike && !shown.contains("/normal.mod") && !shown.contains("/grub.cfg"))
            && kind != last
        {
            out.push_str(&timeless(shown));
        }
        last = kind;
    }
    out.push('\n');
}

/// All that is said about a key of this table, file system and firmware.
fn all_said(room: &Room, table: &str, filesystem: &str, firmware: &str) -> String {
    build(room, "key.img", &["--table", table, "--filesystem", filesystem, "--firmware", firmware]);
    let mut out = String::new();
    said(room, &mut out, &["inspect", "key.img"]);
    said(room, &mut out, &["ls", "-l", "key.img", "isos:/"]);
    said(room, &mut out, &["verify", "key.img"]);
    if table != "gpt" {
        explained(room, &mut out, "key.img");
    }
    out
}

#[test]
fn keys_of_every_table_file_system_and_firmware_are_told() {
    let Some(room) = room() else { return };
    for (table, filesystem, firmware) in [
        ("mbr", "ext3", "bios"),
        ("gpt", "ext4", "bios,uefi-x64"),
        ("gpt", "ext2", "uefi-arm64"),
        ("hybrid", "fat32", "bios,uefi-x64,uefi-ia32"),
    ] {
        let said = all_said(&room, table, filesystem, firmware);
        insta::assert_snapshot!(format!("{table}-{filesystem}"), said);
    }
}

#[test]
fn what_two_keys_differ_in_is_told() {
    let Some(room) = room() else { return };
    room.iso("other.iso");
    let words = ["--firmware", "bios", "--size", "32MiB"];
    build(&room, "a.img", &words);
    build(&room, "b.img", &[&["other.iso"], &words[..]].concat());
    let mut out = String::new();
    said(&room, &mut out, &["diff", "a.img", "a.img"]);
    said(&room, &mut out, &["diff", "a.img", "b.img"]);
    room.run(["remove", "b.img", "debian.iso", "-o", "c.img"]).expect_success("remove");
    said(&room, &mut out, &["diff", "b.img", "c.img"]);
    insta::assert_snapshot!(out);
}

/// Each command's help, what it says when it has done its work, and why it refuses others.
#[test]
fn what_commands_that_read_or_change_a_key_say_is_told() {
    let Some(room) = room() else { return };
    room.iso("other.iso");
    for dir in ["tree", "out"] {
        fs::create_dir(room.path(dir)).unwrap();
        fs::set_permissions(room.path(dir), fs::Permissions::from_mode(0o777)).unwrap();
    }
    room.text("tree/notes", "some words\n");
    room.text("k.toml", "[key]\nname = \"told\"\n[[tree]]\nfrom = \"tree\"\nto = \"isos:/\"\n");
    build(&room, "a.img", &["--firmware", "uefi-x64", "--size", "32MiB"]);
    let mut out = String::new();
    for command in ["menu", "cat", "extract", "add", "remove", "grow", "set"] {
        let ran = room.run([command, "-h"]).expect_success(command);
        writeln!(out, "$ bootkey {command} -h\n{}", ran.stdout).unwrap();
    }
    for args in [
        &["menu", "none.img"][..],
        &["menu", "tree/notes"],
        &["cat", "a.img", "isos:/notes"],
        &["cat", "a.img", "isos:/none"],
        &["cat", "a.img", "isos"],
        &["cat", "a.img", "isos:/"],
        &["extract", "a.img", "isos:/notes", "--to", "out"],
        &["extract", "a.img", "isos:/notes", "--to", "out"],
        &["extract", "a.img", "isos:/notes", "--to", "out", "--force"],
        &["extract", "a.img", "isos:/notes", "--to", "a.img"],
        &["extract", "a.img", "isos:/notes", "--to", "none/none"],
        &["extract", "a.img", "isos:/notes", "--to", "new"],
        &["extract", "a.img", "isos:/none", "--to", "out"],
        &["add", "a.img", "other.iso", "-o", "b.img"],
        &["add", "a.img", "none.iso", "-o", "x.img"],
        &["add", "a.img", "debian.iso", "-o", "x.img"],
        &["add", "a.img", "other.iso"],
        &["remove", "b.img", "other.iso", "-o", "c.img"],
        &["remove", "b.img", "none.iso", "-o", "x.img"],
        &["grow", "a.img", "40MiB", "-o", "d.img"],
        &["grow", "a.img", "1MiB", "-o", "x.img"],
        &["set", "a.img", "menu.timeout=3", "-o", "e.img"],
        &["set", "a.img", "menu.colour=red", "-o", "x.img"],
        &["set", "a.img", "menu.timeout=3", "-o", "a.img"],
        &["set", "tree/notes", "menu.timeout=3", "-o", "x.img"],
    ] {
        let ran = room.run(args);
        let said = sizeless(&timeless(&format!("{}{}", ran.stdout, ran.stderr)));
        let status = ran.status.unwrap();
        writeln!(out, "$ bootkey {} [{status}]\n{said}", args.join(" ")).unwrap();
    }
    assert!(!room.path("x.img").exists());
    insta::assert_snapshot!(out);
}

/// A text without the sizes of images, which change with the texts on them.
fn sizeless(text: &str) -> String {
    let mut words: Vec<&str> = text.split(' ').collect();
    for at in 1..words.len() {
        if words[at].starts_with("MiB") && words[at - 1].contains('.') {
            words[at - 1] = "N";
        }
    }
    words.join(" ")
}
