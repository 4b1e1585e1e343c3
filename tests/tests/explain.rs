//! Where each byte of a key comes from, and what two keys differ in: `explain` and `diff`.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use hex_digest::sha256_hex;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use testbench::{Ran, missing};
use tests::Room;

/// A spec with everything that a key takes from elsewhere, but signed programs.
const EVERYTHING: &str = "[key]\nname = \"all\"\n[isos]\nchecksums = true\n\
    [menu]\ntheme = \"theme\"\n[[iso]]\npath = \"a.iso\"\nname = \"first.iso\"\n\
    [[tree]]\nfrom = \"tree\"\nto = \"isos:/some/where\"\n\
    [[tree]]\nfrom = \"tree\"\nto = \"boot:/\"\n\
    [[entry]]\ntitle = \"Xen\"\nxen = { hypervisor = \"xen.gz\", kernel = \"iso:/isolinux/vmlinuz\", \
    initrd = \"initrd\" }\n\
    [xen.network]\ninterface = \"eth0\"\ndhcp = true\n";

/// A room with all that [`EVERYTHING`] names.
fn room() -> Option<Room> {
    let room = Room::new()?;
    room.iso("a.iso");
    for dir in ["theme", "tree/d"] {
        fs::create_dir_all(room.path(dir)).unwrap();
    }
    let numbers = |len: u32| (0..len).flat_map(u32::to_le_bytes).collect::<Vec<u8>>();
    room.text("theme/theme.txt", "title-text: \"\"\n");
    for (name, len) in
        [("xen.gz", 3000), ("initrd", 4001), ("tree/d/x", 1), ("tree/50% \u{e4}", 70_000)]
    {
        fs::write(room.path(name), numbers(len)).unwrap();
    }
    fs::write(room.path("tree/holes"), [vec![0; 1 << 20], b"end".to_vec()].concat()).unwrap();
    room.text("key.toml", EVERYTHING);
    Some(room)
}

fn explain(room: &Room, args: &[&str]) -> Value {
    let ran = room.run([&["explain", "--json"], args].concat()).expect_success("explain");
    serde_json::from_str(&ran.stdout).unwrap()
}

fn number(range: &Value, key: &str) -> u64 {
    range[key].as_u64().unwrap()
}

/// The file that a source's name means.
fn source(room: &Room, name: &str) -> PathBuf {
    if let Some((file, platform)) = name.split_once(" of GRUB for ") {
        return PathBuf::from(format!("/usr/lib/grub/{platform}/{file}"));
    }
    let there = |name: &str| Some(room.path(name)).filter(|path| path.is_file());
    match name {
        "GRUB's font" => "/usr/share/grub/unicode.pf2".into(),
        "memdisk" => "/usr/lib/syslinux/memdisk".into(),
        "the hypervisor" => room.path("xen.gz"),
        "the initrd" => room.path("initrd"),
        "first.iso" => room.path("a.iso"),
        name => there(&format!("tree/{name}"))
            .or_else(|| there(&format!("theme/{name}")))
            .unwrap_or_else(|| panic!("{name} is no input")),
    }
}

/// The ranges are the image: they adjoin, and the last ends with it.
#[track_caller]
fn adjoin(explained: &Value) -> &[Value] {
    let ranges = explained["ranges"].as_array().unwrap();
    let end = ranges.iter().fold(0, |end, range| {
        assert_eq!(number(range, "offset"), end, "{range:#}");
        assert!(number(range, "len") > 0, "{range:#}");
        end + number(range, "len")
    });
    assert_eq!(end, number(explained, "len"));
    ranges
}

