//! Many keys of one spec: each is what a build of its own makes, whichever shard makes it; what is there
//! is not made again, unless something about it is another.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Stdio;
use testbench::{flip, oracle, run};
use tests::{Room, sha256};

const SPEC: &str = "[key]\nname = \"base\"\nfirmware = [\"bios\", \"uefi-x64\"]\n\
                    [menu]\ntimeout = 7\n[[iso]]\npath = \"shared.iso\"\ntitle = \"Shared\"\n";

const SITES: &str = "spec = \"key.toml\"\n\
    [[key]]\nname = \"north\"\nmenu.timeout = 3\n\
    [[key]]\nname = \"south\"\n[[key.iso]]\npath = \"own.iso\"\n\
    [[key]]\nname = \"east\"\niso.0.title = \"East's\"\nkey.size = \"64MiB\"\nisos.checksums = true\n";

/// The same keys, each as a build of its own.
const ALONE: [(&str, &[&str]); 3] = [
    ("north", &["--set", "menu.timeout=3"]),
    ("south", &["own.iso"]),
    (
        "east",
        &["--set", "iso.0.title=East's", "--set", "key.size=64MiB", "--set", "isos.checksums=true"],
    ),
];

fn room() -> Option<Room> {
    let room = Room::with_handmade_grub(20_000)?;
    room.iso("shared.iso");
    room.iso("own.iso");
    fs::write(room.path("key.toml"), SPEC).unwrap();
    fs::write(room.path("sites.toml"), SITES).unwrap();
    Some(room)
}

const EACH: [&str; 6] = ["build", "--each", "sites.toml", "--grub", "grub", "-o"];

fn each(room: &Room, output: &str, options: &[&str]) -> testbench::Ran {
    room.run(EACH.iter().copied().chain([output]).chain(options.iter().copied()))
}

/// The digests of the images in a directory, by name.
fn digests(directory: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let images = entries.filter(|path| path.extension().is_some_and(|e| e == "img"));
    images
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), sha256(&path)))
        .collect()
}

fn inode(path: &Path) -> u64 {
    fs::metadata(path).unwrap().ino()
}

#[test]
fn each_key_is_what_a_build_of_its_own_makes_in_any_sharding() {
    let Some(room) = room() else { return };
    each(&room, "out/{name}.img", &["--checksums", "--manifest"]).expect_success("--each");
    for (name, options) in ALONE {
        let set = format!("key.name={name}");
        let args = ["build", "key.toml", "--grub", "grub", "--set", &set, "--manifest"];
        let output = format!("alone/{name}.img");
        let args = args.iter().copied().chain(["-o", &output]).chain(options.iter().copied());
        fs::create_dir_all(room.path("alone")).unwrap();
        fs::set_permissions(
            room.path("alone"),
            std::os::unix::fs::PermissionsExt::from_mode(0o777),
        )
        .unwrap();
        room.run(args).expect_success(name);
        let manifest =
            |of: &str| fs::read(room.path(format!("{of}/{name}.img.manifest.json"))).unwrap();
        assert!(manifest("alone") == manifest("out"), "{name}");
    }
    let alone = digests(&room.path("alone"));
    assert_eq!(alone.len(), 3);
    assert_eq!(digests(&room.path("out")), alone);
    for shards in ["1", "2", "5"] {
        let mut made = 0;
        for index in 1..=shards.parse().unwrap() {
            let (output, shard) =
                (format!("of-{shards}/{{name}}.img"), format!("{index}/{shards}"));
            let ran = each(&room, &output, &["--shard", &shard, "--checksums", "--jobs", "3"]);
            let ran = ran.expect_success("a shard");
            made += ran.stderr.matches("made    ").count();
        }
        assert_eq!((made, digests(&room.path(format!("of-{shards}")))), (3, alone.clone()));
        let list = fs::read_to_string(room.path(format!("of-{shards}/SHA256SUMS"))).unwrap();
        for (name, digest) in &alone {
            assert!(list.contains(&format!("{digest}  {name}.img\n")), "{list}");
        }
    }
}

