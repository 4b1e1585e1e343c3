//! `bootkey probe`, as its users run it.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use serde_json::Value;
use testbench::Iso;
use testbench::raw_iso::cpio;
use tests::Room;

const MENU: &str = "menuentry 'Live system' {\n linux /live/vmlinuz boot=live components quiet\n \
                    initrd /live/initrd.img\n}\n";

/// An ISO in the shape of Debian's live ones; it will not boot.
fn live() -> Iso {
    Iso::new("d-live 12.5.0 st amd64")
        .file("boot/grub/grub.cfg", MENU)
        .file("live/vmlinuz", b"kernel")
        .file(
            "live/initrd.img",
            cpio(&[("scripts/live", b""), ("scripts/local", b""), (FURTHER, b"")]),
        )
        .file("live/filesystem.squashfs", b"root")
}

/// A name in the initrd behind that which shows the engine.
const FURTHER: &str = "lib/modules/6.1/kernel/fs/exfat/exfat.ko";

#[test]
fn what_an_iso_is_and_how_it_boots() {
    let Some(room) = Room::new() else { return };
    live().write(&room.path("debian.iso")).unwrap();
    let ran = room.run(["probe", "debian.iso"]).expect_success("bootkey probe");
    for line in [
        "debian.iso: Debian Live 12.5.0",
        "because    it has initrd with scripts/live",
        "GRUB       linux /live/vmlinuz boot=live components quiet findiso={iso_path}",
        "from       ext2/3/4, FAT32, Btrfs, XFS; if its initrd has the driver: NTFS, f2fs; not known \
         to: exFAT",
        "initrd     /live/initrd.img: 1 entries, none, the rest was not needed",
        "menu       /boot/grub/grub.cfg: 1 entry that starts Linux",
    ] {
        assert!(ran.stdout.contains(line), "{line}\n{}", ran.stdout);
    }
    let ran = room.run(["probe", "--json", "debian.iso"]).expect_success("bootkey probe");
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json[0]["verdict"]["recipe"], "live-boot");
    assert_eq!(json[0]["facts"]["volume_id"], "d-live 12.5.0 st amd64");
    let ran = room.run(["probe", "--record", "debian.iso"]).expect_success("bootkey probe");
    let mut recorded: Value = serde_json::from_str(&ran.stdout).unwrap();
    let mut facts = json[0]["facts"].clone();
    // A record holds all; the verdict needed no more of the initrd than its first name.
    let known = |facts: &mut Value| {
        let initrds = facts.as_object_mut().unwrap().remove("initrds").unwrap();
        initrds["/live/initrd.img"]["filesystems"].as_array().is_some()
    };
    assert!(known(&mut recorded) && !known(&mut facts));
    let unread = facts.as_object_mut().unwrap().remove("unread_initrds").unwrap();
    assert_eq!(unread, serde_json::json!(["/live/initrd.img"]));
    assert_eq!(recorded, facts);
}

#[test]
fn the_answer_may_be_no() {
    let Some(room) = Room::new() else { return };
    live().write(&room.path("debian.iso")).unwrap();
    Iso::new("CCCOMA_X64FRE_EN-US_DV9").file("readme.txt", "x").write(&room.path("w.iso")).unwrap();
    let ran = room.run(["probe", "debian.iso", "w.iso"]);
    assert_eq!(ran.status, Some(1), "{ran:?}");
    assert!(
        ran.stdout.contains("debian.iso: Debian Live") && ran.stdout.contains("w.iso: Windows")
    );
    assert!(ran.stdout.contains("  boots      no\n  because    this is Windows setup"), "{ran:?}");
    assert!(ran.stderr.contains("1 of 2 ISOs cannot boot from a key"), "{ran:?}");
    // What is no ISO is something else than an ISO that cannot boot.
    room.text("page.iso", &"<!DOCTYPE html>".repeat(4000));
    let ran = room.run(["probe", "page.iso"]);
    assert_eq!(ran.status, Some(4), "{ran:?}");
    assert!(ran.stderr.contains("it is a web page"), "{ran:?}");
    // It does not hide the others.
    let ran = room.run(["probe", "debian.iso", "page.iso", "w.iso"]);
    assert_eq!(ran.status, Some(4), "{ran:?}");
    assert!(ran.stdout.contains("debian.iso: Debian Live") && ran.stdout.contains("w.iso: "));
    assert!(ran.stderr.contains("it is a web page"), "{ran:?}");
    assert!(ran.stderr.contains("1 of 3 ISOs could not be read"), "{ran:?}");
}

#[test]
fn a_live_system_s_entry_says_where_its_iso_lies() {
    let Some(room) = Room::new() else { return };
    live().write(&room.path("debian.iso")).unwrap();
    let menu = room.run(["menu", "debian.iso"]).expect_success("bootkey menu").stdout;
    assert!(menu.contains("'boot=live' 'components' 'quiet' 'findiso=/debian.iso'"), "{menu}");
    // A name that cannot be handed on is another one on the key, unless it was chosen for it.
    std::fs::rename(room.path("debian.iso"), room.path("ubuntu (1).iso")).unwrap();
    let ran = room.run(["menu", "ubuntu (1).iso"]).expect_success("bootkey menu");
    assert!(ran.stdout.contains("findiso=/ubuntu__1_.iso'"), "{ran:?}");
    assert!(ran.stderr.contains("ubuntu (1).iso: it is `ubuntu__1_.iso` on the key"), "{ran:?}");
    room.text("key.toml", "[[iso]]\npath = \"ubuntu (1).iso\"\nname = \"a b.iso\"\n");
    let ran = room.run(["menu", "key.toml"]);
    assert_eq!(ran.status, Some(4), "{ran:?}");
    assert!(ran.stderr.contains("name = \"a_b.iso\""), "{ran:?}");
}
