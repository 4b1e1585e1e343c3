//! Bad input is refused (rung 6 of the ladder of tests in `docs/architecture.md`): with the
//! documented exit status, a message that names the thing and the next step, nothing under the
//! final name, and no litter.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::ffi::{OsStr, OsString};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use testbench::{Ran, as_nobody, is_root, missing, oracle, run};
use tests::{MINDING, Room};

const USAGE: i32 = 2;
const DOES_NOT_FIT: i32 = 3;
const UNSUPPORTED: i32 = 4;
const IO: i32 = 5;

/// Builds from `inputs` and expects it to be refused with `status` and a message that contains
/// every one of `says`.
#[track_caller]
fn refused<A: AsRef<OsStr>>(
    room: &Room,
    inputs: impl IntoIterator<Item = A>,
    status: i32,
    says: &[&str],
) {
    let before = room.names();
    let mut command = room.bootkey(["build", "-o", "key.img"]);
    let ran = run(command.args(inputs));
    expect(&ran, status, says);
    assert_eq!(room.names(), before, "something was left behind");
}

#[track_caller]
fn expect(ran: &Ran, status: i32, says: &[&str]) {
    assert_eq!(ran.status, Some(status), "{}", ran.stderr);
    for text in says {
        assert!(ran.stderr.contains(text), "{text:?} is not in: {}", ran.stderr);
    }
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    assert_eq!(ran.stdout, "", "results only on success");
}

#[test]
fn not_an_iso() {
    let Some(room) = Room::new() else { return };
    testbench::not_an_iso(&room.path("page.iso")).unwrap();
    refused(&room, ["page.iso"], UNSUPPORTED, &["page.iso", "web page", "download"]);
    room.text("empty.iso", "");
    refused(&room, ["empty.iso"], UNSUPPORTED, &["empty.iso", "empty"]);
}

/// Three lines: why not, what was found, what to do instead. What was looked for in vain is long, so
/// only `-v` shows it.
#[test]
fn a_refusal_has_three_lines() {
    let Some(room) = Room::new() else { return };
    testbench::Iso::new("DATA").file("readme", "x").write(&room.path("data.iso")).unwrap();
    // Windows' media keep their files in a UDF volume, beside a readme for others.
    let udf = testbench::raw_iso::Iso {
        udf: true,
        rock_ridge: true,
        ..testbench::raw_iso::Iso::new("SOME", &["readme.txt"])
    };
    std::fs::write(room.path("udf.iso"), udf.build()).unwrap();
    for (iso, reason) in [("data.iso", "it holds data"), ("udf.iso", "UDF volume")] {
        for command in [&["build", iso, "-o", "x.img"][..], &["plan", iso]] {
            let ran = room.run(command);
            expect(&ran, 4, &[reason]);
            let lines: Vec<&str> = ran.stderr.lines().collect();
            let starts = ["error: ", "found: ", "instead: "];
            assert_eq!(lines.len(), starts.len(), "{ran:?}");
            assert!(lines.iter().zip(starts).all(|(l, s)| l.starts_with(s)), "{ran:?}");
            assert!(lines[0].contains(reason) && ran.stderr.len() < 800, "{ran:?}");
            let more = room.run(command.iter().chain(&["-v"]));
            assert!(more.stderr.lines().any(|l| l.starts_with("looked for: ")), "{more:?}");
        }
        let probe = room.run(["probe", iso]);
        assert_eq!(probe.status, Some(1), "{probe:?}");
        assert!(!probe.stdout.contains("looked for") && probe.stdout.contains(reason), "{probe:?}");
        let more = room.run(["-v", "probe", iso]);
        assert!(more.stdout.contains("\n  looked for "), "{more:?}");
    }
}

#[test]
fn truncated_iso() {
    let Some(room) = Room::new() else { return };
    let (_, present) = testbench::truncated_iso(&room.path("cut.iso")).unwrap();
    let present = format!("the file has {present};");
    refused(&room, ["cut.iso"], UNSUPPORTED, &["cut.iso", "it needs", &present, "download"]);
}

