//! Same inputs, same bytes: whoever builds, whenever, wherever, in whatever environment.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::fs::{File, FileTimes};
use std::time::{Duration, UNIX_EPOCH};
use testbench::{ANOTHER_DAY, LoopMount, Perturbation, missing, oracle, perturbed, run};
use tests::{Room, sha256};

const SPEC: &str = "[key]\nname = \"twice\"\n\n[[iso]]\npath = \"one.iso\"\n\n\
    [[iso]]\npath = \"two.iso\"\ntitle = \"Second\"\n";

fn build(room: &Room) -> String {
    sha256(&room.build(["key.toml"]).image)
}

fn room() -> Option<Room> {
    let room = Room::new()?;
    room.iso("one.iso");
    room.iso("two.iso");
    room.text("key.toml", SPEC);
    Some(room)
}

/// Builds under perturbations. Where a tool is missing, it is noted, and the plain build stands in.
#[track_caller]
fn perturbed_build(room: &Room, output: &str, by: &[Perturbation]) {
    let program = room.path("bootkey");
    let mut command =
        perturbed(&program, by).unwrap_or_else(|| std::process::Command::new(&program));
    command.args(["build", "key.toml", "-o", output]).current_dir(room.path(""));
    command.env("HOME", room.path(""));
    run(&mut command).expect_success("a perturbed build");
}

#[test]
fn another_directory_time_zone_locale_environment_and_mtimes() {
    let (Some(a), Some(b)) = (room(), room()) else { return };
    let first = build(&a);
    for name in ["one.iso", "two.iso", "key.toml"] {
        let old = FileTimes::new().set_modified(UNIX_EPOCH + Duration::from_secs(86_400));
        File::options().write(true).open(b.path(name)).unwrap().set_times(old).unwrap();
    }
    perturbed_build(&b, "key.img", &[Perturbation::Environment, Perturbation::User]);
    assert_eq!(sha256(&b.path("key.img")), first);
}

#[test]
fn another_umask_user_and_processor_count() {
    let Some(a) = room() else { return };
    let first = build(&a);
    // As root if the tests are root, while the first build was nobody's.
    perturbed_build(&a, "other.img", &[Perturbation::Umask, Perturbation::Processors]);
    assert_eq!(sha256(&a.path("other.img")), first);
}

#[test]
fn another_day() {
    let (Some(a), Some(faketime)) = (room(), oracle("faketime")) else { return };
    let first = build(&a);
    // The clock that the program would see is another one.
    let year = faketime.run([ANOTHER_DAY, "date", "+%Y"]).expect_success("faketime date");
    assert_eq!(year.stdout.trim(), &ANOTHER_DAY[..4]);
    perturbed_build(&a, "later.img", &[Perturbation::Clock]);
    assert_eq!(sha256(&a.path("later.img")), first);
}

#[test]
fn grub_from_another_place() {
    let Some(a) = room() else { return };
    let first = build(&a);
    std::fs::create_dir_all(a.path("grub/fonts")).unwrap();
    for platform in ["i386-pc", "x86_64-efi"] {
        let installed = std::path::Path::new(tests::GRUB).with_file_name(platform);
        testbench::copy_tree(&installed, &a.path("grub").join(platform));
    }
    std::fs::copy("/usr/share/grub/unicode.pf2", a.path("grub/fonts/unicode.pf2")).unwrap();
    let mut command = a.bootkey(["build", "key.toml", "-o", "copied.img", "--grub", "grub"]);
    run(&mut command).expect_success("build with a copy of GRUB");
    assert_eq!(sha256(&a.path("copied.img")), first);
}

#[test]
fn standard_output_gives_the_same_bytes() {
    let Some(a) = room() else { return };
    let first = build(&a);
    let mut command = a.bootkey(["build", "key.toml", "-o", "-"]);
    command.stdout(File::create(a.path("piped.img")).unwrap());
    assert!(command.status().unwrap().success());
    assert_eq!(sha256(&a.path("piped.img")), first);
}

/// On tmpfs and XFS, in every format: inputs and output there.
#[test]
fn another_file_system() {
    let Some(a) = room() else { return };
    let formats = ["img", "img.gz", "img.zst", "qcow2", "vmdk", "vhd"];
    let build_at = |dir: &std::path::Path| -> Vec<String> {
        for name in ["one.iso", "two.iso", "key.toml"] {
            std::fs::copy(a.path(name), dir.join(name)).unwrap();
        }
        let one = |format: &&str| {
            let output = dir.join(format!("key.{format}"));
            let mut command = std::process::Command::new(a.path("bootkey"));
            command.args(["build", "key.toml", "-o"]).arg(&output).current_dir(dir);
            run(&mut command).expect_success("build elsewhere");
            sha256(&output)
        };
        formats.iter().map(one).collect()
    };
    let here = tempfile::tempdir().unwrap();
    let first = build_at(here.path());
    match tempfile::tempdir_in("/dev/shm") {
        Ok(dir) => assert_eq!(build_at(dir.path()), first, "on tmpfs"),
        Err(_) => missing("a tmpfs in /dev/shm"),
    }
    let Some(mkfs) = oracle("mkfs.xfs") else { return };
    let disk = here.path().join("disk");
    File::create(&disk).unwrap().set_len(400 << 20).unwrap();
    run(mkfs.command().arg("-q").arg(&disk)).expect_success("mkfs.xfs");
    let Some(xfs) = LoopMount::whole(&disk, "xfs", "rw") else { return };
    assert_eq!(build_at(xfs.path()), first, "on XFS");
    xfs.unmount();
}

/// The tamper test of this file: what should reach the image does.
#[test]
fn other_inputs_give_other_bytes() {
    let Some(a) = room() else { return };
    let first = build(&a);
    a.text("key.toml", &SPEC.replace("twice", "thrice"));
    let renamed = build(&a);
    assert_ne!(renamed, first, "the name is the seed of every identity");
    a.text("key.toml", SPEC);
    tests::installer(b"kernel", b"inItrd").write(&a.path("one.iso")).unwrap();
    assert_ne!(build(&a), first, "one bit of an ISO");
    a.iso("one.iso");
    let mut command = a.bootkey(["build", "key.toml", "-o", "dated.img"]);
    run(command.env("SOURCE_DATE_EPOCH", "1700000000")).expect_success("another date");
    assert_ne!(sha256(&a.path("dated.img")), first);
    assert_eq!(build(&a), first, "and back again");
}
