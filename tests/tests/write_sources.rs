//! `bootkey write`: what a key on a stick can be made of. As root, on loop devices.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::process::Command;
use testbench::http::{Answer, Server};
use testbench::{LoopDevice, LoopMount, Ran, oracle, run};
use tests::{Key, Room, sha256};

const MIB: u64 = 1 << 20;
/// A length that is no whole number of MiB, as those of most sticks.
const ODD: u64 = 64 * MIB + 1537 * 512;
/// What is on a stick before.
const OLD: &[u8] = b"somebody's photographs";

/// A room, and a stick.
struct Stick {
    room: Room,
    device: LoopDevice,
}

/// A stick that somebody has used before.
#[track_caller]
fn used(len: u64) -> Option<LoopDevice> {
    let mut bytes = OLD.to_vec();
    bytes.resize(usize::try_from(len).unwrap(), 0);
    LoopDevice::new(&bytes)
}

impl Stick {
    #[track_caller]
    fn new(len: u64) -> Option<Self> {
        let device = used(len)?;
        let room = Room::with_handmade_grub(3000)?;
        room.iso("a.iso");
        Some(Self { room, device })
    }

    /// Another stick, in the place of this one.
    fn plug_in(&mut self, len: u64) {
        self.device = used(len).unwrap();
    }

    fn file(&self) -> PathBuf {
        self.device.file()
    }

    /// `bootkey`, as root.
    fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Ran {
        let mut command = Command::new(self.room.path("bootkey"));
        command.args(args).env_clear().env("HOME", self.room.path(""));
        run(command.current_dir(self.room.path("")))
    }

    fn write(&self, key: &str, options: &[&str]) -> Ran {
        let args = ["write".as_ref(), key.as_ref(), self.device.path.as_os_str(), "--yes".as_ref()];
        self.run(args.into_iter().chain(options.iter().map(OsStr::new)))
    }

    /// The digest of an image that `bootkey` makes.
    #[track_caller]
    fn made(&self, args: &[&str]) -> String {
        self.run(args.iter().chain(&["-o", "made.img"])).expect_success(args[0]);
        sha256(&self.room.path("made.img"))
    }

    #[track_caller]
    fn build(&self, args: &[&str]) -> String {
        self.made(&[&["build", "--grub", "grub"], args].concat())
    }

    #[track_caller]
    fn refused(&self, key: &str, options: &[&str], status: i32, says: &str) {
        self.write(key, options).expect_objection(status, says, key);
        let mut start = vec![0; OLD.len()];
        File::open(self.file()).unwrap().read_exact_at(&mut start, 0).unwrap();
        assert_eq!(start, OLD, "{key} {options:?}: the stick was changed");
    }
}

/// A stick of 4 GiB holds more than one that is sold as one of 4 GB, and here nobody has another.
#[test]
fn a_key_for_a_device_is_not_told_of_other_sticks() {
    let (Some(stick), Some(losetup)) = (Stick::new(ODD), oracle("losetup")) else { return };
    File::options().write(true).open(stick.file()).unwrap().set_len(4 << 30).unwrap();
    let larger = losetup.run(["--set-capacity".as_ref(), stick.device.path.as_os_str()]);
    larger.expect_success("losetup");
    let planned = stick.run(["plan", "--grub", "grub", "a.iso", "--size", "4GiB"]);
    let hint = "than a stick of \"4 GB\" holds";
    assert!(planned.expect_success("plan").stderr.contains(hint));
    stick.room.text("key.toml", "[[iso]]\npath = \"a.iso\"\n");
    stick.build(&["key.toml"]);
    for key in ["key.toml", "made.img"] {
        let grub = if key == "key.toml" { &["--grub", "grub"][..] } else { &[] };
        let written = stick.write(key, &[&["--grow"], grub].concat()).expect_success(key);
        assert!(!written.stderr.contains("holds"), "{}", written.stderr);
    }
}