#[test]
fn unreadable_file() {
    let Some(room) = Room::new() else { return };
    let iso = room.iso("secret.iso");
    std::fs::set_permissions(&iso, std::fs::Permissions::from_mode(0o000)).unwrap();
    refused(&room, ["secret.iso"], IO, &["secret.iso", "ermission"]);
}

#[test]
fn missing_file_directory_and_fifo_as_iso() {
    let Some(room) = Room::new() else { return };
    refused(&room, ["none.iso"], IO, &["none.iso"]);
    std::fs::create_dir(room.path("dir.iso")).unwrap();
    refused(&room, ["dir.iso"], UNSUPPORTED, &["dir.iso", "directory"]);
    let Some(mkfifo) = oracle("mkfifo") else { return };
    mkfifo.run([room.path("fifo.iso")]).expect_success("mkfifo");
    refused(&room, ["fifo.iso"], UNSUPPORTED, &["fifo.iso", "FIFO"]);
}

#[test]
fn two_isos_with_one_name() {
    let Some(room) = Room::new() else { return };
    room.iso("a.iso");
    std::fs::create_dir(room.path("b")).unwrap();
    room.iso("b/a.iso");
    refused(&room, ["a.iso", "b/a.iso"], USAGE, &["a.iso", "b/a.iso", "name"]);
}

#[test]
fn iso_larger_than_the_partition() {
    let Some(room) = Room::new() else { return };
    testbench::sparse_iso(&room.path("big.iso"), 100 << 20).unwrap();
    refused(&room, ["--size", "64MiB", "big.iso"], DOES_NOT_FIT, &["isos", "MiB", "--size"]);
}

#[test]
fn size_too_small_for_grub() {
    let Some(room) = Room::new() else { return };
    room.iso("a.iso");
    refused(&room, ["--size", "4MiB", "a.iso"], DOES_NOT_FIT, &["4MiB", "size"]);
    let spec = room.text("tiny.toml", "[key]\nname = \"tiny\"\n[boot]\nsize = \"2MiB\"\n");
    refused(&room, [&spec], DOES_NOT_FIT, &["usbboot", "GRUB"]);
}

#[test]
fn unknown_key_in_the_spec() {
    let Some(room) = Room::new() else { return };
    room.text("bad.toml", "[key]\nname = \"x\"\n\n[menu]\ntimeuot = 5\n");
    refused(&room, ["bad.toml"], USAGE, &["bad.toml", "5", "timeuot", "timeout"]);
}

#[test]
fn unknown_size_and_two_specs() {
    let Some(room) = Room::new() else { return };
    room.iso("a.iso");
    refused(&room, ["--size", "many", "a.iso"], USAGE, &["many", "MiB"]);
    room.text("one.toml", "[key]\nname = \"one\"\n");
    room.text("two.toml", "[key]\nname = \"two\"\n");
    refused(&room, ["one.toml", "two.toml"], USAGE, &["one.toml", "two.toml"]);
}

#[test]
fn output_directory_missing() {
    let Some(room) = Room::new() else { return };
    room.iso("a.iso");
    let ran = room.run(["build", "a.iso", "-o", "nowhere/key.img"]);
    expect(&ran, IO, &["nowhere", "mkdir -p"]);
    assert!(!room.path("nowhere").exists());
}

#[test]
fn output_is_a_directory_or_an_input() {
    let Some(room) = Room::new() else { return };
    let iso = room.iso("a.img");
    std::fs::create_dir(room.path("dir.img")).unwrap();
    expect(&room.run(["build", "a.img", "-o", "dir.img"]), USAGE, &["dir.img", "directory"]);
    let before = tests::sha256(&iso);
    expect(&room.run(["build", "a.img", "-o", "a.img"]), USAGE, &["a.img", "input"]);
    assert_eq!(tests::sha256(&iso), before);
    let spec = room.text("key.toml", "[[iso]]\npath = \"a.img\"\n");
    std::fs::set_permissions(&spec, std::fs::Permissions::from_mode(0o666)).unwrap();
    expect(&room.run(["build", "key.toml", "-o", "key.toml"]), USAGE, &["key.toml", "input"]);
    // A picture of a disc under another format's name is no such thing.
    expect(&room.run(["build", "a.img", "-o", "key.vhdx"]), USAGE, &["key.vhdx", ".qcow2"]);
}

