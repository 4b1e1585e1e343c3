//! Finding programs and files; skips that are noted, and that fail where oracles are required.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside

use std::process::Command;

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
