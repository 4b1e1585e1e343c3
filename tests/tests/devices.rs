//! `bootkey devices`, as nobody: the list is complete, or an error.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::fs;
use std::os::unix::fs::symlink;
use tests::Room;

/// A machine with a stick and a loop device, in the directory `machine`.
fn machine(room: &Room) {
    let sys = room.path("machine/sys");
    fs::create_dir_all(sys.join("block")).unwrap();
    for (name, place) in [("sdb", "usb1/1-1/host0"), ("loop0", "virtual")] {
        let disk = sys.join("devices").join(place).join("block").join(name);
        fs::create_dir_all(&disk).unwrap();
        let attributes = [("size", "31250000"), ("removable", "0"), ("ro", "0"), ("dev", "8:16")];
        for (attribute, value) in attributes {
            fs::write(disk.join(attribute), value).unwrap();
        }
        symlink(format!("../devices/{place}/block/{name}"), sys.join("block").join(name)).unwrap();
    }
    fs::create_dir_all(room.path("machine/proc/self")).unwrap();
    fs::write(room.path("machine/proc/self/mountinfo"), "").unwrap();
}

#[test]
fn sticks_are_listed_for_people_and_for_programs() {
    let Some(room) = Room::new() else { return };
    machine(&room);
    let listed = |words: &[&str]| {
        let args = [&["devices", "--sysroot", "machine"], words].concat();
        room.run(args).expect_success("devices").stdout
    };
    let stick =
        "sticks that could be overwritten\n  /dev/sdb  16.0 GB  (USB)\n    nothing that is known\n";
    assert_eq!(listed(&[]), stick);
    let others = "\nnot offered\n  /dev/loop0  16.0 GB\n    it is a loop device: a file\n";
    assert_eq!(listed(&["--all"]), format!("{stick}{others}"));
    let json: serde_json::Value = serde_json::from_str(&listed(&["--all", "--json"])).unwrap();
    assert_eq!(json["schema"], "bootkey.devices/1");
    let facts = |at: usize| {
        let device = &json["devices"][at];
        (device["path"].as_str().unwrap(), device["offered"].as_bool().unwrap())
    };
    assert_eq!([facts(0), facts(1)], [("/dev/sdb", true), ("/dev/loop0", false)]);
    assert_eq!(json["devices"][1]["reasons"][0]["code"], "kind");
    // This machine's own devices are listed too, without root.
    room.run(["devices", "--all"]).expect_success("devices of this machine");
}

#[test]
fn without_sysfs_there_is_no_list() {
    let Some(room) = Room::new() else { return };
    machine(&room);
    fs::remove_dir_all(room.path("machine/sys")).unwrap();
    let ran = room.run(["devices", "--sysroot", "machine"]);
    ran.expect_objection(5, "machine/sys/block cannot be read: No such file", "no sysfs");
    room.run(["devices", "/dev/sdb"]).expect_objection(2, "unexpected argument", "a device");
}
