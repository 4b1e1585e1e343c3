//! What is there stays: no input is replaced, nor anybody else's file; and a build that is killed or
//! fails at any step leaves the old files or the new ones.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use rustix::fs::FlockOperation;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use testbench::deb_packages::tar_of;
use testbench::{Iso, Oracle, Ran, copy_tree, oracle, run};
use tests::{GRUB, Room, files_below, sha256};

const ALL: [&str; 4] = ["--bmap", "--manifest", "--sbom", "--checksums"];

/// Lets everybody change everything in the room, so that nothing but the program's own care keeps
/// a file.
fn open_to_all(room: &Room) {
    for path in files_below(&room.path("")).into_values() {
        let link = fs::symlink_metadata(&path).unwrap().is_symlink();
        if !link && path != room.path("bootkey") {
            let mode = if path.is_dir() { 0o777 } else { 0o666 };
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        }
    }
}

/// Every file in the room with its digest; links with their targets.
fn contents(dir: &Path) -> BTreeMap<PathBuf, String> {
    let digest = |path: PathBuf| match fs::read_link(&path) {
        Ok(target) => target.display().to_string(),
        Err(_) if path.is_dir() => "directory".to_owned(),
        Err(_) => sha256(&path),
    };
    files_below(dir).into_iter().map(|(name, path)| (name, digest(path))).collect()
}

