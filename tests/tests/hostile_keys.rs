//! Keys with bytes that somebody has changed: every command that reads one says something within
//! reason, and leaves nothing half made.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use hex_digest::sha256_hex;
use std::fs;
use std::ops::Range;
use std::os::unix::fs::PermissionsExt as _;
use testbench::run;
use tests::Room;

/// The beginning and the end of what a record's seal covers.
const RECORD: (&[u8], &[u8]) = (b"# What this key was made of", b"# sha256 of the lines above: ");
/// Changed keys of each kind.
const ROUNDS: usize = 6;

/// The commands that read a key.
const COMMANDS: [&[&str]; 14] = [
    &["inspect"],
    &["inspect", "--json", "-v"],
    &["explain"],
    &["explain", "--json"],
    &["verify"],
    &["diff", "sound"],
    &["ls", "1:/", "-lR"],
    &["ls", "isos:/", "-lR", "--json"],
    &["menu"],
    &["cat", "boot:/boot/bootkey/inputs.toml", "isos:/a.iso"],
    &["extract", "2:/", "--to", "out", "--force"],
    &["add", "more.iso", "-o", "new.img", "--drop"],
    &["set", "menu.timeout=3", "-o", "new.img", "--adopt"],
    &["grow", "1GiB", "-o", "new.img", "--drop"],
];

/// Numbers that follow from a seed, and from nothing else.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) as usize % end
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// The parts of an image in which it is worth to change something.
fn parts(room: &Room, key: &str, bytes: &[u8]) -> Vec<Range<usize>> {
    let end = bytes.len();
    if !key.ends_with(".img") {
        return vec![0..512, 0..4096, end - 512..end, end - 4096..end];
    }
    let ran = room.run(["explain", "--json", key]).expect_success("explain");
    let explained: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let ranges = explained["ranges"].as_array().unwrap().iter();
    let tables = ranges.filter(|range| {
        let owner = range["owner"].as_str().unwrap_or_default();
        range["kind"] == "made" && !owner.contains("core.img")
    });
    let number = |value: &serde_json::Value| value.as_u64().unwrap() as usize;
    tables
        .map(|r| (number(&r["offset"]), number(&r["len"])))
        .map(|(at, len)| at..at + len)
        .collect()
}

/// Changes some bytes; of one key in four, words of its record, which is sealed again.
fn change(bytes: &mut [u8], parts: &[Range<usize>], numbers: &mut Numbers) {
    let record = find(bytes, RECORD.0).filter(|_| numbers.below(4) == 0);
    let seal = record.and_then(|start| Some((start, start + find(&bytes[start..], RECORD.1)?)));
    for _ in 0..1 << numbers.below(4) {
        let part = match seal {
            Some((start, end)) => start + RECORD.0.len()..end,
            None => parts[numbers.below(parts.len())].clone(),
        };
        let at = part.start + numbers.below(part.len());
        match (seal, numbers.below(4)) {
            (Some(_), _) => bytes[at] = b"0129/.:\"%~=[]\na"[numbers.below(15)],
            (None, 0) => bytes[at] ^= 1 << numbers.below(8),
            (None, 1) => bytes[at] = numbers.below(256) as u8,
            (None, 2) => bytes[at..part.end.min(at + 4)].fill(0xff),
            (None, _) => bytes[at..part.end.min(at + 4)].fill(0),
        }
    }
    if let Some((start, end)) = seal {
        let digest = sha256_hex(&bytes[start..end]);
        let at = end + RECORD.1.len();
        bytes[at..at + digest.len()].copy_from_slice(digest.as_bytes());
    }
}

#[test]
fn a_key_with_any_bytes_does_no_harm() {
    let Some(room) = Room::with_handmade_grub(300) else { return };
    for iso in ["a.iso", "more.iso"] {
        room.iso(iso);
    }
    fs::create_dir_all(room.path("tree/d")).unwrap();
    room.text("tree/d/x", "x");
    room.text(
        "key.toml",
        "[isos]\nchecksums = true\n[[iso]]\npath = \"a.iso\"\n[[tree]]\nfrom = \"tree\"\nto = \"isos:/t\"\n",
    );
    let mut numbers = Numbers(21);
    let mut statuses = [0; 6];
    for (key, words) in [
        ("a.img", &["--table", "mbr", "--filesystem", "ext4", "--firmware", "bios"][..]),
        ("b.img", &["--table", "gpt", "--filesystem", "ext2", "--firmware", "uefi-x64"]),
        ("c.img", &["--table", "hybrid", "--filesystem", "fat32", "--firmware", "bios"]),
        ("d.img.zst", &["--firmware", "bios"]),
        ("e.img.xz", &["--firmware", "bios"]),
        ("f.img.gz", &["--firmware", "bios"]),
        ("g.qcow2", &["--firmware", "bios"]),
        ("h.vmdk", &["--firmware", "bios"]),
        ("i.vhd", &["--firmware", "bios"]),
    ] {
        let args = ["build", "key.toml", "--grub", "grub", "-o", key];
        room.run([&args[..], words].concat()).expect_success("build");
        let sound = fs::read(room.path(key)).unwrap();
        let parts = parts(&room, key, &sound);
        let changed = format!("changed-{key}");
        for round in 0..ROUNDS {
            let mut bytes = sound.clone();
            change(&mut bytes, &parts, &mut numbers);
            if numbers.below(16) == 0 {
                bytes.truncate(numbers.below(bytes.len()));
            }
            fs::write(room.path(&changed), &bytes).unwrap();
            fs::create_dir(room.path("out")).unwrap();
            fs::set_permissions(room.path("out"), fs::Permissions::from_mode(0o777)).unwrap();
            for n in 0..4 {
                let command = COMMANDS[(4 * round + n + numbers.below(2)) % COMMANDS.len()];
                let mut args = vec![command[0]];
                args.extend(
                    command[1..].iter().map(|word| if *word == "sound" { key } else { word }),
                );
                args.insert(1, &changed);
                let before = room.names();
                // A panic is 101, a signal none at all; and a hang, or more memory than that, is
                // ended by the kernel.
                let mut limited = std::process::Command::new("/bin/sh");
                let limits = "ulimit -t 10; ulimit -v 1000000; exec ./bootkey \"$@\"";
                limited.args(["-c", limits, "sh"]).args(&args).current_dir(room.path(""));
                let ran = run(limited.env("HOME", room.path("")));
                let what = format!("{key} round {round}: {args:?}: {}", ran.stderr);
                let status = ran.status.unwrap_or_else(|| panic!("{what}"));
                assert!((0..6).contains(&status), "{status} {what}");
                statuses[status as usize] += 1;
                if status != 0 {
                    assert_eq!(room.names(), before, "{what}");
                }
                let _ = fs::remove_file(room.path("new.img"));
                assert!(fs::read(room.path(&changed)).unwrap() == bytes, "{what}");
            }
            fs::remove_dir_all(room.path("out")).unwrap();
        }
    }
    println!("exit statuses: {statuses:?}");
    // They were read, and refused.
    assert!(statuses[0] > 30 && statuses[1] > 3 && statuses[4] > 10, "{statuses:?}");
}
