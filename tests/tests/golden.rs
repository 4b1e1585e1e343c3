//! The same bytes for ever: digests of small keys. A change here is a change of what everybody's
//! keys are, and gets a line in the changelog.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;
use testbench::{LoopMount, Perturbation, inapplicable, oracle, perturbed, run};
use tests::{Room, sha256};

/// SHA-256 of the files of GRUB for `i386-pc` that the digests below were made with: Debian's
/// 2.06-13+deb12u2. GRUB is part of a key.
const GRUB: &str = "4c7fa7db6fc7f51320102400b48b6804f1e23d973422c0dc3ccd4f1426328cca";

/// SHA-256 of memdisk, of Debian's syslinux-common 3:6.04~git20190206.bf6db5b4+dfsg1-3. A BIOS
/// key carries it for ISOs that are dropped on it later.
const MEMDISK: &str = "86b1d121e43cb3256d1e70b93dc073038b1401b9eb25eb21a6a11e4ab9620351";

/// A spec, and the digest of the key. No font is in them, and no file of a package but these.
const GOLDEN: [(&str, &str); 4] = [
    (
        "[key]\nname = \"golden\"\nfirmware = [\"bios\"]\n",
        "fe30238f3a5b4223eab26a500dc046866bc490d91983724c1c7a79a04aa761e7",
    ),
    (
        "[key]\nname = \"golden gpt\"\nfirmware = [\"bios\"]\ntable = \"gpt\"\n\
         [isos]\nfilesystem = \"ext4\"\n[[iso]]\npath = \"one.iso\"\n",
        "dd55679260ce69e3fa2960b79fb7583de9438f3706310854f95a51c8b6d500c9",
    ),
    (
        "[key]\nname = \"golden ext2\"\nfirmware = [\"bios\"]\n\
         [boot]\nfilesystem = \"ext2\"\n[isos]\nfilesystem = \"ext2\"\n[[iso]]\npath = \"one.iso\"\n",
        "bc375e442a555ce19147e768795ac5b28b5efe14a3516a497279acb18cf41327",
    ),
    (
        "[key]\nname = \"golden fat\"\nfirmware = [\"bios\"]\n\
         [isos]\nfilesystem = \"fat32\"\n[[iso]]\npath = \"one.iso\"\n",
        "7fe5c5a1f20557af4d755153ad82c5b3623cedb7c279307a992ed208d160ab45",
    ),
];

/// Other file systems: tmpfs and XFS, where this machine can have them.
struct Elsewhere {
    _memory: Option<TempDir>,
    _xfs: Option<LoopMount>,
    dirs: Vec<PathBuf>,
}

impl Elsewhere {
    fn new(room: &Room) -> Self {
        let memory = tempfile::tempdir_in("/dev/shm").ok();
        let xfs = oracle("mkfs.xfs").and_then(|mkfs| {
            let disk = room.path("disk");
            std::fs::File::create(&disk).unwrap().set_len(400 << 20).unwrap();
            run(mkfs.command().arg("-q").arg(&disk)).expect_success("mkfs.xfs");
            LoopMount::whole(&disk, "xfs", "rw")
        });
        let dirs = memory.iter().map(|m| m.path().to_owned());
        let dirs = dirs.chain(xfs.iter().map(|x| x.path().to_owned())).collect();
        Self { _memory: memory, _xfs: xfs, dirs }
    }

    /// Builds as root, if the tests are, and on one processor; into the room, too.
    fn check(&self, room: &Room, digest: &str) {
        for dir in self.dirs.iter().chain([&room.path("")]) {
            let program = room.path("bootkey");
            let mut command = perturbed(&program, &[Perturbation::Processors])
                .unwrap_or_else(|| Command::new(&program));
            let image = dir.join("root.img");
            command.args(["build", "key.toml", "--grub", "grub", "-o"]).arg(&image);
            command.current_dir(room.path("")).env("HOME", room.path(""));
            run(&mut command).expect_success("build elsewhere");
            assert_eq!(sha256(&image), digest, "in {}", dir.display());
            std::fs::remove_file(&image).unwrap();
        }
    }
}

/// As nobody on all processors where the room is, and as in [`Elsewhere::check`].
#[test]
fn keys_have_the_pinned_bytes() {
    let Some(room) = Room::new() else { return };
    room.iso("one.iso");
    std::fs::create_dir(room.path("grub")).unwrap();
    testbench::copy_tree(tests::GRUB.as_ref(), &room.path("grub/i386-pc"));
    let elsewhere = Elsewhere::new(&room);
    let mut got = Vec::new();
    for (spec, _) in GOLDEN {
        room.text("key.toml", spec);
        let plan = run(&mut room.bootkey(["plan", "key.toml", "--json", "--grub", "grub"]))
            .expect_success("plan");
        if ![GRUB, MEMDISK].iter().all(|input| plan.stdout.contains(input)) {
            return inapplicable("another GRUB or memdisk than the pinned keys were made with");
        }
        let digest = sha256(&room.build(["key.toml", "--grub", "grub"]).image);
        elsewhere.check(&room, &digest);
        got.push((spec, digest));
    }
    let got: Vec<_> = got.iter().map(|(spec, digest)| (*spec, &**digest)).collect();
    assert_eq!(got, GOLDEN, "other bytes: if that is meant, say so in the changelog");
}
