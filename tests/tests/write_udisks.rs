//! `bootkey write` by a user who is not root: udisks opens and unmounts the stick, if polkit lets it.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::fs;
use testbench::{LoopDevice, PrivateUdisks, Ran, oracle, run};
use tests::Room;

const MIB: usize = 1 << 20;

/// `bootkey write --yes key.img STICK`, by nobody.
fn write(room: &Room, udisks: &PrivateUdisks, stick: &LoopDevice, options: &[&str]) -> Ran {
    let mut command = udisks.beside_as_nobody(room.path("bootkey"));
    command.args(["write", "--yes"]).args(options).arg(room.path("key.img")).arg(&stick.path);
    run(&mut command)
}

#[test]
fn udisks_opens_and_unmounts_a_stick_for_who_may_not() {
    let (Some(room), Some(stick)) = (Room::new(), LoopDevice::new(&vec![0xa5; 40 * MIB])) else {
        return;
    };
    room.iso("a.iso");
    room.build(["a.iso", "--size", "16MiB"]);
    let (Some(mke2fs), Some(udisks)) = (oracle("mke2fs"), PrivateUdisks::start(&stick)) else {
        return;
    };
    mke2fs.run(["-qF".as_ref(), stick.path.as_os_str()]).expect_success("mke2fs");
    let before = fs::read(stick.file()).unwrap();
    let refused = write(&room, &udisks, &stick, &[]);
    let words = "udisks was not allowed to by polkit: Not authorized to perform operation). Root may:\n  sudo ";
    refused.expect_objection(5, words, "polkit says no");
    assert!(fs::read(stick.file()).unwrap() == before, "a user who may not has changed it");

    udisks.allow(true);
    let place = tempfile::tempdir_in("/mnt").unwrap();
    run(udisks.beside("mount").arg(&stick.path).arg(place.path())).expect_success("mount");
    let written = write(&room, &udisks, &stick, &["--eject"]).expect_success("write");
    let says = |words: &str| assert!(written.stderr.contains(words), "{words}: {}", written.stderr);
    says(&format!("unmounted `{}`", place.path().display()));
    says("and compared");
    // A loop device is on no drive.
    says("could not be ejected: udisks cannot do this with it");
    let image = fs::read(room.path("key.img")).unwrap();
    let there = fs::read(stick.file()).unwrap();
    // Pages of zeros may be nobody's, which are not written where the device cannot forget.
    let mut pages = image.chunks(4096).zip(there.chunks(4096));
    assert!(pages.all(|(ours, on_it)| ours == on_it || ours.iter().all(|b| *b == 0)));
    assert!(there[40 * MIB - 132 * 1024..].iter().all(|b| *b == 0));

    let first = device_held(&stick);
    write(&room, &udisks, &stick, &[]).expect_objection(2, "somebody else uses it", "in use");
    drop(first);
    assert!(fs::read(stick.file()).unwrap() == there);
}

/// The stick, which somebody has for themselves.
fn device_held(stick: &LoopDevice) -> fs::File {
    use std::os::unix::fs::OpenOptionsExt as _;
    const O_EXCL: i32 = 0o200;
    fs::OpenOptions::new().read(true).custom_flags(O_EXCL).open(&stick.path).unwrap()
}
