//! Limits of the process, closed streams and names that act on a terminal: each ends in a message,
//! on one line, or in a command that can be pasted.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use rustix::event::{PollFd, PollFlags, Timespec};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::process::Command;
use std::time::Duration;
use testbench::{Ran, is_root, missing, oracle, run};
use tests::Room;

/// `bootkey` behind a shell script that has it and its arguments as `"$@"`.
fn behind(room: &Room, script: &str, args: &[&str]) -> Command {
    let plain = room.bootkey(args);
    let mut c = oracle("sh").expect("a shell").command();
    c.args(["-c", script, "sh"]).arg(plain.get_program()).args(plain.get_args());
    c.env_clear().env("HOME", room.path("")).current_dir(room.path(""));
    testbench::as_nobody(&mut c);
    c
}

#[track_caller]
fn failed(ran: &Ran, status: i32, says: &str) {
    assert_eq!(ran.status, Some(status), "{}", ran.stderr);
    assert!(ran.stderr.contains(says) && !ran.stderr.contains("panicked"), "{}", ran.stderr);
}

#[test]
fn standard_output_that_is_closed_is_an_error_for_all_that_print() {
    let Some(room) = Room::new() else { return };
    room.iso("a.iso");
    let image: &[&str] = &["build", "a.iso", "-q", "-o", "-"];
    for args in [
        image,
        &["menu", "a.iso"],
        &["plan", "a.iso"],
        &["plan", "--json", "a.iso"],
        &["probe", "a.iso"],
        &["probe", "--record", "a.iso"],
        &["grub", "where"],
        &["--help"],
        &["build", "--help"],
        &["--version"],
    ] {
        let with =
            |redirection: &str| run(&mut behind(&room, &format!("\"$@\" {redirection}"), args));
        for redirection in [">&-", "</dev/null >&0", ">/dev/full"] {
            let ran = with(redirection);
            failed(&ran, 5, "error: cannot write to ");
            assert_eq!(ran.stderr.matches("error: ").count(), 1, "{args:?}: {}", ran.stderr);
        }
        // What is thrown away on purpose, in whatever way it was opened.
        for redirection in [">/dev/null", "1<>/dev/null"] {
            assert_ne!(with(redirection).status, Some(5), "{args:?} {redirection}");
        }
        // A reader that has seen enough, of which only the image's is none.
        let ran = run(&mut behind(&room, "{ \"$@\"; echo $? >status; } | exec true", args));
        assert_eq!(ran.status, Some(0));
        let status = std::fs::read_to_string(room.path("status")).unwrap();
        match args == image {
            true => assert_eq!(status, "5\n"),
            false => assert_ne!(status, "5\n", "{args:?}"),
        }
    }
    // Closed, but nothing is printed there.
    run(&mut behind(&room, "\"$@\" >&-", &["build", "a.iso", "-o", "key.img"]))
        .expect_success("build");
}