#[test]
fn a_key_is_laid_out_for_the_stick_and_is_what_grow_makes() {
    let Some(mut stick) = Stick::new(ODD) else { return };
    let (Some(e2fsck), Some(sfdisk), Some(sgdisk)) =
        (oracle("e2fsck"), oracle("sfdisk"), oracle("sgdisk"))
    else {
        return;
    };
    for table in ["mbr", "gpt", "hybrid"] {
        stick.run(["build", "--grub", "grub", "a.iso", "-o", "key.img", "--table", table]);
        let grown = stick.made(&["grow", "key.img", &ODD.to_string()]);
        stick.write("key.img", &["--grow"]).expect_success(table);
        stick.run(["verify".as_ref(), stick.device.path.as_os_str()]).expect_success("verify");
        assert_eq!(sha256(&stick.file()), grown, "{table}");
        let image = stick.file().into_os_string();
        sfdisk.run(["--verify".as_ref(), &*image]).expect_success("sfdisk");
        if table != "mbr" {
            let said = sgdisk.run(["-v".as_ref(), &*image]).expect_success("sgdisk").stdout;
            assert!(said.contains("No problems found"), "{said}");
            let mut last = [0; 8];
            File::open(&image).unwrap().read_exact_at(&mut last, ODD - 512).unwrap();
            assert_eq!(&last, b"EFI PART", "at the true end");
        } else {
            let (start, len) = Key::open(&stick.file()).partitions[1];
            assert!(ODD - (start + len) < 4 * MIB, "the ISOs have what is left");
            let partition = format!("{}?offset={start}", stick.file().display());
            e2fsck.run(["-fn", &partition]).expect_success("e2fsck");
            // The kernel has no two loop devices of one file.
            let copy = stick.room.path("copy.img");
            fs::copy(stick.file(), &copy).unwrap();
            if let Some(mounted) = LoopMount::new(&copy, start, len, "ext4") {
                assert_eq!(
                    sha256(&mounted.path().join("a.iso")),
                    sha256(&stick.room.path("a.iso"))
                );
            }
        }
        stick.plug_in(ODD);
    }
}

#[test]
fn a_key_that_is_longer_than_the_stick_is_laid_out_smaller_if_it_fits() {
    let Some(mut stick) = Stick::new(40 * MIB) else { return };
    let args = ["build", "--grub", "grub", "a.iso", "-o", "key.img", "--size", "64MiB"];
    stick.run(args).expect_success("build");
    stick.refused("key.img", &[], 3, "--grow lays it out for the device");
    let smaller = stick.build(&["a.iso", "--size", "40MiB"]);
    stick.write("key.img", &["--fit"]).expect_success("fit");
    assert_eq!(sha256(&stick.file()), smaller);
    stick.plug_in(4 * MIB);
    stick.refused("key.img", &["--grow"], 3, "too small");
    // Somebody's files are not lost silently: here neither.
    stick.refused("key.img", &["--drop"], 2, "--drop: is for a key that is laid out anew");
}

#[test]
fn a_spec_is_built_on_the_stick() {
    let Some(mut stick) = Stick::new(ODD) else { return };
    stick.room.text("key.toml", "[key]\nsize = \"48MiB\"\n[[iso]]\npath = \"a.iso\"\n");
    for (options, build) in [(vec![], None), (vec!["--grow"], Some(ODD.to_string()))] {
        let size: Vec<&str> = build.iter().flat_map(|size| ["--size", size]).collect();
        let built = stick.build(&[&["key.toml"], &size[..]].concat());
        let options = [&["--grub", "grub"], &options[..]].concat();
        stick.write("key.toml", &options).expect_success("write");
        let len = if build.is_some() { ODD } else { 48 * MIB };
        File::options().write(true).open(stick.file()).unwrap().set_len(len).unwrap();
        assert_eq!(sha256(&stick.file()), built, "{options:?}");
        stick.plug_in(ODD);
    }
    stick.room.text("bad.toml", "[key]\nsize = \"2MiB\"\n[[iso]]\npath = \"a.iso\"\n");
    stick.refused("bad.toml", &["--grub", "grub"], 3, "2MiB");
    stick.room.text("large.toml", "[key]\nsize = \"96MiB\"\n[[iso]]\npath = \"a.iso\"\n");
    let words = "; --grow makes it as large as the device, or set key.size in the spec";
    stick.refused("large.toml", &["--grub", "grub"], 3, words);
    stick.refused("key.toml", &["--locked"], 5, "bootkey.lock");
    stick.refused("a.iso", &["--locked"], 2, "--locked: is for a spec");
}

