//! Finding programs and files; skips that are noted, and that fail where oracles are required.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside

use std::process::Command;
use std::time::Duration;

use testbench::{grub_rescue_iso, installer_pair, ipxe_iso, memtest_iso, missing, oracle, run};

#[test]
fn programs_are_found_outside_an_unprivileged_path_too() {
    let Some(sh) = oracle("sh") else { return };
    let said = sh.run(["-c", "echo $LC_ALL $TZ"]).expect_success("sh").stdout;
    assert_eq!(said, "C UTC\n");
}

/// The assertion of tamper tests itself: no other answer counts as the expected objection.
#[test]
fn an_objection_is_a_status_and_words() {
    let Some(sh) = oracle("sh") else { return };
    let objects = |script: &str, words: &str| {
        let ran = sh.run(["-c", script]);
        std::panic::catch_unwind(|| ran.expect_objection(3, words, "a script")).is_ok()
    };
    assert!(objects("echo it is wrong; exit 3", "is wrong"));
    assert!(objects("echo it is wrong >&2; exit 3", "is wrong"));
    for (what, script) in [
        ("accepts", "echo it is wrong; exit 0"),
        ("usage", "echo it is wrong; exit 2"),
        ("words", "echo it is fine; exit 3"),
        ("silence", "exit 3"),
        ("a crash", "echo it is wrong; kill -SEGV $$"),
    ] {
        assert!(!objects(script, "is wrong"), "{what}");
    }
    assert!(!objects("echo it is wrong; exit 3", ""), "any words will do");

    let accepts = |script: &str| sh.run(["-c", script]).accepts(3, "is wrong");
    assert!(accepts("exit 0"));
    assert!(!accepts("echo it is wrong; exit 3"));
    assert!(std::panic::catch_unwind(|| accepts("exit 127")).is_err());
}

/// A program that hangs fails its test, with what it had said, and is ended.
#[test]
fn a_program_that_does_not_end_is_ended() {
    let Some(sh) = oracle("sh") else { return };
    let dir = tempfile::tempdir().unwrap();
    let pid = dir.path().join("pid");
    let hang = format!("echo $$ >{}; echo so far; exec sleep 1000", pid.display());
    let limited = sh.clone().within(Duration::from_secs(2));
    let said = std::panic::catch_unwind(|| limited.run(["-c", &hang])).unwrap_err();
    let said = said.downcast_ref::<String>().unwrap();
    assert!(said.contains("had not ended after 2s") && said.contains("so far\n"), "{said}");
    let pid = std::fs::read_to_string(pid).unwrap();
    sh.run(["-c", &format!("kill -0 {pid}")]).expect_objection(1, "No such process", "ended");

    // More than a pipe holds is no hang, on either stream; nor are both at once.
    let much = "head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2; exit 5";
    let ran = sh.within(Duration::from_secs(100)).run(["-c", much]);
    assert_eq!((ran.stdout.len(), ran.stderr.len(), ran.status), (300_000, 300_000, Some(5)));
}

#[test]
fn package_files_are_what_their_names_say() {
    for iso in [ipxe_iso(), grub_rescue_iso(), memtest_iso()].into_iter().flatten() {
        let bytes = std::fs::read(&iso).unwrap();
        assert_eq!(&bytes[16 * 2048 + 1..][..5], b"CD001", "{}", iso.display());
    }
    let Some((kernel, initrd)) = installer_pair() else { return };
    let kernel = std::fs::read(kernel).unwrap();
    assert_eq!(&kernel[0x202..0x206], b"HdrS", "Linux's boot protocol header");
    assert_eq!(&std::fs::read(initrd).unwrap()[..2], [0x1F, 0x8B], "gzip");
}

/// Run by the test below in a process of its own, because it needs another environment.
#[test]
#[ignore = "the child of skips_are_noted_and_fail_where_oracles_are_required"]
fn child_that_misses_something() {
    missing("a thing that nobody has");
}

#[test]
fn skips_are_noted_and_fail_where_oracles_are_required() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("skips");
    let child = |required: &str| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let command = command
            .args(["--ignored", "--exact", "child_that_misses_something"])
            .env("BOOTKEY_SKIP_LOG", &log)
            .env("BOOTKEY_REQUIRE_ORACLES", required);
        run(command)
    };
    child("0").expect_success("a skip is no failure");
    let noted = std::fs::read_to_string(&log).unwrap();
    assert_eq!(noted, "child_that_misses_something: a thing that nobody has is missing\n");
    // A test that fails, and names the next step.
    child("1").expect_objection(101, "`cargo xtask setup` installs it", "CI requires oracles");
}