/// A pipe whose other end wants no waiting, as programs with an event loop make them.
#[test]
fn a_pipe_that_does_not_wait_is_waited_for() {
    let Some(room) = Room::new() else { return };
    room.iso("a.iso");
    let args = ["build", "a.iso", "-q", "-o"];
    room.run(args.into_iter().chain(["key.img"])).expect_success("build");
    let (reader, writer) = std::io::pipe().unwrap();
    rustix::io::ioctl_fionbio(&writer, true).unwrap();
    let mut command = room.bootkey(args.into_iter().chain(["-"]));
    let mut child = command.stdout(writer.try_clone().unwrap()).spawn().unwrap();
    drop(command); // and with it that copy
    // Nobody reads before the pipe is full.
    let is_full = || {
        let mut poll = [PollFd::new(&writer, PollFlags::OUT)];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        rustix::event::poll(&mut poll, Some(&now)).unwrap() == 0
    };
    while !is_full() {
        assert_eq!(child.try_wait().unwrap(), None, "it ended before the pipe was full");
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(writer);
    let mut image = Vec::new();
    std::io::Read::read_to_end(&mut { reader }, &mut image).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(image == std::fs::read(room.path("key.img")).unwrap());
}

#[test]
fn a_limit_of_files_lengths_is_told() {
    let Some(room) = Room::new() else { return };
    room.iso("a.iso");
    for (output, blocks) in [("key.img", 1000), ("key.img.gz", 10), ("key.qcow2", 10)] {
        let script = format!("ulimit -f {blocks}; \"$@\"");
        let ran = run(&mut behind(&room, &script, &["build", "a.iso", "-q", "-o", output]));
        failed(&ran, 5, &format!("`{output}` needs "));
        assert!(ran.stderr.contains("raise `ulimit -f`"), "{}", ran.stderr);
        assert!(!room.path(output).exists());
    }
    // The step that the message names.
    run(&mut behind(
        &room,
        "ulimit -f unlimited; \"$@\"",
        &["build", "a.iso", "-q", "-o", "key.img"],
    ))
    .expect_success("build");
}

/// Neither GRUB nor the output is to blame, and there is nothing to fetch.
#[test]
fn a_limit_of_open_files_is_told() {
    let Some(room) = Room::new() else { return };
    room.iso("a.iso");
    for args in [&["build", "a.iso", "-q", "-o", "key.img"][..], &["plan", "a.iso"]] {
        // With four, GRUB's files cannot be opened; with a few more, not what the output needs.
        for files in 4..8 {
            let ran = run(&mut behind(&room, &format!("ulimit -n {files}; \"$@\""), args));
            if files == 4 || ran.status != Some(0) {
                failed(&ran, 5, "Too many open files");
                assert!(ran.stderr.contains("raise the limit of open files (`ulimit -n`)"));
                assert!(!ran.stderr.contains("fetch"), "{}", ran.stderr);
            }
        }
        // The step that the message names.
        run(&mut behind(&room, "ulimit -n 64; \"$@\"", args)).expect_success("it");
    }
}

/// Without this, Rust's allocator would end the program in the middle of a build.
#[test]
fn a_limit_of_the_address_space_is_told() {
    let Some(room) = Room::new() else { return };
    room.iso("a.iso");
    for args in [&["build", "a.iso", "-q", "-o", "key.img"][..], &["probe", "a.iso"]] {
        let ran = run(&mut behind(&room, "ulimit -v 65535; \"$@\"", args));
        failed(&ran, 5, "is limited to 65535 KiB");
        assert!(ran.stderr.contains("raise `ulimit -v`"), "{}", ran.stderr);
    }
    assert!(!room.path("key.img").exists());
}

/// With fewer threads than it would like, down to none, there is a key or a message.
#[test]
fn a_limit_of_threads_is_met_or_told() {
    let (Some(room), Some(prlimit)) = (Room::new(), oracle("prlimit")) else { return };
    let Some(strace) = oracle("strace") else { return };
    if !is_root() {
        return missing("root, to be another user");
    }
    room.iso("a.iso");
    room.iso("b.iso");
    std::fs::create_dir(room.path("tree")).unwrap();
    for n in 0..40 {
        room.text(&format!("tree/{n}"), "x");
    }
    room.text("key.toml", "[[iso]]\npath = \"a.iso\"\n[[iso]]\npath = \"b.iso\"\n[[tree]]\nfrom = \"tree\"\nto = \"isos:/t\"\n");
    let all = ["build", "key.toml", "-q", "--manifest", "--bmap", "--checksums", "-o"];
    // A limit that counts all of the user's processes: nobody has others beside this.
    let mut c = prlimit.command();
    let plain = room.bootkey(all.iter().copied().chain(["key.img"]));
    c.arg("--nproc=1").arg(plain.get_program()).args(plain.get_args()).current_dir(room.path(""));
    c.env_clear().env("HOME", room.path(""));
    testbench::as_nobody(&mut c);
    failed(&run(&mut c), 5, "raise the limit of processes (`ulimit -u`)");
    // Each thread in turn, and all that would come after it.
    for output in ["key.img", "key.img.gz"] {
        let mut refused = 0;
        for when in 1.. {
            let plain = room.bootkey(all.iter().copied().chain([output]));
            let mut c = strace.command();
            c.args(["-f", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=clone,clone3"]);
            c.args(["-e", &format!("inject=clone,clone3:error=EAGAIN:when={when}+")]);
            c.arg(plain.get_program()).args(plain.get_args()).current_dir(room.path(""));
            c.env_clear().env("HOME", room.path(""));
            let ran = run(&mut c);
            match ran.status {
                Some(0) if refused > 0 => break,
                Some(0) => {}
                _ => {
                    failed(&ran, 5, "no thread can be started");
                    refused += 1;
                }
            }
            assert!(when < 30, "{output} has no end");
        }
        assert!(refused > 2, "{output}: {refused}");
    }
}

/// Names that would move a cursor, begin a line, or read backwards.
const ODD: [&[u8]; 6] = [
    b"a\nerror: b",
    b"a\x1b[2Jb",
    "a\u{202e}gmi.b".as_bytes(),
    "a\u{2066}b".as_bytes(),
    b"a\xffb\x9b",
    b"a\rb",
];

fn acts(c: char) -> bool {
    (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c) || c == '\u{2066}'
}

#[test]
fn odd_names_are_told_on_one_line_everywhere() {
    let Some(room) = Room::new() else { return };
    room.iso("good.iso");
    for odd in ODD {
        let name = |before: &str, behind: &str| {
            OsString::from_vec([before.as_bytes(), odd, behind.as_bytes()].concat())
        };
        let (spec, tree, dir) = (name("", ".toml"), name("t", ""), name("d", ""));
        std::fs::write(room.path(&spec), [b"[key]\nname = \"", odd, b"\"\nodd = 1\n"].concat())
            .unwrap();
        std::fs::create_dir(room.path(&dir)).unwrap();
        std::fs::write(room.path(&tree), "no archive").unwrap();
        std::fs::write(room.path(name("", ".iso")), "no ISO").unwrap();
        let output = name("", ".img");
        let words = |words: &[&OsStr]| words.iter().map(|w| w.to_os_string()).collect::<Vec<_>>();
        let (build, o) = (OsStr::new("build"), OsStr::new("-o"));
        let good = OsStr::new("good.iso");
        let there = name("d", "/x/key.img");
        let in_spec = OsStr::from_bytes(b"in.toml");
        let quoted =
            String::from_utf8_lossy(odd).escape_unicode().to_string().replace("\\u{", "\\U{");
        let quoted: String = quoted
            .split("\\U{")
            .skip(1)
            .map(|c| format!("\\U{:0>8}", c.trim_end_matches('}')))
            .collect();
        std::fs::write(
            room.path("in.toml"),
            format!("[key]\nname = \"x\"\n[[iso]]\npath = \"{quoted}.iso\"\n"),
        )
        .unwrap();
        for args in [
            words(&[build, &name("", ".iso"), o, OsStr::new("k.img")]),
            words(&[build, &name("none", ".iso"), o, OsStr::new("k.img")]),
            words(&[build, &spec, o, OsStr::new("k.img")]),
            words(&[build, in_spec, o, OsStr::new("k.img")]),
            words(&[build, good, o, &there]),
            words(&[build, good, o, &dir]),
            words(&[build, good, o, &name("", ".vhdx")]),
            words(&[build, good, o, &name("", ".zip")]),
            words(&[build, good, OsStr::new("--grub"), &tree, o, OsStr::new("k.img")]),
            words(&[build, good, OsStr::new("--grub"), &dir, o, OsStr::new("k.img")]),
            words(&[build, good, OsStr::new("--size"), &tree, o, OsStr::new("k.img")]),
            words(&[build, good, OsStr::new("--filesystem"), &tree, o, OsStr::new("k.img")]),
            words(&[OsStr::new("probe"), &name("", ".iso")]),
            words(&[OsStr::new("fetch"), &spec]),
            words(&[OsStr::new("grub"), OsStr::new("where"), OsStr::new("--grub"), &dir]),
        ] {
            let ran = room.run(&args);
            assert_ne!(ran.status, Some(0), "{args:?}");
            for text in [&ran.stdout, &ran.stderr] {
                assert!(!text.chars().any(acts), "{args:?}: {text:?}");
                let lines = text.lines().filter(|l| l.starts_with("error: ")).count();
                assert!(lines <= 1, "{args:?}: {text:?}");
            }
        }
        let mut args = words(&[build, good, o, &output]);
        args.extend(["--checksums", "--bmap", "--manifest"].map(OsString::from));
        let said = room.run(&args).expect_success("an odd output name").stderr;
        assert!(!said.chars().any(acts) && !said.contains("\nerror: b"), "{said:?}");
        if let Some(tool) = oracle("sha256sum") {
            let mut c = tool.command();
            run(c.args(["-c", "SHA256SUMS"]).current_dir(room.path("")))
                .expect_success("sha256sum");
        }
    }
}

/// The commands of the summary, run by shells: the words are the file's name and nothing else.
#[test]
fn printed_commands_can_be_pasted() {
    let Some(room) = Room::new() else { return };
    room.iso("a.iso");
    let shells: Vec<_> = ["bash", "busybox", "dash"].into_iter().filter_map(oracle).collect();
    let names = ODD.map(OsStr::from_bytes).map(OsStr::to_os_string).into_iter();
    let others = [
        "-rf",
        "nbd:h",
        "$(touch pwned)",
        "it's",
        "a b",
        "`touch pwned`",
        "a,b",
        "~",
        "#x",
        "a\\b",
        "!x",
        "*",
    ];
    for name in names.chain(others.map(OsString::from)) {
        let mut output = name.clone();
        output.push(".img");
        let mut arg = OsString::from("--output=");
        arg.push(&output);
        let ran = room.run([OsStr::new("build"), OsStr::new("a.iso"), &arg]);
        let said = ran.expect_success("build").stderr;
        let command = |word: &str| {
            let line = said.lines().find_map(|l| l.strip_prefix(word)).map(str::trim_start);
            line.unwrap_or_else(|| panic!("no {word} in {said}")).to_owned()
        };
        for shell in &shells {
            let words = |line: &str| {
                let script =
                    format!("args() {{ for a; do printf '%s\\0' \"$a\"; done; }}; args {line}");
                let mut c = shell.command();
                if shell.path().ends_with("busybox") {
                    c.arg("sh");
                }
                c.args(["-c", &script]).current_dir(room.path(""));
                let out = c.output().unwrap();
                assert!(out.status.success(), "{line}: {out:?}");
                out.stdout.split(|b| *b == 0).map(<[u8]>::to_vec).collect::<Vec<_>>()
            };
            for said_before in ["next:", "try:"] {
                let words = words(&command(said_before));
                let is_file =
                    |word: &&Vec<u8>| word.strip_prefix(b"./").unwrap_or(word) == output.as_bytes();
                let file = words.iter().find(is_file).unwrap_or_else(|| panic!("{said}"));
                // No program takes it for an option, or for the name of a protocol.
                let guarded = output.as_bytes()[0] == b'-' || output.as_bytes().contains(&b':');
                assert_eq!(file.starts_with(b"./"), guarded, "{said}");
            }
        }
    }
    assert!(!room.path("pwned").exists());
}