#[test]
fn every_byte_of_a_key_has_the_owner_the_origin_and_the_digest_that_it_should() {
    let Some(room) = room() else { return };
    if !PathBuf::from("/usr/lib/grub/x86_64-efi").is_dir() {
        return missing("GRUB's modules for UEFI (package `grub-efi-amd64-bin`)");
    }
    for (table, filesystem) in [("mbr", "ext4"), ("hybrid", "fat32")] {
        let args = ["key.toml", "--firmware", "bios,uefi-x64", "--table", table];
        let key = room.build([&args[..], &["--filesystem", filesystem]].concat());
        let image = fs::read(&key.image).unwrap();
        let explained = explain(&room, &["key.img"]);
        assert_eq!(explained["schema"], "bootkey.explain/1");
        assert_eq!(explained["len"], image.len());
        let (mut kinds, mut names) = (BTreeSet::new(), BTreeSet::new());
        for range in adjoin(&explained) {
            let start = number(range, "offset") as usize;
            let bytes = &image[start..start + number(range, "len") as usize];
            let kind = range["kind"].as_str().unwrap();
            kinds.insert(kind);
            let name = range["source"]["name"].as_str();
            names.extend(name);
            let origin = name.filter(|_| kind != "built").map(|name| {
                let file = fs::read(source(&room, name)).unwrap();
                assert_eq!(range["source"]["sha256"], sha256_hex(&file), "{range:#}");
                let from = number(&range["source"], "offset") as usize;
                file[from..from + bytes.len()].to_vec()
            });
            match kind {
                "copied" => assert!(origin.as_deref() == Some(bytes), "{range:#}"),
                "patched" => {
                    let origin = origin.unwrap();
                    let differ = origin.iter().zip(bytes).filter(|(a, b)| a != b).count();
                    // Where the next part lies; of boot.img, a BIOS' parameters too.
                    assert!((1..100).contains(&differ), "{differ} {range:#}");
                }
                "zeros" | "slack" | "unclaimed" => {
                    assert!(bytes.iter().all(|b| *b == 0), "{range:#}")
                }
                _ => {}
            }
            let made = matches!(kind, "made" | "patched" | "built");
            assert_eq!(made, range["sha256"] == sha256_hex(bytes), "{range:#}");
            assert_eq!(kind == "unclaimed", range["owner"].is_null(), "{range:#}");
        }
        let all = ["built", "copied", "made", "patched", "slack", "unclaimed", "zeros"];
        assert_eq!(kinds, all.into(), "{table}");
        // A file is as long as what is copied of it.
        let copied = |name: &str| -> u64 {
            let of = |range: &&Value| range["source"]["name"] == name;
            explained["ranges"]
                .as_array()
                .unwrap()
                .iter()
                .filter(of)
                .map(|r| number(r, "len"))
                .sum()
        };
        assert_eq!(copied("first.iso"), fs::metadata(room.path("a.iso")).unwrap().len());
        for name in [
            "boot.img of GRUB for i386-pc",
            "kernel.img and modules of GRUB for i386-pc",
            "kernel.img and modules of GRUB for x86_64-efi",
            "normal.mod of GRUB for x86_64-efi",
            "50% \u{e4}",
            "GRUB's font",
            "first.iso",
            "theme.txt",
            "the initrd",
        ] {
            assert!(names.contains(name), "{name} {names:?}");
        }
        // A text that is made is the one that is planned.
        let menu = room.run([&["menu"], &args[..], &["--filesystem", filesystem]].concat());
        let menu = sha256_hex(menu.expect_success("menu").stdout.as_bytes());
        let is_menu = |range: &&Value| range["owner"].as_str().unwrap_or("").ends_with("/grub.cfg");
        let found = explained["ranges"].as_array().unwrap().iter().find(is_menu).unwrap();
        assert_eq!((&found["kind"], &found["sha256"]), (&"made".into(), &menu.into()));
    }
}

