//! `bootkey write` when it is killed, or the stick fails: it has no partition table then, or all of the key.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use testbench::{Fault, FaultyDevice, LoopDevice, Ran, oracle, run};
use tests::Room;

const MIB: usize = 1 << 20;
/// What is on a stick before.
const OLD: u8 = 0xa5;
/// The number of orders of a kind at which it is killed, at most.
const MOST: usize = 25;

/// A room with a key of 8 MiB.
#[track_caller]
fn room() -> Option<Room> {
    let room = Room::with_handmade_grub(3000)?;
    room.iso("a.iso");
    let args = ["build", "--grub", "grub", "a.iso", "-o", "key.img", "--size", "8MiB"];
    room.run(args).expect_success("build");
    Some(room)
}

/// `bootkey write --yes key.img DEVICE`, as root.
fn command(room: &Room, device: &Path) -> Command {
    let mut command = Command::new(testbench::bootkey());
    command.args(["write", "--yes"]).arg(room.path("key.img")).arg(device);
    command
}

fn write(room: &Room, device: &Path) -> Ran {
    run(&mut command(room, device))
}

/// What is on a stick.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Untouched,
    NoTable,
    Key,
}

#[track_caller]
fn found(stick: &Path, key: &[u8]) -> Found {
    let there = fs::read(stick).unwrap();
    if there.iter().all(|byte| *byte == OLD) {
        Found::Untouched
    } else if there[..4096].iter().all(|byte| *byte == 0) {
        Found::NoTable
    } else {
        // Where nobody owns anything the image has zeros, and a stick that has not forgotten what was
        // there still has that.
        let fits = |(there, key): (&u8, &u8)| there == key || (*key == 0 && *there == OLD);
        assert!(there.iter().zip(key).all(fits), "it has a table, and is not the key");
        Found::Key
    }
}

/// Killed at each order that it gives to the stick, or at fifty of them.
#[test]
fn killed_at_any_moment_it_leaves_no_table_or_all_of_the_key() {
    let (Some(room), Some(stick), Some(strace)) =
        (room(), LoopDevice::new(&vec![OLD; 12 * MIB]), oracle("strace"))
    else {
        return;
    };
    let key = fs::read(room.path("key.img")).unwrap();
    // It forgets nothing, since how much it forgets in the time that it has differs from run to run,
    // and with that the number of orders.
    let no_discard = "inject=fallocate:error=EOPNOTSUPP";
    let traced = |order: &str, inject: Option<String>| {
        fs::write(stick.file(), vec![OLD; 12 * MIB]).unwrap();
        let mut traced = strace.command();
        traced.args(["-f", "-qq", "-e", &format!("trace={order},fallocate"), "-e", no_discard]);
        traced.args(inject.iter().flat_map(|inject| ["-e", inject]));
        traced.arg("-o").arg(room.path("trace")).arg("--");
        let command = command(&room, &stick.path);
        run(traced.arg(command.get_program()).args(command.get_args()))
    };
    for order in ["pwrite64", "fsync"] {
        traced(order, None).expect_success("write");
        assert_eq!(found(&stick.file(), &key), Found::Key);
        let trace = fs::read_to_string(room.path("trace")).unwrap();
        let is_order = |line: &&str| line.contains(&format!(" {order}("));
        let count = trace.lines().filter(is_order).count();
        assert!(count > 3, "{trace}");
        let mut seen = Vec::new();
        for n in 0..MOST.min(count) {
            let at = 1 + n * count / MOST.min(count);
            let ran = traced(order, Some(format!("inject={order}:signal=KILL:when={at}")));
            assert_ne!(ran.status, Some(0), "{order} {at} of {count}: {}", ran.stderr);
            seen.push(found(&stick.file(), &key));
        }
        // One after another.
        assert!(seen.is_sorted(), "{seen:?}");
        assert!(seen.contains(&Found::NoTable), "{seen:?}");
    }
    // It can be written again.
    write(&room, &stick.path).expect_success("write");
    assert_eq!(found(&stick.file(), &key), Found::Key);
    // All that somebody owns is there, zeros as well.
    run(Command::new(testbench::bootkey()).arg("verify").arg(stick.file()))
        .expect_success("verify");
}

#[test]
fn a_stick_that_fails_at_a_sector_is_told_where_and_has_no_table() {
    let Some(room) = room() else { return };
    let key = fs::read(room.path("key.img")).unwrap();
    // Where the record lies: that is written.
    let record = key.windows(27).position(|w| w == b"# What this key was made of").unwrap();
    let sector = record as u64 / 512;
    for (fault, does) in [(Fault::NotWritten(sector), "written"), (Fault::NotRead(sector), "read")]
    {
        let Some(stick) = FaultyDevice::new(&vec![OLD; 12 * MIB], fault) else { return };
        let words =
            format!("it cannot be {does} at byte {}: Input/output error", sector / 8 * 4096);
        let ran = write(&room, stick.path()).expect_objection(5, &words, does);
        assert!(ran.stderr.contains("it has no partition table now"), "{}", ran.stderr);
        assert_eq!(found(&stick.file(), &key), Found::NoTable);
    }
}

#[test]
fn a_stick_that_vanishes_is_told() {
    let Some(room) = room() else { return };
    let key = fs::read(room.path("key.img")).unwrap();
    // So that it is not at the end before it vanishes.
    let slow = Fault::Slow(8 << 20);
    let Some(stick) = FaultyDevice::new(&vec![OLD; 12 * MIB], slow) else { return };
    let mut command = command(&room, stick.path());
    command.args(["--progress", "json"]).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut said = String::new();
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        let line = line.unwrap();
        if line.contains("\"event\":\"phase\",\"phase\":\"writing\"") {
            stick.vanish();
        }
        said += &format!("{line}\n");
    }
    assert_eq!(child.wait().unwrap().code(), Some(5), "{said}");
    assert!(said.contains("error"), "{said}");
    assert_eq!(found(&stick.file(), &key), Found::NoTable, "{said}");
}
