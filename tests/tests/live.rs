//! A live system boots in QEMU from a key (rung 5 of the ladder of tests) and has to find its own
//! ISO there.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use testbench::{BootOptions, DiskBus, Iso, PATIENCE, Qemu, live_iso, oracle};
use tests::Room;

/// dracut finds the ISO file, mounts the ISO, the squashfs in it and the ext4 image in that, and makes
/// a root of it that can be written to.
#[test]
fn a_fedora_style_key_runs_from_the_image_in_its_iso() {
    let Some(room) = Room::new() else { return };
    let Some(live) = live_iso("dracut-live.iso") else { return };
    std::fs::copy(live, room.path("live.iso")).unwrap();
    room.text("key.toml", "[menu]\nserial = true\ntimeout = 3\n[[iso]]\npath = \"live.iso\"\n");
    let key = room.build(["key.toml"]);
    let disks = vec![(key.image, DiskBus::Virtio)];
    let Some(mut guest) = Qemu::boot(BootOptions { disks, ..BootOptions::default() }) else {
        return;
    };
    guest.expect("Debian-dracut-Live-12", PATIENCE).unwrap();
    // In columns, as findmnt prints them.
    for fact in [
        "/ is ext4   /dev/mapper/live-rw",
        "/run/initramfs/live is iso9660 /dev/loop",
        "/run/initramfs/isoscan is ext3   /dev/vda2",
    ] {
        guest.expect(&format!("live: {fact}"), 4 * PATIENCE).unwrap();
    }
}

/// What `img_dev=/dev/disk/by-uuid/…` gets: GRUB finds it out when it starts.
#[test]
fn grub_knows_the_uuid_of_the_partition_with_the_isos() {
    let Some(room) = Room::new() else { return };
    let arch = Iso::new("ARCH_202404")
        .file("arch/boot/x86_64/vmlinuz-linux", b"kernel")
        .file("arch/boot/x86_64/initramfs-linux.img", b"initrd")
        .file("arch/x86_64/airootfs.sfs", b"system");
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

/// The kernel starts a shell in the live system, and nothing else: its root has no password. What
/// comes behind `init=` and is not the kernel's is an argument of the shell's: with `-s` it takes
/// `persistence` for no script.
const SHELL: &str = "init=/bin/bash -s";

/// Types a command once the shell is there, and waits until it has said `token`. What is typed is
/// echoed, so the token must not stand in the command.
fn shell(guest: &mut Qemu, command: &str, token: &str) {
    // Minutes under emulation where the root is on a disk, also on a partition made by mke2fs.
    guest.expect(":/#", 5 * PATIENCE).unwrap();
    guest.send(&format!("{command}\r")).unwrap();
    guest.expect(token, PATIENCE).unwrap();
}

/// What systemd would do: nothing is left in memory, nothing is mounted for writing.
fn power_off(mut guest: Qemu) {
    guest
        .send("sync; echo u >/proc/sysrq-trigger; sleep 1; echo o >/proc/sysrq-trigger\r")
        .unwrap();
    guest.ended(PATIENCE).unwrap();
}

#[test]
fn a_live_system_keeps_a_file_where_it_has_persistence() {
    let Some(room) = Room::new() else { return };
    let Some(live) = live_iso("debian-12-live.iso") else { return };
    let (Some(e2fsck), Some(debugfs)) = (oracle("e2fsck"), oracle("debugfs")) else { return };
    std::fs::copy(live, room.path("live.iso")).unwrap();
    room.text(
        "key.toml",
        &format!(
            "[menu]\nserial = true\ntimeout = 3\n[[iso]]\npath = \"live.iso\"\nargs = \"{SHELL}\"\n\
             persistence = {{ size = \"32MiB\", default = true }}\n"
        ),
    );
    let key = room.build(["key.toml"]);
    let boot = || {
        let disks = vec![(key.image.clone(), DiskBus::Virtio)];
        Qemu::boot(BootOptions { disks, keep_writes: true, ..BootOptions::default() })
    };

    let Some(mut guest) = boot() else { return };
    shell(&mut guest, "echo to be kept >/root/note; echo wro''te", "wrote");
    power_off(guest);
    let Some(mut guest) = boot() else { return };
    shell(&mut guest, "echo it was \"$(cat /root/note)\"", "it was to be kept");
    power_off(guest);

    // The same system on the same key, told nothing about it.
    let Some(mut guest) = boot() else { return };
    guest.expect("More ways to start", PATIENCE).unwrap();
    guest.key("down").unwrap();
    guest.expect("*More ways to start", PATIENCE).unwrap();
    guest.send("\r").unwrap();
    guest.expect("*Debian Live 12: without persistence", PATIENCE).unwrap();
    guest.send("\r").unwrap();
    shell(&mut guest, "test -e /root/note || echo no''thing", "nothing");
    power_off(guest);

    // The fourth partition is what it was, after all this.
    let fs = key.partition(4, &room.path("persistence.img"));
    e2fsck.run(["-fn", fs.to_str().unwrap()]).expect_success("e2fsck");
    let kept = debugfs.run(["-R", "cat /rw/root/note", fs.to_str().unwrap()]);
    assert_eq!(kept.expect_success("debugfs").stdout, "to be kept\n");
}