#[test]
fn output_is_a_block_device() {
    let Some(room) = Room::new() else { return };
    // One of no disk, whichever there is.
    let mut devices = (0..256).map(|number| format!("/dev/loop{number}"));
    let Some(device) = devices.find(|device| Path::new(device).exists()) else {
        return missing("a block device");
    };
    room.iso("a.iso");
    let ran = room.run(["build", "a.iso", "-o", &device]);
    expect(&ran, USAGE, &[&device, "block device", "dd"]);
}

/// `bootkey build a.iso -o OUTPUT` as nobody, after `mounts` were made that nobody else sees and
/// that end with the process; then whatever `witness` prints. `None`: skip.
fn build_behind_mounts(room: &Room, mounts: &str, output: &str, witness: &str) -> Option<Ran> {
    if !is_root() {
        missing("root, for mounts");
        return None;
    }
    let (unshare, setpriv) = (oracle("unshare")?, oracle("setpriv")?);
    let script = format!(
        "{mounts}; \"$1\" --reuid 65534 --regid 65534 --clear-groups \"$2\" \
         build --offline a.iso -o {output}; status=$?; {witness}; exit $status"
    );
    let mut command = unshare.command();
    command.args(["--mount", "--propagation", "private", "sh", "-c", &script, "sh"]);
    command.arg(setpriv.path()).arg(room.path("bootkey")).current_dir(room.path(""));
    command.env("HOME", room.path("")).env_remove("XDG_CACHE_HOME");
    Some(run(&mut command))
}

#[test]
fn disk_full() {
    let Some(room) = Room::new() else { return };
    room.iso("a.iso");
    std::fs::create_dir(room.path("small")).unwrap();
    let mount = "mount -t tmpfs -o size=4m,mode=777 tmpfs small";
    let witness = "ls -A small";
    let Some(ran) = build_behind_mounts(&room, mount, "small/key.img", witness) else { return };
    // Nothing in the directory afterwards: the listing is the standard output.
    expect(&ran, IO, &["small/key.img", "bytes", "free some, or write elsewhere"]);
}

/// A quota is met in the middle: what the file system says is free is not what one may have.
#[test]
fn quota_exceeded() {
    let (Some(room), Some(mkfs)) = (Room::new(), oracle("mkfs.btrfs")) else { return };
    let Some(_) = oracle("btrfs") else { return };
    room.iso("a.iso");
    let disk = room.path("disk");
    std::fs::File::create(&disk).unwrap().set_len(300 << 20).unwrap();
    mkfs.run([OsStr::new("-q"), disk.as_os_str()]).expect_success("mkfs.btrfs");
    std::fs::create_dir(room.path("q")).unwrap();
    let mounts = "mount -t btrfs -o loop disk q || exit 77; btrfs quota enable q && \
                  btrfs subvolume create q/s > log && btrfs qgroup limit 4M q/s && \
                  chmod 777 q/s || exit 77";
    let witness = "ls -A q/s; umount q";
    let Some(ran) = build_behind_mounts(&room, mounts, "q/s/key.img", witness) else { return };
    if ran.status == Some(77) {
        return missing("Btrfs with quotas in this kernel");
    }
    expect(&ran, IO, &["q/s/key.img", "quota exceeded", "free some space, or write elsewhere"]);
}