#[test]
fn one_byte_or_a_range_of_a_key_is_explained() {
    let Some(room) = room() else { return };
    room.build(["a.iso", "--firmware", "bios"]);
    let owners = |range: &str| -> Vec<String> {
        let explained = explain(&room, &["key.img", range]);
        let owner = |range: &Value| range["owner"].as_str().unwrap_or("nobody").to_owned();
        explained["ranges"].as_array().unwrap().iter().map(owner).collect()
    };
    let table =
        ["partition table/disk signature", "partition table/MBR entry 1 (Linux file system)"];
    assert_eq!(owners("0"), ["grub/boot.img"]);
    assert_eq!(owners("439"), ["grub/boot.img"]);
    assert_eq!(owners("440"), table[..1]);
    assert_eq!(owners("0x1b8..0x1bf"), table);
    assert_eq!(owners("440+6"), table[..1]);
    assert_eq!(owners("440+7"), table);
    assert_eq!(owners("0xfffff"), ["nobody"]);
    let ran = room.run(["explain", "key.img", "0"]).expect_success("explain");
    let line = ran.stdout.lines().last().unwrap();
    assert!(line.contains(" patched  grub/boot.img  = boot.img of GRUB for i386-pc"), "{line}");
    let len = fs::metadata(room.path("key.img")).unwrap().len();
    let fails = |range: &str, words: &str| {
        room.run(["explain", "key.img", range]).expect_objection(2, words, range);
    };
    fails(&len.to_string(), &format!("the image ends at byte {len}"));
    fails("9..3", "it ends before it begins");
    fails("here", "is no offset");
    room.run(["explain", "none.img"]).expect_objection(5, "none.img", "no such file");
}

/// Takes the record away: its first line is no longer one.
fn forget(room: &Room, key: &str) {
    let path = room.path(key);
    let bytes = fs::read(&path).unwrap();
    let line = b"# What this key was made of";
    let at = bytes.windows(line.len()).position(|w| w == line).unwrap();
    OpenOptions::new().write(true).open(&path).unwrap().write_all_at(b"!", at as u64).unwrap();
}

#[test]
fn a_key_without_a_record_is_explained_by_its_structure_and_says_so() {
    let Some(room) = room() else { return };
    for (table, parts) in [
        ("mbr", &["sector 0: MBR entry 1", "sector 0: MBR entry 4"][..]),
        ("gpt", &["GPT header", "GPT entries", "backup GPT header", "backup GPT entries"]),
    ] {
        let args = ["a.iso", "--firmware", "bios", "--table", table];
        room.build(args);
        let known = explain(&room, &["key.img"]);
        forget(&room, "key.img");
        let explained = explain(&room, &["key.img"]);
        assert_eq!(explained["made_by"], Value::Null);
        let why = explained["no_record"].as_str().unwrap();
        assert!(why.contains("inputs.toml is damaged"), "{why}");
        let mut places: BTreeMap<&str, Vec<(u64, u64)>> = BTreeMap::new();
        for range in adjoin(&explained) {
            let place = (number(range, "offset"), number(range, "len"));
            places.entry(range["owner"].as_str().unwrap_or("")).or_default().push(place);
        }
        for part in parts.iter().chain(&["sector 0: boot code: GRUB's boot.img", "GRUB's core.img"])
        {
            assert!(places.contains_key(part), "{part}\n{:?}", places.keys());
        }
        // What it says of files is what the record says of them.
        for range in known["ranges"].as_array().unwrap() {
            if range["kind"] == "copied" {
                let owner = range["owner"].as_str().unwrap();
                let (partition, path) = owner.split_once("/file ").unwrap();
                let isos = 1 + u32::from(partition == "isos");
                let pieces = &places[&*format!("partition {isos}: file {path}")];
                let place = (number(range, "offset"), number(range, "len"));
                assert!(pieces.contains(&place), "{owner} {place:?} {pieces:?}");
            }
        }
        let ran = room.run(["explain", "key.img"]).expect_success("explain");
        assert!(ran.stdout.starts_with("by its structure only: "), "{}", ran.stdout);
    }
    // Nothing is known of what holds nothing.
    fs::write(room.path("zeros"), vec![0; 1 << 20]).unwrap();
    let zeros = explain(&room, &["zeros"]);
    assert_eq!(adjoin(&zeros).len(), 1);
    assert_eq!(zeros["ranges"][0]["kind"], "unknown");
}