#[track_caller]
fn refused(ran: &Ran, says: &str, what: &str) {
    assert_eq!(ran.status, Some(2), "{what}: {}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains(says), "{what}: {}", ran.stderr);
}

/// A spec with an input of each kind. Some leave no byte in the image: empty files, an archive of
/// one, modules that GRUB does not need here.
/// Each with the spec that has it.
fn one_of_each(room: &Room) -> Vec<(&'static str, &'static str)> {
    room.iso("a.iso");
    for dir in ["tree/deep", "theme"] {
        fs::create_dir_all(room.path(dir)).unwrap();
    }
    copy_tree(Path::new(GRUB), &room.path("i386-pc"));
    room.text("theme/theme.txt", "title-text: \"x\"\n");
    room.text("theme/empty.txt", "");
    room.text("tree/deep/file", "contents");
    room.text("tree/deep/empty", "");
    room.text("tree/SHA256SUMS", "somebody's\n");
    fs::write(room.path("t.tar"), tar_of(&[("x/empty", b"")])).unwrap();
    room.text(
        "key.toml",
        "[key]\nfirmware = [\"bios\"]\n[menu]\ntheme = \"theme\"\n\
         [[tree]]\nfrom = \"tree\"\nto = \"isos:/tree\"\n\
         [[tree]]\nfrom = \"t.tar\"\nto = \"boot:/tar\"\n\
         [[iso]]\npath = \"a.iso\"\n",
    );
    let mut inputs: Vec<_> = [
        "a.iso",
        "key.toml",
        "i386-pc/kernel.img",
        "i386-pc/zfs.mod",
        "theme/theme.txt",
        "theme/empty.txt",
        "tree/deep/file",
        "tree/deep/empty",
        "tree/SHA256SUMS",
        "t.tar",
    ]
    .map(|input| (input, "key.toml"))
    .into();
    if let Some((kernel, initrd)) = testbench::installer_pair() {
        let iso = Iso::new("Debian netboot");
        let iso = iso.file_from("linux", &kernel).file_from("initrd.gz", &initrd);
        iso.write(&room.path("debian.iso")).unwrap();
        room.text("preseed.cfg", "d-i x string y\n");
        room.text(
            "installer.toml",
            "[key]\nfirmware = [\"bios\"]\n\
             [[iso]]\npath = \"debian.iso\"\nautoinstall = \"preseed.cfg\"\n",
        );
        inputs.push(("preseed.cfg", "installer.toml"));
    }
    inputs
}

#[test]
fn no_input_is_replaced_under_any_of_its_names() {
    let Some(room) = Room::new() else { return };
    let inputs = one_of_each(&room);
    fs::create_dir(room.path("links")).unwrap();
    for (n, (input, _)) in inputs.iter().enumerate() {
        fs::hard_link(room.path(input), room.path(format!("links/hard{n}.img"))).unwrap();
        symlink(room.path(input), room.path(format!("links/soft{n}.img"))).unwrap();
    }
    open_to_all(&room);
    let before = contents(&room.path(""));
    let build = |spec: &str, output: &str| {
        room.run(["build", spec, "--grub", "i386-pc", "--format", "raw", "-o", output])
    };
    for (n, (input, spec)) in inputs.iter().enumerate() {
        for output in
            [(*input).to_owned(), format!("links/hard{n}.img"), format!("links/soft{n}.img")]
        {
            refused(&build(spec, &output), "is the input `", &output);
        }
    }
    assert_eq!(contents(&room.path("")), before);
    build("key.toml", "key.img").expect_success("an output that is no input");
}

/// The files beside the image, each under the name of an input.
#[test]
fn no_input_is_replaced_by_what_is_beside_the_image() {
    let Some(room) = Room::new() else { return };
    let inputs = one_of_each(&room);
    let names = ["key.img.bmap", "key.img.manifest.json", "key.img.spdx.json", "SHA256SUMS"];
    for (n, name) in names.into_iter().enumerate() {
        for (m, (input, spec)) in inputs.iter().enumerate() {
            match (n + m) % 2 {
                0 => symlink(room.path(input), room.path(name)).unwrap(),
                _ => fs::hard_link(room.path(input), room.path(name)).unwrap(),
            }
            open_to_all(&room);
            let before = contents(&room.path(""));
            let args = ["build", spec, "--grub", "i386-pc", "-o", "key.img"];
            let ran = room.run(args.into_iter().chain(ALL));
            refused(&ran, "is the input `", &format!("{input} as {name}"));
            assert_eq!(contents(&room.path("")), before, "{input} as {name}");
            fs::remove_file(room.path(name)).unwrap();
        }
    }
    // An ISO that happens to be called so.
    room.iso("key.img.bmap");
    open_to_all(&room);
    let before = contents(&room.path(""));
    let ran = room.run(["build", "key.img.bmap", "-o", "key.img", "--bmap"]);
    refused(&ran, "is the input `key.img.bmap`", "an ISO as block map");
    assert_eq!(contents(&room.path("")), before);
}

#[test]
fn somebody_elses_files_stay() {
    let Some(room) = Room::new() else { return };
    room.iso("a.iso");
    let build = |options: &[&str]| {
        room.run(["build", "a.iso", "-o", "key.img"].iter().chain(options).copied())
    };
    for (option, name, what) in [
        ("--bmap", "key.img.bmap", "a block map"),
        ("--manifest", "key.img.manifest.json", "a manifest"),
        ("--sbom", "key.img.spdx.json", "an SPDX document"),
    ] {
        room.text(name, "{\"notes\": \"of somebody\"}\n");
        open_to_all(&room);
        refused(&build(&[option]), &format!("`{name}` is there, and is not {what}"), option);
        assert_eq!(fs::read_to_string(room.path(name)).unwrap(), "{\"notes\": \"of somebody\"}\n");
        assert!(!room.path("key.img").exists());
        // The next step that the message names.
        fs::remove_file(room.path(name)).unwrap();
        build(&[option]).expect_success("moved away");
        build(&[option]).expect_success("its own is replaced");
        fs::remove_file(room.path("key.img")).unwrap();
    }
    let signed = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n";
    for (list, beside) in [(signed, "none"), ("", "SHA256SUMS.gpg"), ("", "SHA256SUMS.sign")] {
        room.text("SHA256SUMS", list);
        room.text(beside, "signature");
        open_to_all(&room);
        refused(&build(&["--checksums"]), "`SHA256SUMS` is signed", beside);
        fs::remove_file(room.path(beside)).unwrap();
    }
    // Two of the files would be one.
    refused(
        &room.run(["build", "a.iso", "-o", "SHA256SUMS", "--checksums"]),
        "are one file",
        "sums",
    );
    fs::remove_file(room.path("SHA256SUMS")).unwrap();
    symlink("key.img.spdx.json", room.path("SHA256SUMS")).unwrap();
    refused(&build(&["--checksums", "--sbom"]), "are one file", "a link");
}

#[test]
fn the_list_of_digests_keeps_the_lines_of_others() {
    let (Some(room), Some(tool)) = (Room::new(), oracle("sha256sum")) else { return };
    room.iso("a.iso");
    let digest = sha256(&room.path("a.iso"));
    room.text("SHA256SUMS", &format!("# downloaded\n{digest} *a.iso"));
    open_to_all(&room);
    let list = || fs::read_to_string(room.path("SHA256SUMS")).unwrap();
    for (output, options) in
        [("one.img", &["--size", "64MiB"][..]), ("two.img", &["--bmap"]), ("one.img", &[])]
    {
        let args = ["build", "a.iso", "-o", output, "--checksums"];
        room.run(args.iter().chain(options).copied()).expect_success("build");
        let check = run(tool.command().args(["-c", "SHA256SUMS"]).current_dir(room.path("")));
        check.expect_success("sha256sum -c");
    }
    let names: Vec<String> =
        list().lines().map(|l| l.rsplit([' ', '*']).next().unwrap().to_owned()).collect();
    assert_eq!(names, ["downloaded", "a.iso", "one.img", "two.img", "two.img.bmap"]);
    assert!(list().starts_with(&format!("# downloaded\n{digest} *a.iso\n")), "{}", list());
}

/// Builds with these arguments, all of which have written their images when the first goes on: the
/// test holds the lock of the directory until then.
fn at_once(room: &Room, builds: &[&[&str]]) -> Vec<Ran> {
    let dir = fs::File::open(room.path("")).unwrap();
    rustix::fs::flock(&dir, FlockOperation::LockExclusive).unwrap();
    let start = |args: &&[&str]| {
        let args = ["build", "a.iso", "--progress", "json"].iter().chain(*args);
        room.bootkey(args).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap()
    };
    let mut waiting: Vec<(Child, BufReader<ChildStderr>, String)> = Vec::new();
    for mut child in builds.iter().map(start) {
        let (mut stderr, mut said) = (BufReader::new(child.stderr.take().unwrap()), String::new());
        while !said.contains("waiting for another build") {
            assert_ne!(stderr.read_line(&mut said).unwrap(), 0, "it did not wait: {said}");
        }
        waiting.push((child, stderr, said));
    }
    drop(dir);
    let finish = |(mut child, mut stderr, mut said): (Child, BufReader<ChildStderr>, String)| {
        stderr.read_to_string(&mut said).unwrap();
        let status = child.wait().unwrap().code();
        Ran { status, stdout: String::new(), stderr: said }
    };
    waiting.into_iter().map(finish).collect()
}

/// Builds at once into one directory: none loses another's line.
#[test]
fn builds_at_once_share_the_list() {
    let Some(room) = Room::new() else { return };
    room.iso("a.iso");
    let builds = [["--checksums", "-o", "0.img"], ["--checksums", "-o", "1.img"]];
    for ran in at_once(&room, &builds.each_ref().map(|args| &args[..])) {
        ran.expect_success("build");
    }
    let list = fs::read_to_string(room.path("SHA256SUMS")).unwrap();
    assert_eq!(list.lines().count(), builds.len(), "{list}");
}

/// Builds at once to one name, free or taken: one wins with all its files, the other says so.
#[test]
fn of_builds_at_once_to_one_name_one_wins() {
    let (Some(room), Some(tool)) = (Room::new(), oracle("sha256sum")) else { return };
    room.iso("a.iso");
    let args = |seed| ["-o", "key.img", "--bmap", "--manifest", "--checksums", "--seed", seed];
    for seeds in [["1", "2"], ["3", "4"]] {
        let builds = seeds.map(args);
        let ran = at_once(&room, &builds.each_ref().map(|args| &args[..]));
        let (won, lost): (Vec<_>, Vec<_>) = ran.iter().partition(|ran| ran.status == Some(0));
        assert_eq!((won.len(), lost.len()), (1, 1), "{ran:?}");
        failed_because_of_another(lost[0]);
        let check = run(tool.command().args(["-c", "SHA256SUMS"]).current_dir(room.path("")));
        let said = check.expect_success("sha256sum -c").stdout;
        assert_eq!(said.matches(": OK").count(), 3, "{said}");
        let litter = |name: &OsString| name.to_str().is_some_and(|n| n.starts_with('.'));
        assert!(!room.names().iter().any(litter), "{:?}", room.names());
    }
}

#[track_caller]
fn failed_because_of_another(ran: &Ran) {
    assert_eq!(ran.status, Some(5), "{ran:?}");
    assert!(ran.stderr.contains("another file has come under this name"), "{ran:?}");
}

/// A room with an old set of files and the command that makes a new one.
struct Sweep {
    room: Room,
    strace: Oracle,
    /// The digests of both sets' files.
    old: Set,
    new: Set,
}

type Set = BTreeMap<PathBuf, String>;

const SET: [&str; 5] =
    ["key.img", "key.img.bmap", "key.img.manifest.json", "key.img.spdx.json", "SHA256SUMS"];

impl Sweep {
    fn new() -> Option<Self> {
        let (room, strace) = (Room::new()?, oracle("strace")?);
        room.iso("a.iso");
        let digest = sha256(&room.path("a.iso"));
        room.text("SHA256SUMS", &format!("{digest}  a.iso\n"));
        open_to_all(&room);
        let none = BTreeMap::new();
        let mut sweep = Self { room, strace, old: none.clone(), new: none };
        sweep.command("new").status().unwrap();
        sweep.new = sweep.set();
        sweep.command("old").status().unwrap();
        sweep.old = sweep.set();
        fs::create_dir(sweep.room.path("old")).unwrap();
        for name in SET {
            fs::copy(sweep.room.path(name), sweep.room.path("old").join(name)).unwrap();
        }
        assert!(SET.iter().all(|name| sweep.old[Path::new(name)] != sweep.new[Path::new(name)]));
        Some(sweep)
    }

    fn command(&self, seed: &str) -> Command {
        let args = ["build", "a.iso", "-q", "-o", "key.img", "--firmware", "bios", "--seed", seed];
        self.room.bootkey(args.into_iter().chain(ALL))
    }

    fn set(&self) -> Set {
        let there = SET.iter().filter(|name| self.room.path(name).exists());
        there.map(|name| (name.into(), sha256(&self.room.path(name)))).collect()
    }

    /// Builds the new set with an injection into a system call.
    fn run(&self, call: &str, inject: &str) -> Ran {
        self.inject(call, [&*format!("inject={call}:{inject}")])
    }

    /// Builds the new set with injections into some of the system calls `traced`.
    fn inject<'a>(&self, traced: &str, inject: impl IntoIterator<Item = &'a str>) -> Ran {
        let plain = self.command("new");
        let mut c = self.strace.command();
        c.args(["-f", "-o", "/dev/null", "-e", &format!("trace={traced}")]);
        for inject in inject {
            c.args(["-e", inject]);
        }
        c.arg(plain.get_program());
        c.args(plain.get_args()).current_dir(self.room.path(""));
        c.env_clear().env("HOME", self.room.path(""));
        run(&mut c)
    }

    /// Brings the old set back.
    fn restore(&self) {
        for name in self.room.names() {
            if name != "a.iso" && name != "old" {
                fs::remove_file(self.room.path(name)).unwrap();
            }
        }
        for name in SET {
            fs::copy(self.room.path("old").join(name), self.room.path(name)).unwrap();
            fs::set_permissions(self.room.path(name), Permissions::from_mode(0o666)).unwrap();
        }
    }

    /// Nothing that is there contradicts the image that is there, and others' lines are there.
    fn check(&self, sha256sum: &Oracle, what: &str) {
        let set = self.set();
        let image = set.get(Path::new("key.img")).unwrap_or_else(|| panic!("{what}: no image"));
        let whole = [&self.old, &self.new].into_iter().find(|s| s[Path::new("key.img")] == *image);
        let whole = whole.unwrap_or_else(|| panic!("{what}: neither image"));
        for name in &SET[..4] {
            let there = set.get(Path::new(name));
            assert!(
                there.is_none_or(|f| *f == whole[Path::new(name)]),
                "{what}: {name} is another's"
            );
        }
        let mut c = sha256sum.command();
        c.args(["--strict", "-c", "SHA256SUMS"]).current_dir(self.room.path(""));
        let said = run(&mut c).expect_success(what).stdout;
        assert!(said.contains("a.iso: OK"), "{what}: {said}");
    }
}

