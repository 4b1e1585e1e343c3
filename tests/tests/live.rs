//! Rung 5, boot: a live system that has to find its own ISO on the key.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::path::Path;
use testbench::{BootOptions, DiskBus, Iso, PATIENCE, Qemu, inapplicable};
use tests::Room;

/// Where `cargo xtask isos` puts them.
const ISOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/isos");

#[test]
fn a_debian_live_key_reaches_its_login_prompt() {
    // The title: iso-probe read /.disk/info.
    reaches_login("debian-12-live.iso", "Debian Live 12");
}

/// dracut finds the ISO file, mounts the ISO, the squashfs in it and the ext4 image in that, and makes
/// a root of it that can be written to.
#[test]
fn a_fedora_style_key_runs_from_the_image_in_its_iso() {
    let Some(mut guest) = boot("dracut-live.iso", "--dracut", "Debian-dracut-Live-12") else {
        return;
    };
    // In columns, as findmnt prints them.
    for fact in [
        "/ is ext4   /dev/mapper/live-rw",
        "/run/initramfs/live is iso9660 /dev/loop",
        "/run/initramfs/isoscan is ext3   /dev/vda2",
    ] {
        guest.expect(&format!("live: {fact}"), 4 * PATIENCE).unwrap();
    }
}

/// A key with this ISO alone shows this title, and then boots to `login:`.
fn reaches_login(iso: &str, title: &str) {
    let Some(mut guest) = boot(iso, "--live", title) else { return };
    // The kernel is quiet. systemd in the squashfs in the ISO on the key: the initrd found it
    // there. It decompresses all of itself under emulation.
    guest.expect("login:", 3 * PATIENCE).unwrap();
}

/// Starts a key with this ISO alone, whose menu shows this title.
fn boot(iso: &str, option: &str, title: &str) -> Option<Qemu> {
    let room = Room::new()?;
    let made = Path::new(ISOS).join(iso);
    if !made.is_file() {
        // Not for `setup`: it takes minutes, and all of Debian's archive.
        inapplicable(&format!("there is no {iso}; `cargo xtask isos {option}` makes one"));
        return None;
    }
    std::fs::copy(made, room.path(iso)).unwrap();
    room.text(
        "key.toml",
        &format!("[menu]\nserial = true\ntimeout = 3\n[[iso]]\npath = \"{iso}\"\n"),
    );
    let key = room.build(["key.toml"]);
    let mut guest = Qemu::boot(BootOptions {
        disks: vec![(key.image, DiskBus::Virtio)],
        memory_mib: 1024,
        ..BootOptions::default()
    })?;
    guest.expect(title, PATIENCE).unwrap();
    Some(guest)
}

/// What `img_dev=/dev/disk/by-uuid/…` gets: GRUB finds it out when it starts.
#[test]
fn grub_knows_the_uuid_of_the_partition_with_the_isos() {
    let Some(room) = Room::new() else { return };
    let arch = Iso::new("ARCH_202404")
        .file("arch/boot/x86_64/vmlinuz-linux", b"kernel")
        .file("arch/boot/x86_64/initramfs-linux.img", b"initrd");
    arch.write(&room.path("arch.iso")).unwrap();
    for kind in ["ext3", "fat32"] {
        grub_knows_the_uuid(&room, kind);
    }
}

fn grub_knows_the_uuid(room: &Room, kind: &str) {
    room.text(
        "key.toml",
        &format!(
            "[menu]\nserial = true\ntimeout = \"none\"\n[isos]\nfilesystem = \"{kind}\"\n\
             [[iso]]\npath = \"arch.iso\"\n"
        ),
    );
    let plan = room.run(["plan", "--json", "key.toml"]).expect_success("bootkey plan").stdout;
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    let uuid = plan["partitions"][1]["uuid"].as_str().unwrap();
    let key = room.build(["key.toml"]);
    let options =
        BootOptions { disks: vec![(key.image, DiskBus::Virtio)], ..BootOptions::default() };
    let Some(mut guest) = Qemu::boot(options) else { return };
    guest.expect("Arch Linux 202404", PATIENCE).unwrap();
    guest.send("c").unwrap();
    guest.expect("grub>", PATIENCE).unwrap();
    guest.send("echo it is $isos_uuid\r").unwrap();
    guest.expect(&format!("it is {uuid}"), PATIENCE).unwrap();
}