#[test]
fn a_key_that_is_there_is_made_again_only_if_something_about_it_changed() {
    let Some(room) = room() else { return };
    let again = |options: &[&str]| {
        let ran = each(&room, "out/{name}.img", options).expect_success("--each");
        let made = ran.stderr.lines().filter_map(|line| line.strip_prefix("made    "));
        made.map(|line| line.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(again(&["--checksums"]), "north south east");
    let inodes = ["north", "south", "east"].map(|n| inode(&room.path(format!("out/{n}.img"))));
    assert_eq!(again(&["--checksums"]), "");
    assert_eq!(
        inodes,
        ["north", "south", "east"].map(|n| inode(&room.path(format!("out/{n}.img"))))
    );

    // A byte of the image; its end; all of it; its line in the list of digests.
    flip(&room.path("out/north.img"), 5000, 1);
    assert_eq!(again(&["--checksums"]), "north");
    let south = fs::OpenOptions::new().write(true).open(room.path("out/south.img")).unwrap();
    south.set_len(1000).unwrap();
    assert_eq!(again(&["--checksums"]), "south");
    fs::remove_file(room.path("out/east.img")).unwrap();
    assert_eq!(again(&["--checksums"]), "east");
    fs::write(room.path("out/SHA256SUMS"), "").unwrap();
    assert_eq!(again(&["--checksums"]), "north south east");

    // A value of one key, an input of one key, another form, another GRUB.
    fs::write(room.path("sites.toml"), SITES.replace("timeout = 3", "timeout = 4")).unwrap();
    assert_eq!(again(&["--checksums"]), "north");
    room.iso("another.iso");
    fs::rename(room.path("another.iso"), room.path("own.iso")).unwrap();
    assert_eq!(again(&["--checksums"]), "south");
    assert_eq!(again(&["--checksums", "--bmap"]), "north south east");
    let module = fs::read_dir(room.path("grub/i386-pc")).unwrap().map(|e| e.unwrap().path());
    let module = module.filter(|path| path.extension().is_some_and(|e| e == "mod")).max().unwrap();
    let mut bytes = fs::read(&module).unwrap();
    bytes.push(0);
    fs::write(&module, bytes).unwrap();
    assert_eq!(again(&["--checksums", "--bmap"]), "north south east");
    assert_eq!(again(&["--checksums", "--bmap"]), "");
}

/// A file's name has 255 bytes at most, and what is written beside the image has more than the image's.
#[test]
fn the_longest_names_are_made_and_longer_ones_are_refused_first() {
    let Some(room) = room() else { return };
    let list = |len: usize| {
        let name = "n".repeat(len);
        fs::write(
            room.path("sites.toml"),
            format!("spec = \"key.toml\"\n[[key]]\nname = \"{name}\"\n"),
        )
        .unwrap();
        format!("{name}.img")
    };
    let longest = list(251);
    let ran = each(&room, "out/{name}.img", &["--checksums"]).expect_success("--each");
    assert!(ran.stderr.contains("made    "), "{}", ran.stderr);
    let image = room.path("out").join(longest);
    let before = (inode(&image), sha256(&image));
    let ran = each(&room, "out/{name}.img", &["--checksums"]).expect_success("again");
    assert!(!ran.stderr.contains("made    "), "{}", ran.stderr);
    assert_eq!((inode(&image), sha256(&image)), before);

    for (len, options) in [(252, &[][..]), (251, &["--bmap"])] {
        list(len);
        let ran = each(&room, "new/{name}.img", options);
        assert_eq!(ran.status, Some(2), "{}", ran.stderr);
        assert!(ran.stderr.contains("at most 255; give the key a shorter name"), "{}", ran.stderr);
        assert!(!room.path("new").exists());
    }
}

#[test]
fn a_key_that_fails_stops_no_other_and_the_status_tells() {
    let Some(room) = room() else { return };
    fs::remove_file(room.path("own.iso")).unwrap();
    let ran = each(&room, "out/{name}.img", &[]);
    let ran = ran.expect_objection(5, "own.iso", "a missing ISO");
    assert!(ran.stderr.contains("1 of 3 keys were not made"), "{}", ran.stderr);
    assert_eq!(digests(&room.path("out")).len(), 2);
    // What is wrong with the list is told before anything is made.
    for (list, output, words) in [
        (
            "[[key]]\nname = \"a\"\nmenu.colour = 1\n",
            "x/{name}.img",
            "sites.toml:1:1: key \"a\": menu: unknown",
        ),
        (SITES, "x/key.img", "it has no {name}"),
        (SITES, "x/{nmae}.img", "there is no {nmae}"),
        (
            "[[key]]\nname = \"a\"\n[[key]]\nname = \"a.bmap\"\n",
            "x/{name}",
            "two files would be `x/a.bmap`",
        ),
        ("[[key]]\nname = \"a\"\n[[key]]\nname = \"b.gz\"\n", "x/{name}", "several formats"),
    ] {
        fs::write(room.path("sites.toml"), list).unwrap();
        each(&room, output, &["--bmap"]).expect_objection(2, words, list);
        assert!(!room.path("x").exists(), "{words}");
    }
    fs::write(room.path("sites.toml"), SITES).unwrap();
    each(&room, "x/{name}.img", &["--shard", "3/2"]).expect_objection(2, "1/4", "refused");
    each(&room, "x/{name}.img", &["key.toml"]).expect_objection(2, "two specs", "refused");
    // An image may not replace what another key is made from.
    room.iso("own.iso");
    let sites = "spec = \"key.toml\"\n[[key]]\nname = \"own\"\n[[key]]\nname = \"b\"\n[[key.iso]]\npath = \"own.iso\"\n";
    fs::write(room.path("sites.toml"), sites).unwrap();
    each(&room, "{name}.iso", &["--format", "raw"]).expect_objection(2, "own.iso", "refused");
    assert!(room.path("b.iso").exists());
}

#[test]
fn make_runs_the_jobs_and_their_sums_merge() {
    let Some(room) = room() else { return };
    let Some(make) = oracle("make") else { return };
    let plan = |engine: &str| {
        let args = [
            "plan",
            "--each",
            "sites.toml",
            "--grub",
            "grub",
            "-o",
            "out/{name}.img",
            "--shards",
            "4",
        ];
        let ran = room.run(args.into_iter().chain(["--matrix", engine]));
        ran.expect_success(engine).stdout
    };
    let makefile = plan("make");
    fs::write(room.path("jobs.mk"), &makefile).unwrap();
    let path = format!("{}:/usr/bin:/bin", room.path(".").display());
    let mut command = make.command();
    command.args(["-k", "-j2", "-f", "jobs.mk"]).current_dir(room.path("."));
    // As in the room: neither the cache of whoever runs the tests nor a time of theirs.
    command.env_clear().env("PATH", path).env("HOME", room.path("."));
    run(&mut command).expect_success("make");
    each(&room, "whole/{name}.img", &["--checksums"]).expect_success("--each");
    assert_eq!(digests(&room.path("out")), digests(&room.path("whole")));
    let merge = ["merge", "ALL", "out/SHA256SUMS", "whole/SHA256SUMS"];
    room.run(merge).expect_success("merge");
    assert_eq!(fs::read_to_string(room.path("ALL")).unwrap().lines().count(), 3);
    let wrong = fs::read_to_string(room.path("ALL")).unwrap().replace("  north", "0  north");
    let wrong =
        wrong.lines().map(|line| if line.ends_with("north.img") { &line[1..] } else { line });
    fs::write(room.path("wrong"), wrong.collect::<Vec<_>>().join("\n")).unwrap();
    room.run(["merge", "ALL", "wrong"]).expect_objection(1, "north.img", "refused");

    let github: Value = serde_json::from_str(&plan("github")).unwrap();
    let shards: Vec<&str> =
        github["shard"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
    assert!(
        (1..=3).contains(&shards.len()) && shards.iter().all(|s| s.ends_with("/4")),
        "{shards:?}"
    );
    assert_eq!(
        shards.len(),
        makefile.lines().find(|l| l.starts_with("shards")).unwrap().matches("shard-").count()
    );
    assert!(plan("slurm").starts_with("#!/bin/sh\n#SBATCH"));
    assert!(plan("gitlab").contains("\"SHARD\""));
}

/// While a build gives its files their names, `merge` waits, and says so.
#[test]
fn whoever_merges_waits_for_builds_and_says_so() {
    let (Some(room), Some(flock)) = (Room::new(), oracle("flock")) else { return };
    fs::write(room.path("1"), format!("{}  a.img\n", "a".repeat(64))).unwrap();
    assert_eq!(room.run(["merge", "ALL", "1"]).expect_success("merge").stderr, "ALL: 1 files\n");
    let mut holder = flock.command();
    holder.arg(room.path(".")).args(["sh", "-c", "echo held; sleep 1"]).stdout(Stdio::piped());
    let mut holder = holder.spawn().unwrap();
    let mut held = [0; 5];
    holder.stdout.take().unwrap().read_exact(&mut held).unwrap();
    let said = room.run(["merge", "ALL", "1"]).expect_success("merge").stderr;
    assert_eq!(said, "waiting for a build into the same directory\nALL: 1 files\n");
    holder.wait().unwrap();
}