/// A disk that gives back something else than was written, as Btrfs notices: an input/output error.
#[test]
fn a_disk_that_cannot_be_read() {
    let (Some(room), Some(mkfs)) = (Room::new(), oracle("mkfs.btrfs")) else { return };
    let kernel: Vec<u8> = (0..4u32 << 20).flat_map(|n| n.wrapping_mul(n).to_le_bytes()).collect();
    let (files, disk) = (room.path("files"), room.path("disk"));
    std::fs::create_dir(&files).unwrap();
    tests::installer(&kernel, b"initrd").write(&files.join("a.iso")).unwrap();
    std::fs::File::create(&disk).unwrap().set_len(300 << 20).unwrap();
    mkfs.run([OsStr::new("-qr"), files.as_os_str(), disk.as_os_str()]).expect_success("mkfs.btrfs");
    for dir in ["q", "out"] {
        std::fs::create_dir(room.path(dir)).unwrap();
        std::fs::set_permissions(room.path(dir), Permissions::from_mode(0o777)).unwrap();
    }
    let mounts = "mount -t btrfs -o loop,ro disk q || exit 77; ln -sf q/a.iso .";
    let build = || build_behind_mounts(&room, mounts, "out/key.img", "ls -A out; umount q");
    let Some(ran) = build() else { return };
    if ran.status == Some(77) {
        return missing("Btrfs in this kernel");
    }
    ran.expect_success("what is as it was written");
    std::fs::remove_file(room.path("out/key.img")).unwrap();

    let mut bytes = std::fs::read(&disk).unwrap();
    let middle = &kernel[kernel.len() / 2..][..512];
    let at = bytes.chunks(512).position(|sector| sector == middle).unwrap() * 512;
    bytes[at] ^= 1;
    std::fs::write(&disk, bytes).unwrap();
    expect(&build().unwrap(), IO, &["cannot read `a.iso` at byte", "Input/output error"]);
}

/// An ISO that takes a while to be compressed, by which it gets no smaller. (One that is only copied
/// is there at once where a file system shares blocks.)
fn slow_iso(room: &Room) {
    let mut word = 1u64;
    let noise = std::iter::repeat_with(|| {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        word.to_le_bytes()
    });
    let noise: Vec<u8> = noise.take(24 << 20).flatten().collect();
    tests::installer(&noise, b"initrd").write(&room.path("slow.iso")).unwrap();
}

const SLOW: [&str; 4] = ["build", "slow.iso", "-o", "key.img.gz"];

/// Waits until `child` has written so many bytes, as the kernel counts.
#[track_caller]
fn in_the_middle(child: &mut Child, written: u64) {
    while written_by(child.id()) < written {
        assert!(child.try_wait().unwrap().is_none(), "ended before that was written");
        std::thread::yield_now();
    }
}

#[test]
fn interrupted_in_the_middle() {
    let (Some(room), Some(kill)) = (Room::new(), oracle("kill")) else { return };
    slow_iso(&room);
    let before = room.names();
    // Without /proc the image has a temporary name from the start, as on NFS.
    if !is_root() {
        missing("root, to hide /proc");
    }
    let unshare = oracle("unshare").filter(|_| is_root());
    let hidden = unshare.zip(oracle("setpriv")).map(|(unshare, setpriv)| {
        let script = "mount -t tmpfs tmpfs /proc; exec \"$@\"";
        let mut command = unshare.command();
        command.args(["--mount", "--propagation", "private", "sh", "-c", script, "sh"]);
        command.arg(setpriv.path()).args(["--reuid", "65534", "--regid", "65534"]);
        command.arg("--clear-groups").args(MINDING).arg(room.path("bootkey")).args(SLOW);
        command.current_dir(room.path("")).env("HOME", room.path(""));
        command
    });
    let plain = || (room.interruptible(SLOW), false);
    // A terminal that is closed, and Ctrl-C.
    for (signal, (mut command, named)) in [("-HUP", plain()), ("-INT", plain())]
        .into_iter()
        .chain(hidden.map(|hidden| ("-INT", (hidden, true))))
    {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        in_the_middle(&mut child, 8 << 20);
        let temporary = |n: &OsString| n.to_string_lossy().starts_with(".key.img.gz.bootkey-");
        if named {
            assert!(room.names().iter().any(temporary), "{:?}", room.names());
        }
        kill.run([signal.to_owned(), child.id().to_string()]).expect_success("kill");
        let out = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(130), "{said}");
        assert_eq!(room.names(), before, "something was left behind");
    }
}

