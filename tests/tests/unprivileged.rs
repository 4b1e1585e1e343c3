//! A build needs no privileges, starts no other program, and takes little memory.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::os::unix::fs::MetadataExt as _;
use testbench::{Oracle, oracle, run};
use tests::Room;

#[test]
fn build_starts_no_other_program() {
    let (Some(room), Some(strace)) = (Room::new(), oracle("strace")) else { return };
    room.iso("a.iso");
    let traced = |program: &str, args: &[&str]| {
        let mut c = strace.command();
        c.args(["-f", "-qq", "-e", "trace=execve,execveat,fork,vfork", "-o"]);
        c.arg(room.path("trace"))
            .arg(program)
            .args(args)
            .current_dir(room.path(""))
            .env("HOME", room.path(""));
        run(&mut c).expect_success("strace");
        let trace = std::fs::read_to_string(room.path("trace")).unwrap();
        trace.lines().filter(|l| l.contains("execve(") || l.contains("execveat(")).count()
    };
    let program = room.path("bootkey");
    let execs = traced(program.to_str().unwrap(), &["build", "a.iso", "-o", "key.img"]);
    assert_eq!(execs, 1, "its own start, and nothing else");
    // Tampering: the trace does see a second program when there is one.
    assert_eq!(traced("sh", &["-c", "sh -c true; true"]), 2);
}

/// Peak resident memory of the program in KiB, as the kernel counts it.
fn peak_kib(room: &Room, args: &[&str]) -> u64 {
    let mut child = room.bootkey(args).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    // VmHWM never falls, so the last look before the end is (nearly) the whole truth; the
    // program ends by waiting for the disk, which leaves time for that look.
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
        peak = line.and_then(|l| l.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(peak);
    }
    assert!(child.wait().unwrap().success());
    peak
}

#[test]
fn memory_does_not_grow_with_the_isos() {
    let Some(room) = Room::new() else { return };
    for gib in [6, 60] {
        testbench::sparse_iso(&room.path("large.iso"), gib << 30).unwrap();
        let peak = peak_kib(&room, &["build", "large.iso", "-o", "key.img"]);
        println!("peak memory for an ISO of {gib} GiB: {peak} KiB");
        assert!(peak > 1024, "{peak} KiB: the measurement saw nothing");
        assert!(peak < 64 << 10, "{peak} KiB for {gib} GiB");
        let image = std::fs::metadata(room.path("key.img")).unwrap();
        assert!(image.len() > gib << 30);
        // Holes stay holes; ext3 itself takes a thousandth for its block map.
        assert!(image.blocks() * 512 < (64 << 20) + (gib << 20), "{} KiB", image.blocks() / 2);
    }
}

/// The system calls that could leave something behind, as `strace` saw them succeed.
fn writes(room: &Room, strace: &Oracle, args: &[&str]) -> Vec<String> {
    let calls = "trace=openat,open,creat,mkdir,mkdirat,link,linkat,symlink,symlinkat,unlink,\
                 unlinkat,rename,renameat,renameat2,truncate,ftruncate";
    let mut c = strace.command();
    c.args(["-f", "-qq", "-e", calls, "-o"]).arg(room.path("trace"));
    c.arg(room.path("bootkey")).args(args).current_dir(room.path("")).env("HOME", room.path(""));
    run(&mut c).expect_success("strace");
    let trace = std::fs::read_to_string(room.path("trace")).unwrap();
    let reads =
        |l: &&str| l.contains("O_RDONLY") && !l.contains("O_CREAT") && !l.contains("O_TRUNC");
    let failed = |l: &&str| l.contains(" = -1 ");
    // Of a call that another thread interrupts, the first line has the arguments.
    let seen = |l: &&str| l.contains("<... ");
    trace.lines().filter(|l| !reads(l) && !failed(l) && !seen(l)).map(str::to_owned).collect()
}

#[test]
fn seeing_the_plan_writes_nothing() {
    let (Some(room), Some(strace)) = (Room::new(), oracle("strace")) else { return };
    room.iso("a.iso");
    for command in ["plan", "menu"] {
        assert_eq!(writes(&room, &strace, &[command, "a.iso"]), [""; 0], "{command}");
    }
    // Tampering: the same look at a build sees it write.
    assert_ne!(writes(&room, &strace, &["build", "a.iso", "-o", "key.img"]), [""; 0]);
}