/// The differences by owner: `length` and the like.
fn differences(ran: &Ran) -> BTreeMap<String, String> {
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["schema"], "bootkey.diff/1");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let one = |d: &Value| (text(&d["owner"]), text(&d["how"]["kind"]));
    document["differences"].as_array().unwrap().iter().map(one).collect()
}

#[test]
fn two_keys_differ_by_owner_and_not_by_offset() {
    let Some(room) = room() else { return };
    room.iso("b.iso");
    let build = |output: &str, isos: &[&str]| {
        let args = ["build", "--firmware", "bios", "--size", "32MiB", "-o", output];
        room.run([&args[..], isos].concat()).expect_success("build");
    };
    build("a.img", &["a.iso"]);
    build("same.img", &["a.iso"]);
    build("ab.img", &["b.iso", "a.iso"]);
    let same = room.run(["diff", "a.img", "same.img"]).expect_success("diff");
    assert_eq!(same.stdout, "no difference\n");
    // Nobody's bytes are no difference.
    let write = |key: &str, at: u64, bytes: &[u8]| {
        let file = OpenOptions::new().write(true).open(room.path(key)).unwrap();
        file.write_all_at(bytes, at).unwrap();
    };
    write("same.img", 0xf_ffff, b"!");
    let same = room.run(["diff", "--json", "a.img", "same.img"]).expect_success("diff");
    assert_eq!(differences(&same), BTreeMap::new());

    let diff = |a: &str, b: &str| {
        let says = "the keys differ in ";
        differences(&room.run(["diff", "--json", a, b]).expect_objection(1, says, "what differs"))
    };
    let more = diff("a.img", "ab.img");
    assert_eq!(more["isos/file /b.iso"], "only-in-second");
    assert!(!more.contains_key("isos/file /a.iso"), "it only lies elsewhere: {more:?}");
    assert_eq!(more["usbboot/file /boot/grub/grub.cfg"], "length");
    let is_module = |owner: &String| owner.contains("/file ") && owner.ends_with(".mod");
    assert!(!more.keys().any(is_module), "{more:?}");
    // What tells where files lie is many parts, and one line.
    let tables =
        more.keys().filter(|owner| owner.starts_with("isos/") && !owner.contains("/file "));
    let line = format!("~ isos/tables of the file system: {} parts differ (-v", tables.count());
    let text = room.run(["diff", "a.img", "ab.img"]).expect_objection(1, "differ", "what differs");
    assert!(text.stdout.contains(&line), "{line} {}", text.stdout);
    assert!(!text.stdout.contains("/superblock"), "{}", text.stdout);
    let text = room.run(["diff", "-v", "a.img", "ab.img"]);
    assert!(text.stdout.contains("~ isos/superblock: "), "{}", text.stdout);
    assert_eq!(diff("ab.img", "a.img")["isos/file /b.iso"], "only-in-first");

    room.run(["set", "a.img", "menu.timeout=3", "-o", "set.img"]).expect_success("set");
    let set = diff("a.img", "set.img");
    assert_eq!(set["usbboot/file /boot/grub/grub.cfg"], "bytes");
    assert!(set.keys().all(|owner| owner.starts_with("usbboot/")), "{set:?}");
    let ran = room.run(["diff", "a.img", "set.img"]).expect_objection(1, "the keys differ", "set");
    let line = "~ usbboot/file /boot/grub/grub.cfg: its byte ";
    assert!(ran.stdout.lines().any(|l| l.starts_with(line)), "{}", ran.stdout);

    // Without a record on one of them, both go by their structure, and so by the same names.
    forget(&room, "same.img");
    let forgotten = diff("a.img", "same.img");
    let record = "partition 1: file /boot/bootkey/inputs.toml";
    assert_eq!(forgotten, BTreeMap::from([(record.to_owned(), "bytes".to_owned())]));
    room.run(["diff", "a.img", "none.img"]).expect_objection(5, "none.img", "no such file");
}