/// Streams as other programs make them, which can only be read from their start.
#[test]
fn an_image_of_others_is_written_whole_or_not_begun() {
    let Some(mut stick) = Stick::new(ODD) else { return };
    let built = stick.build(&["a.iso"]);
    for (program, name) in
        [("xz", "made.img.xz"), ("zstd", "made.img.zst"), ("gzip", "made.img.gz")]
    {
        let Some(program) = oracle(program) else { return };
        let image = stick.room.path("made.img");
        program.run(["-k".as_ref(), "-1".as_ref(), image.as_os_str()]).expect_success(name);
        let packed = fs::read(stick.room.path(name)).unwrap();
        fs::write(stick.room.path("cut"), &packed[..packed.len() * 9 / 10]).unwrap();
        stick.refused("cut", &[], 5, "cannot be unpacked");
        stick.write(name, &[]).expect_success(name);
        let len = fs::metadata(stick.room.path("made.img")).unwrap().len();
        File::options().write(true).open(stick.file()).unwrap().set_len(len).unwrap();
        assert_eq!(sha256(&stick.file()), built, "{name}");
        stick.plug_in(ODD);
    }
    stick.refused("made.img.xz", &["--grow"], 4, "unxz");
    // An ISO is an image of a disk; it has no record.
    stick.refused("a.iso", &["--grow"], 4, "no record of how it was made");
    stick.room.text("notes.img", &"what I wrote down\n".repeat(1000));
    stick.refused("notes.img", &[], 4, "is no disk that is known here");
    stick.plug_in(2 * MIB);
    stick.refused("made.img.gz", &[], 3, "unpacks to more than the 2097152 bytes");
}

/// Of a key that was used since it was made, files lie where its record knows of nothing.
#[test]
fn what_somebody_has_put_onto_a_key_is_written_too() {
    let Some(stick) = Stick::new(ODD) else { return };
    let args = ["build", "--grub", "grub", "a.iso", "-o", "key.img", "--size", "64MiB"];
    stick.run(args).expect_success("build");
    let said = stick.run(["explain", "key.img", "--json"]).expect_success("explain").stdout;
    let explained: serde_json::Value = serde_json::from_str(&said).unwrap();
    let free = |range: &&serde_json::Value| {
        range["kind"] == "unclaimed" && range["len"].as_u64() > Some(4 * MIB)
    };
    let range = explained["ranges"].as_array().unwrap().iter().find(free).unwrap();
    let at = range["offset"].as_u64().unwrap() + 3 * MIB;
    let image = File::options().write(true).open(stick.room.path("key.img")).unwrap();
    image.write_all_at(OLD, at).unwrap();
    stick.write("key.img", &[]).expect_success("write");
    File::options().write(true).open(stick.file()).unwrap().set_len(64 * MIB).unwrap();
    assert_eq!(sha256(&stick.file()), sha256(&stick.room.path("key.img")));
}

#[test]
fn a_block_map_beside_the_image_is_held_against_it() {
    let Some(stick) = Stick::new(ODD) else { return };
    let args = ["build", "--grub", "grub", "a.iso", "-o", "key.img", "--bmap"];
    stick.run(args).expect_success("build");
    let options = ["--progress", "json"];
    let said = stick.write("key.img", &options).expect_success("write").stderr;
    // Of the writing, and not of what comes before.
    assert_eq!(said.matches("\"event\":\"done\"").count(), 1, "{said}");
    assert!(said.contains("`key.img.bmap`: all checksums are right"), "{said}");
    File::options().write(true).open(stick.file()).unwrap().write_all_at(OLD, 0).unwrap();
    let image = File::options().write(true).open(stick.room.path("key.img")).unwrap();
    image.write_all_at(b"?", 100).unwrap();
    stick.refused("key.img", &[], 5, "has another checksum than it says in 0..");
}

#[test]
fn what_has_an_address_is_written_if_it_is_the_file_that_is_wanted() {
    let Some(stick) = Stick::new(ODD) else { return };
    stick.run(["build", "--grub", "grub", "a.iso", "-o", "key.img.zst"]).expect_success("build");
    let bytes = fs::read(stick.room.path("key.img.zst")).unwrap();
    let digest = sha256(&stick.room.path("key.img.zst"));
    let server = Server::start(move |request| Answer::file(request, &bytes, "\"tag\""));
    let url = server.url("/key.img.zst");
    stick.refused(&url, &[], 2, "say which file it must be: --sha256");
    stick.refused(&url, &["--sha256", "12"], 2, "--sha256: ");
    stick.refused(&url, &["--sha256", &digest, "--offline"], 2, "not in the cache");
    stick.refused(&url, &["--sha256", &"0".repeat(64)], 5, &digest);
    stick.refused("a.iso", &["--sha256", &digest], 2, "is for the address of a file");
    stick.write(&url, &["--sha256", &digest, "--grow"]).expect_success("of an address");
    stick.write(&url, &["--sha256", &digest, "--grow", "--offline"]).expect_success("cached");
    assert_eq!(stick.made(&["grow", "key.img.zst", &ODD.to_string()]), sha256(&stick.file()));
}