/// What `nohup` starts outlives its terminal.
#[test]
fn a_signal_that_is_ignored_stays_so() {
    let (Some(room), Some(kill)) = (Room::new(), oracle("kill")) else { return };
    slow_iso(&room);
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' HUP; exec \"$@\"", "sh"]).arg(room.path("bootkey")).args(SLOW);
    command.current_dir(room.path("")).env("HOME", room.path(""));
    as_nobody(&mut command);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    for (signal, written) in [("-HUP", 8 << 20), ("-TERM", 16 << 20)] {
        in_the_middle(&mut child, written);
        kill.run([signal.to_owned(), child.id().to_string()]).expect_success("kill");
    }
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

/// Starts a build into a pipe and reads a little, so that it waits in the middle; does `change`
/// then, reads the rest, and returns status and errors.
fn change_in_the_middle(room: &Room, inputs: &[&str], change: impl FnOnce()) -> Ran {
    let mut command = room.bootkey(["build", "-o", "-"].iter().chain(inputs));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    std::io::Read::read_exact(&mut out, &mut [0; 512]).unwrap();
    change();
    std::io::copy(&mut out, &mut std::io::sink()).unwrap();
    drop(out);
    let out = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&out.stderr).into_owned();
    Ran { status: out.status.code(), stdout: String::new(), stderr }
}

#[test]
fn an_iso_that_changes_while_it_is_read() {
    let Some(room) = Room::new() else { return };
    let big = vec![0x5A; 64 << 20];
    let iso = tests::installer(&big, b"initrd");
    let path = room.path("a.iso");
    iso.write(&path).unwrap();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    let ran = change_in_the_middle(&room, &["a.iso"], || {
        std::os::unix::fs::FileExt::write_all_at(&file, b"new", 60 << 20).unwrap();
    });
    expect(&ran, IO, &["a.iso", "changed while it was read"]);
    let ran = change_in_the_middle(&room, &["a.iso"], || file.set_len(32 << 20).unwrap());
    expect(&ran, IO, &["a.iso", "it has become shorter"]);
}

/// Files of a tree are opened when their turn comes; something else is there by then.
#[test]
fn what_is_swapped_for_a_file_of_a_tree_is_not_read() {
    let (Some(room), Some(mkfifo)) = (Room::new(), oracle("mkfifo")) else { return };
    room.text("key.toml", "[key]\nname = \"t\"\n[[tree]]\nfrom = \"tree\"\nto = \"isos:/\"\n");
    std::fs::create_dir(room.path("tree")).unwrap();
    let file = room.path("tree/z");
    let swaps: [&dyn Fn(); 3] = [
        &|| std::fs::create_dir(&file).unwrap(),
        &|| drop(mkfifo.run([&file]).expect_success("mkfifo")),
        &|| {},
    ];
    for swap in swaps {
        let _ = std::fs::remove_dir_all(room.path("tree"));
        std::fs::create_dir(room.path("tree")).unwrap();
        // More than is read ahead, and then the file.
        for name in ["tree/a", "tree/b"] {
            std::fs::write(room.path(name), vec![1; 48 << 20]).unwrap();
        }
        std::fs::write(&file, vec![2; 1 << 20]).unwrap();
        let ran = change_in_the_middle(&room, &["key.toml"], || {
            std::fs::remove_file(&file).unwrap();
            swap();
        });
        expect(&ran, IO, &["tree", "z"]);
    }
}