/// The system calls that finish files and change names.
const STEPS: [&str; 5] = ["fsync", "linkat", "renameat", "renameat2", "unlinkat"];

#[test]
fn killed_at_any_step_nothing_contradicts_the_image() {
    let (Some(sweep), Some(sums)) = (Sweep::new(), oracle("sha256sum")) else { return };
    let mut killed = 0;
    for call in STEPS {
        for when in 1.. {
            sweep.restore();
            let ran = sweep.run(call, &format!("signal=KILL:when={when}"));
            sweep.check(&sums, &format!("killed at {call} {when}"));
            if ran.status == Some(0) {
                assert_eq!(sweep.set(), sweep.new);
                break;
            }
            assert!(when < 40, "{call} has no end");
            killed += 1;
            if when % 3 != 1 {
                continue;
            }
            // What is left over goes away with the next build.
            sweep.command("new").status().unwrap();
            assert_eq!(sweep.set(), sweep.new, "after {call} {when}");
            assert_eq!(sweep.room.names().len(), SET.len() + 2, "litter after {call} {when}");
        }
    }
    assert!(killed >= 15, "{killed}");
}

#[test]
fn a_failure_at_any_step_takes_everything_back() {
    let (Some(sweep), Some(sums)) = (Sweep::new(), oracle("sha256sum")) else { return };
    let mut failed = 0;
    for call in &STEPS[..4] {
        for when in 1.. {
            sweep.restore();
            let ran = sweep.run(call, &format!("error=EIO:when={when}"));
            let what = format!("{call} {when} fails: {}", ran.stderr);
            sweep.check(&sums, &what);
            if ran.status == Some(0) {
                assert_eq!(sweep.set(), sweep.new, "{what}");
                break;
            }
            failed += 1;
            assert_eq!(ran.status, Some(5), "{what}");
            assert!(ran.stderr.contains("error: cannot write `"), "{what}");
            assert!(sweep.set() == sweep.old, "{what}");
            assert_eq!(sweep.room.names().len(), SET.len() + 2, "litter, {what}");
        }
    }
    assert!(failed >= 15, "{failed}");
}

