//! The examples: what stands behind `$ ` in a `console` block is run, in the order of the page, by a shell, as an
//! ordinary user, in a directory with some small ISOs, a spec and a key. It must succeed, and print the lines that
//! the page shows, where `…` stands for anything.

use crate::markdown::{Page, pages, repository};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use testbench::{Ran, as_nobody, run};
use tests::Room;

/// What is not run: how such a command begins, and why. Whatever else is in the book, is.
const NOT_RUN: &[(&str, &str)] = &[
    (
        "sudo ",
        "overwrites a stick, as root; `tests/write.rs` and `tests/devices.rs` do that with theirs",
    ),
    ("umount ", "the same"),
    ("bootkey write", "the same"),
    ("echo ', +'", "the same"),
    ("bootkey devices", "which disks this machine has; `tests/devices.rs` shows it others"),
    ("bootkey try", "a virtual machine, until somebody ends it; `tests/trial.rs` starts some"),
    ("bootkey lock", "needs Debian's archive; `tests/lock.rs` brings one"),
    ("bootkey build bootkey.lock", "the same"),
    ("cargo ", "makes the program, or the tests run themselves"),
    ("rustup ", "the same"),
    ("export RUSTFLAGS", "the same"),
    ("cp target/", "the same"),
];

/// A spec like those that the pages speak of.
const SPEC: &str = "[key]\nname = \"rescue\"\n[[iso]]\npath = \"debian.iso\"\n";

/// A directory in which the pages' commands find what they name.
fn room() -> Option<Room> {
    let room = Room::new()?;
    for iso in ["debian.iso", "other.iso", "memtest86+x64.iso"] {
        room.iso(iso);
    }
    room.text("key.toml", SPEC);
    fs::create_dir(room.path("images")).unwrap();
    let images = fs::read_dir(repository().join("images")).unwrap();
    for image in images.map(|entry| entry.unwrap().path()) {
        fs::copy(&image, room.path("images").join(image.file_name().unwrap())).unwrap();
    }
    fs::set_permissions(room.path("images"), fs::Permissions::from_mode(0o755)).unwrap();
    room.build(["key.toml"]);
    Some(room)
}

/// Runs a line in a room, as its user would.
fn shell(room: &Room, line: &str) -> Ran {
    let mut shell = Command::new("/bin/sh");
    let path = format!("{}:/usr/bin:/bin", room.path("").display());
    shell.args(["-c", line]).env_clear().env("PATH", path);
    shell.env("HOME", room.path("")).current_dir(room.path(""));
    as_nobody(&mut shell);
    run(&mut shell)
}

/// A command and the lines that a page shows below it.
struct Example {
    command: String,
    shown: Vec<String>,
}

fn examples(page: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    for (_, code) in Page::read(page).code.iter().filter(|(language, _)| language == "console") {
        for line in code.lines() {
            match line.strip_prefix("$ ") {
                Some(command) => {
                    examples.push(Example { command: command.to_owned(), shown: Vec::new() });
                }
                None => examples.last_mut().unwrap().shown.push(line.to_owned()),
            }
        }
    }
    examples
}

/// Whether a line is what a page shows, where `…` is anything.
fn is_as_shown(line: &str, shown: &str) -> bool {
    let mut parts = shown.split('…');
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<&str> = parts.collect();
    for (n, part) in parts.iter().enumerate() {
        let at =
            if n + 1 == parts.len() { rest.len().checked_sub(part.len()) } else { rest.find(part) };
        match at.and_then(|at| rest.get(at..)).and_then(|found| found.strip_prefix(part)) {
            Some(behind) => rest = behind,
            None => return false,
        }
    }
    rest.is_empty() || shown.ends_with('…')
}

/// The complaints about the examples of a page.
fn complaints(room: &Room, page: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for Example { command, shown } in examples(page) {
        if NOT_RUN.iter().any(|(begins, _)| command.starts_with(begins)) {
            continue;
        }
        let ran = shell(room, &command);
        if ran.status != Some(0) {
            complaints.push(format!("$ {command}\n{:?}: {}", ran.status, ran.stderr));
        }
        let mut said = ran.stdout.lines().chain(ran.stderr.lines());
        for line in shown.iter().filter(|line| !line.is_empty() && *line != "…") {
            if !said.any(|said| is_as_shown(said, line)) {
                complaints.push(format!(
                    "$ {command}\ndoes not print {line:?} there:\n{}{}",
                    ran.stdout, ran.stderr
                ));
                break;
            }
        }
    }
    complaints
}

#[test]
fn examples_do_what_they_say() {
    let mut all = Vec::new();
    for (path, page) in pages() {
        if !examples(&page).is_empty() {
            let Some(room) = room() else { return };
            let of_page = complaints(&room, &page);
            all.extend(of_page.into_iter().map(|what| format!("{}: {what}", path.display())));
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n\n"));
}

#[test]
fn wrong_examples_are_told() {
    let Some(room) = room() else { return };
    let wrong = |block: &str| complaints(&room, &format!("```console\n{block}\n```\n")).len();
    assert_eq!(wrong("$ bootkey ls key.img isos:/\n…ian.iso"), 0);
    assert_eq!(wrong("$ bootkey ls key.img isos:/\nother.iso"), 1);
    assert_eq!(wrong("$ bootkey ls key.img isos:/nothing"), 1);
    assert_eq!(wrong("$ bootkey biuld debian.iso"), 1);
    assert!(!is_as_shown("abc", "a…d") && is_as_shown("abcbd", "a…b…d") && is_as_shown("x", "…"));
}

/// Nothing is left out that the book does not have.
#[test]
fn what_is_not_run_is_in_the_book() {
    let all: Vec<Example> = pages().values().flat_map(|page| examples(page)).collect();
    for (begins, reason) in NOT_RUN {
        assert!(all.iter().any(|e| e.command.starts_with(begins)), "{begins} ({reason})");
    }
    let run =
        all.iter().filter(|e| !NOT_RUN.iter().any(|(begins, _)| e.command.starts_with(begins)));
    assert!(run.count() >= 25, "of {}", all.len());
    assert!(Path::new("/bin/sh").exists());
}