#[test]
fn killed_in_the_middle() {
    let Some(room) = Room::new() else { return };
    slow_iso(&room);
    let before = room.names();
    let mut child = room.bootkey(SLOW).spawn().unwrap();
    in_the_middle(&mut child, 8 << 20);
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success(), "it was done before it was killed");
    assert!(!room.path("key.img.gz").exists(), "half a key under the final name");

    // Whatever a killed run leaves, the next run to the same target removes.
    room.iso("a.iso");
    room.run(["build", "a.iso", "-o", "key.img.gz"]).expect_success("bootkey build");
    let mut expected = before;
    expected.extend(["a.iso".into(), "key.img.gz".into()]);
    expected.sort();
    assert_eq!(room.names(), expected);
}

/// Bytes that the process has written so far.
fn written_by(pid: u32) -> u64 {
    let io = std::fs::read_to_string(format!("/proc/{pid}/io")).unwrap_or_default();
    let line = io.lines().find_map(|l| l.strip_prefix("wchar: "));
    line.and_then(|n| n.trim().parse().ok()).unwrap_or(0)
}

#[test]
fn an_iso_that_is_not_the_one_that_is_meant() {
    let Some(room) = Room::new() else { return };
    let iso = room.iso("a.iso");
    let right = tests::sha256(&iso);
    let spec = |sha256: &str| {
        let text = format!("[[iso]]\npath = \"a.iso\"\nsha256 = \"{sha256}\"\n");
        room.text("key.toml", &text);
    };
    spec(&right);
    room.build(["key.toml"]);
    std::fs::remove_file(room.path("key.img")).unwrap();
    let wrong = right.replace('a', "b").replace('0', "1");
    spec(&wrong);
    refused(&room, ["key.toml"], UNSUPPORTED, &["a.iso", &right, &wrong]);
}

#[test]
fn an_existing_image_survives_a_failed_build() {
    let Some(room) = Room::new() else { return };
    room.iso("a.iso");
    let key = room.build(["a.iso"]);
    let before = tests::sha256(&key.image);
    testbench::truncated_iso(&room.path("cut.iso")).unwrap();
    let ran = room.run(["build", "cut.iso", "-o", "key.img"]);
    ran.expect_objection(UNSUPPORTED, "cut.iso", "half an ISO");
    assert_eq!(tests::sha256(&key.image), before);
}

#[test]
fn odd_file_names_are_carried_or_refused() {
    let Some(script_check) = oracle("grub-script-check") else { return };
    for (what, name) in testbench::odd_names() {
        let Some(room) = Room::new() else { return };
        room.iso(&name);
        let argument = room.path(&name);
        if what == "newline" || what == "tab" || what == "not UTF-8" {
            refused(&room, [&argument], USAGE, &["name", "rename"]);
            continue;
        }
        room.build([&argument]);
        let menu = room.run([OsStr::new("menu"), argument.as_os_str()]);
        let menu = menu.expect_success(what).stdout;
        let cfg = room.text("grub.cfg", &menu);
        script_check.run([&cfg]).expect_success(what);
        // Tampering: the same text with an `if` that does not end is no script any more.
        let cfg = room.text("grub.cfg", &menu.replacen("    fi\n", "", 1));
        script_check.run([&cfg]).expect_objection(1, "Syntax error at line", what);
    }
}

#[test]
fn a_grub_that_is_none() {
    let Some(room) = Room::new() else { return };
    room.iso("a.iso");
    std::fs::create_dir(room.path("empty")).unwrap();
    refused(&room, ["--grub", "empty", "a.iso"], USAGE, &["empty", "boot.img", "grub fetch"]);
    room.text("junk.deb", "!<arch>\nnot really");
    refused(&room, ["--grub", "junk.deb", "a.iso"], UNSUPPORTED, &["junk.deb"]);
}

#[test]
fn no_grub_anywhere_is_an_error_with_the_next_command() {
    let Some(room) = Room::new() else { return };
    room.iso("a.iso");
    let hide = "for d in /usr/lib/grub /usr/share/grub; do mount -t tmpfs tmpfs $d; done";
    let Some(ran) = build_behind_mounts(&room, hide, "key.img", "true") else { return };
    expect(&ran, IO, &["/usr/lib/grub", "bootkey grub fetch", "apt-get install"]);
    assert!(!room.path("key.img").exists());
}
