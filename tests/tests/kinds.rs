//! A key of every optional kind: Secure Boot with its signed programs, a live system's persistence,
//! an installer's answers, a theme, a tree. It is read back, and changed.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use testbench::raw_iso::cpio;
use testbench::{Iso, missing};
use tests::{Room, sha256};

const SHIM: &str = "/usr/lib/shim/shimx64.efi.signed";
const SIGNED_GRUB: &str = "/usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed";

const SPEC: &str = "[key]\nname = \"kinds\"\nsecure_boot = true\n[isos]\nchecksums = true\n\
    [menu]\ntheme = \"theme\"\n\
    [[iso]]\npath = \"live.iso\"\npersistence = \"16MiB\"\n\
    [[iso]]\npath = \"installer.iso\"\nautoinstall = \"preseed.cfg\"\n\
    [[tree]]\nfrom = \"tree\"\nto = \"isos:/tree\"\n";

/// A room with all that [`SPEC`] names.
fn room() -> Option<Room> {
    let room = Room::new()?;
    let (kernel, initrd) = testbench::installer_pair()?;
    if ![SHIM, SIGNED_GRUB].iter().all(|file| Path::new(file).is_file()) {
        missing("signed programs (packages `shim-signed` and `grub-efi-amd64-signed`)");
        return None;
    }
    let iso = Iso::new("Debian netboot").file_from("linux", &kernel);
    iso.file_from("initrd.gz", &initrd).write(&room.path("installer.iso")).unwrap();
    let live_boot = cpio(&[("scripts/live", b""), ("lib/live/boot/9990-x", b"")]);
    let live = Iso::new("LIVE").file_from("live/vmlinuz", &kernel);
    live.file("live/initrd.img", live_boot).write(&room.path("live.iso")).unwrap();
    for dir in ["theme", "tree/d"] {
        fs::create_dir_all(room.path(dir)).unwrap();
    }
    room.text("theme/theme.txt", "title-text: \"\"\n");
    room.text("tree/d/notes", "some\n");
    room.text("preseed.cfg", "d-i netcfg/get_hostname string key\n");
    room.text("key.toml", SPEC);
    room.iso("more.iso");
    fs::create_dir(room.path("copy")).unwrap();
    for (from, to) in [
        (tests::GRUB, "i386-pc"),
        ("/usr/lib/grub/x86_64-efi-signed", "x86_64-efi-signed"),
        ("/usr/lib/shim", "shim"),
    ] {
        testbench::copy_tree(from.as_ref(), &room.path("copy").join(to));
    }
    let font = "/usr/share/grub/unicode.pf2";
    if Path::new(font).is_file() {
        fs::copy(font, room.path("copy/unicode.pf2")).unwrap();
    }
    Some(room)
}

fn json(room: &Room, args: &[&str]) -> Value {
    let ran = room.run(args.iter().chain(&["--json"])).expect_success(args[0]);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn a_key_of_secure_boot_persistence_and_answers_is_read_back_and_changed() {
    let Some(room) = room() else { return };
    for table in ["mbr", "gpt"] {
        let build = |output: &str, spec: &str, more: &[&str]| {
            let args = ["build", spec, "--table", table, "-o", output];
            room.run([&args[..], more].concat()).expect_success("build");
            sha256(&room.path(output))
        };
        let installed = build("key.img", "key.toml", &[]);
        // A copy belongs to no package, and says itself which version it is.
        let copied = build("copied.img", "key.toml", &["--grub", "copy"]);
        assert_eq!(copied, installed, "{table}");
        let menu = room.run(["menu", "key.img"]).expect_success("menu").stdout;
        assert!(menu.contains("# shim ") && !menu.contains("of unknown version"), "{menu}");

        let found = json(&room, &["inspect", "key.img"]);
        assert_eq!(found["faults"], serde_json::json!([]), "{found:#}");
        let shim = &found["uefi"][0];
        assert_eq!((&shim["what"], &shim["machine"]), (&"shim".into(), &"x86-64".into()));
        let said = shim["secure_boot"].as_str().unwrap();
        assert!(said.starts_with("yes: Microsoft signed it, and it starts grubx64.efi"), "{said}");
        assert!(shim["grub"]["version"].is_string(), "{shim:#}");
        for entry in found["menu"]["entries"].as_array().unwrap() {
            assert_eq!(entry["missing"], serde_json::json!([]), "{entry:#}");
        }
        let kept = found["partitions"].as_array().unwrap().iter();
        let mut kept = kept.filter(|p| p["file_system"]["label"] == "persistence");
        assert_eq!(kept.next().unwrap()["bytes"], 16 << 20, "{found:#}");

        let explained = json(&room, &["explain", "key.img"]);
        let (image, mut names) = (fs::read(room.path("key.img")).unwrap(), BTreeSet::new());
        for range in explained["ranges"].as_array().unwrap() {
            let Some(name) = range["source"]["name"].as_str() else { continue };
            let file = match name {
                "shim, shimx64.efi.signed" => SHIM.into(),
                "the signed GRUB, gcdx64.efi.signed" => SIGNED_GRUB.into(),
                "the installer's answers" => room.path("preseed.cfg"),
                "live.iso" | "installer.iso" => room.path(name),
                "theme.txt" => room.path("theme/theme.txt"),
                "d/notes" => room.path("tree/d/notes"),
                _ => continue,
            };
            names.insert(name);
            assert_eq!(range["source"]["sha256"], sha256(&file), "{range:#}");
            let number = |value: &Value| value.as_u64().unwrap() as usize;
            let (at, len) = (number(&range["offset"]), number(&range["len"]));
            let from = number(&range["source"]["offset"]);
            assert!(image[at..at + len] == fs::read(&file).unwrap()[from..from + len], "{range:#}");
        }
        assert_eq!(names.len(), 7, "{names:?}");

        let sound = "sound: every byte that has an owner is as it was made\n";
        let verify = || room.run(["verify", "key.img"]);
        assert_eq!(verify().expect_success("verify").stdout, sound);
        let shim = explained["ranges"].as_array().unwrap().iter().find(|range| {
            range["owner"].as_str().is_some_and(|owner| owner.ends_with("/EFI/BOOT/BOOTX64.EFI"))
        });
        let at = shim.unwrap()["offset"].as_u64().unwrap() + 4096;
        testbench::flip(&room.path("key.img"), at, 1);
        let ran = verify().expect_objection(1, "is not as it was made", "an altered shim");
        assert!(ran.stdout.contains("/EFI/BOOT/BOOTX64.EFI"), "{}", ran.stdout);
        testbench::flip(&room.path("key.img"), at, 1);

        room.text("three.toml", &SPEC.replace("[menu]", "[menu]\ntimeout = 3"));
        let set = ["set", "key.img", "menu.timeout=3"];
        for (change, spec, more) in [
            (&set[..], "three.toml", &[][..]),
            (&["add", "key.img", "more.iso"], "key.toml", &["more.iso"]),
            (&["grow", "key.img", "128MiB"], "key.toml", &["--size", "128MiB"]),
        ] {
            room.run(change.iter().chain(&["-o", "new.img"])).expect_success(change[0]);
            let built = build("built.img", spec, more);
            assert_eq!(sha256(&room.path("new.img")), built, "{table} {change:?}");
            if table == "gpt" {
                break;
            }
        }
    }
}
