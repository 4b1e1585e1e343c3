//! The program under test is found beside the test, or its absence is explained.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::process::Command;

use testbench::{bootkey, copy, run};

/// Run by the tests below, copied to where a program is built or not.
#[test]
#[ignore = "the child of the other tests"]
fn child_that_looks_for_it() {
    println!("found {}", bootkey().display());
}

fn looks_in(dir: &std::path::Path) -> testbench::Ran {
    let deps = dir.join("deps");
    std::fs::create_dir_all(&deps).unwrap();
    let test = deps.join("some_test-0123456789abcdef");
    copy(&std::env::current_exe().unwrap(), &test);
    let mut command = Command::new(test);
    run(command.args(["--ignored", "--exact", "--nocapture", "child_that_looks_for_it"]))
}

#[test]
fn it_is_found_beside_the_tests() {
    let dir = tempfile::tempdir().unwrap();
    let built = dir.path().join("bootkey");
    std::fs::write(&built, "").unwrap();
    let said = looks_in(dir.path()).expect_success("it is there").stdout;
    assert!(said.contains(&format!("found {}", built.display())), "{said}");
}

#[test]
fn its_absence_names_the_next_step() {
    let dir = tempfile::tempdir().unwrap();
    looks_in(dir.path()).expect_objection(101, "cargo build -p bootkey", "it is not there");
}