/// A file system that cannot exchange two names, such as NFS: what was replaced comes back from a
/// second name. Without hard links, too, the message says what is there.
#[test]
fn where_names_cannot_be_exchanged_what_was_there_comes_back_or_the_message_says_what_is() {
    let (Some(sweep), Some(sums)) = (Sweep::new(), oracle("sha256sum")) else { return };
    let without_exchange = |others: &[&str]| {
        let inject = ["inject=renameat2:error=EINVAL"].into_iter().chain(others.iter().copied());
        sweep.inject("renameat2,linkat,fsync", inject)
    };
    sweep.restore();
    without_exchange(&[]).expect_success("without RENAME_EXCHANGE");
    assert_eq!(sweep.set(), sweep.new);
    assert_eq!(sweep.room.names().len(), SET.len() + 2, "litter");
    // The files to be synced are five and the list's earlier state; then the directory fails.
    let files = SET.len() + 1;
    let directory = format!("inject=fsync:error=EIO:when={}", files + 1);
    sweep.restore();
    let ran = without_exchange(&[&directory]);
    assert_eq!(ran.status, Some(5), "{ran:?}");
    assert!(sweep.set() == sweep.old, "{ran:?}");
    assert_eq!(sweep.room.names().len(), SET.len() + 2, "litter: {ran:?}");
    // The first links give the new files their temporary names, one of which is tried twice: the
    // list has two states.
    let no_links = format!("inject=linkat:error=EOPNOTSUPP:when={}+", files + 2);
    sweep.restore();
    let ran = without_exchange(&[&directory, &no_links]);
    assert_eq!(ran.status, Some(5), "{ran:?}");
    let says = ["`key.img` was before could not be brought back", "is there, and is complete"];
    assert!(says.iter().all(|text| ran.stderr.contains(text)), "{ran:?}");
    assert!(sweep.set() == sweep.new, "{ran:?}");
    sweep.check(&sums, "without links");
}
