//! Same inputs, same bytes: whoever builds, whenever, wherever, in whatever environment.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::fs::{File, FileTimes};
use std::time::{Duration, UNIX_EPOCH};
use testbench::{is_root, oracle, run};
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

#[test]
fn another_directory_time_zone_locale_environment_and_mtimes() {
    let (Some(a), Some(b)) = (room(), room()) else { return };
    let first = build(&a);
    for name in ["one.iso", "two.iso", "key.toml"] {
        let old = FileTimes::new().set_modified(UNIX_EPOCH + Duration::from_secs(86_400));
        File::options().write(true).open(b.path(name)).unwrap().set_times(old).unwrap();
    }
    let mut command = b.bootkey(["build", "key.toml", "-o", "key.img"]);
    command.env("TZ", "Asia/Kathmandu").env("LC_ALL", "tr_TR.UTF-8").env("USER", "someone");
    command.env("COLUMNS", "7").env("LANG", "C");
    run(&mut command).expect_success("build in another environment");
    assert_eq!(sha256(&b.path("key.img")), first);
}

#[test]
fn another_umask_user_and_processor_count() {
    let Some(a) = room() else { return };
    let first = build(&a);
    let (Some(sh), Some(taskset)) = (oracle("sh"), oracle("taskset")) else { return };
    let mut command = sh.command();
    command.args(["-c", "umask 077; exec \"$0\" -c 0 \"$1\" build key.toml -o other.img"]);
    command
        .arg(taskset.path())
        .arg(a.path("bootkey"))
        .current_dir(a.path(""))
        .env("HOME", a.path(""));
    // As root if the tests are root, while the first build was nobody's.
    run(&mut command).expect_success(if is_root() { "as root" } else { "again" });
    assert_eq!(sha256(&a.path("other.img")), first);
}

#[test]
fn another_day() {
    let (Some(a), Some(faketime)) = (room(), oracle("faketime")) else { return };
    let first = build(&a);
    // The clock that the program would see is another one.
    let year = faketime.run(["2031-05-06 07:08:09", "date", "+%Y"]).expect_success("faketime date");
    assert_eq!(year.stdout.trim(), "2031");
    let mut command = faketime.command();
    command.arg("2031-05-06 07:08:09").arg(a.path("bootkey"));
    command
        .args(["build", "key.toml", "-o", "later.img"])
        .current_dir(a.path(""))
        .env("HOME", a.path(""));
    run(&mut command).expect_success("build in 2031");
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
