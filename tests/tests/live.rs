//! Rung 5, boot: a live system that has to find its own ISO on the key.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::path::Path;
use testbench::{BootOptions, DiskBus, PATIENCE, Qemu, inapplicable};
use tests::Room;

/// Where `cargo xtask isos --live` puts it.
const ISO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/isos/debian-12-live.iso");

#[test]
fn a_debian_live_key_reaches_its_login_prompt() {
    let Some(room) = Room::new() else { return };
    if !Path::new(ISO).is_file() {
        // Not for `setup`: it takes minutes, and all of Debian's archive.
        inapplicable("there is no Debian live ISO; `cargo xtask isos --live` makes one");
        return;
    }
    std::fs::copy(ISO, room.path("debian-12-live.iso")).unwrap();
    room.text(
        "key.toml",
        "[menu]\nserial = true\ntimeout = 3\n[[iso]]\npath = \"debian-12-live.iso\"\n",
    );
    let key = room.build(["key.toml"]);
    let Some(mut guest) = Qemu::boot(BootOptions {
        disks: vec![(key.image, DiskBus::Virtio)],
        memory_mib: 1024,
        ..BootOptions::default()
    }) else {
        return;
    };
    guest.expect("Debian Live 12", PATIENCE).unwrap(); // the menu: iso-probe read /.disk/info
    guest.expect("Linux version", PATIENCE).unwrap(); // the kernel
    // systemd in the squashfs in the ISO on the key: findiso= led there.
    guest.expect("login:", PATIENCE).unwrap();
}
