//! The same bytes for ever: digests of small keys. A change here is a change of what everybody's
//! keys are, and gets a line in the changelog.
//!
//! Most keys are of a GRUB that is made here, so that nothing outside of this repository changes
//! them; a few are of Debian's, as long as the archive has that version. The digests are in
//! `tests/golden`; `cargo xtask golden --pin` writes them anew.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use testbench::deb_packages::Package;
use testbench::handmade_grub::{self, MODULES};
use testbench::{LoopMount, Perturbation, inapplicable, oracle, perturbed, run};
use tests::{Room, sha256};

/// Digests and what they are of, as `sha256sum` writes them.
struct Pinned {
    file: PathBuf,
    text: String,
    got: String,
}

impl Pinned {
    fn in_file(name: &str) -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(name);
        let text = std::fs::read_to_string(&file).unwrap();
        Self { file, text, got: String::new() }
    }

    fn of(&self, name: &str) -> Option<&str> {
        self.text.lines().find_map(|line| Some(line.strip_suffix(name)?.trim_end()))
    }

    fn is(&mut self, name: &str, digest: &str) {
        self.got.push_str(&format!("{digest}  {name}\n"));
    }

    /// Compares all, or writes them where that was asked for.
    fn check(self) {
        if pinning() {
            std::fs::write(self.file, self.got).unwrap();
        } else {
            assert_eq!(
                self.got, self.text,
                "other bytes: if that is meant, say so in the changelog"
            );
        }
    }
}

/// Whether `cargo xtask golden --pin` runs this.
fn pinning() -> bool {
    std::env::var_os("BOOTKEY_PIN_GOLDEN").is_some()
}

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
    fn check(&self, room: &Room, grub: &[&str], digest: &str) {
        for dir in self.dirs.iter().chain([&room.path("")]) {
            let program = room.path("bootkey");
            let mut command = perturbed(&program, &[Perturbation::Processors])
                .unwrap_or_else(|| Command::new(&program));
            let image = dir.join("root.img");
            command.args(["build", "key.toml", "-o"]).arg(&image).args(grub);
            command.current_dir(room.path("")).env("HOME", room.path(""));
            run(&mut command).expect_success("build elsewhere");
            assert_eq!(sha256(&image), digest, "in {}", dir.display());
            std::fs::remove_file(&image).unwrap();
        }
    }
}

const TABLES: [&str; 3] = ["mbr", "gpt", "hybrid"];
const FIRMWARE: [&str; 4] =
    ["bios", "uefi-x64", "bios uefi-x64", "bios uefi-x64 uefi-ia32 uefi-arm64"];
const FILE_SYSTEMS: [&str; 4] = ["ext2", "ext3", "ext4", "fat32"];

/// The spec of a key, and of its ISOs if there are some.
fn spec(name: &str, table: &str, firmware: &str, file_system: &str, more: &str) -> String {
    let firmware = firmware.replace(' ', "\", \"");
    let boot = if file_system == "fat32" { "ext2" } else { file_system };
    format!(
        "[key]\nname = \"{name}\"\ntable = \"{table}\"\nfirmware = [\"{firmware}\"]\n{more}\
         [boot]\nfilesystem = \"{boot}\"\n[isos]\nfilesystem = \"{file_system}\"\n\
         [[iso]]\npath = \"one.iso\"\n"
    )
}

/// As nobody on all processors where the room is; a key of each file system as in [`Elsewhere`]
/// too.
#[test]
fn keys_of_a_handmade_grub_have_the_pinned_bytes() {
    let Some(room) = Room::new() else { return };
    room.iso("one.iso");
    for platform in ["i386-pc", "x86_64-efi", "i386-efi", "arm64-efi"] {
        let dir = room.path("grub").join(platform);
        std::fs::create_dir_all(&dir).unwrap();
        for (name, bytes) in handmade_grub::directory(platform, &MODULES, 3000) {
            std::fs::write(dir.join(name), bytes).unwrap();
        }
    }
    // A BIOS' key takes it along, for ISOs that are dropped on it later.
    let memdisk = Package::new("syslinux-common", "1");
    memdisk.file("usr/lib/syslinux/memdisk", vec![0xAD; 26_000]).write(&room.path("memdisk.deb"));
    let elsewhere = Elsewhere::new(&room);
    let grub = ["--grub", "grub", "--grub", "memdisk.deb"];
    let mut pinned = Pinned::in_file("handmade-grub");
    let build = |name: &str, spec: String| {
        room.text("key.toml", &spec);
        let digest = sha256(&room.build(["key.toml"].iter().chain(&grub)).image);
        if name.starts_with("gpt bios uefi-x64,") {
            elsewhere.check(&room, &grub, &digest);
        }
        digest
    };
    let mut keys = Vec::new();
    for table in TABLES {
        for firmware in FIRMWARE {
            for file_system in FILE_SYSTEMS {
                let name = format!("{table} {firmware}, {file_system}");
                keys.push((name, spec("golden", table, firmware, file_system, "")));
            }
        }
    }
    let sectors = spec("golden", "gpt", "uefi-x64", "ext4", "sector_size = 4096\n");
    keys.push(("gpt uefi-x64, ext4, sectors of 4096 bytes".into(), sectors));
    for (name, spec) in keys {
        let digest = build(&name, spec);
        pinned.is(&name, &digest);
    }
    pinned.check();
}

/// Specs of keys of Debian's GRUB. No font is in them, and no file of a package but GRUB's and
/// memdisk.
const DEBIAN: [(&str, &str); 4] = [
    ("golden", "[key]\nname = \"golden\"\nfirmware = [\"bios\"]\n"),
    (
        "golden gpt",
        "[key]\nname = \"golden gpt\"\nfirmware = [\"bios\"]\ntable = \"gpt\"\n\
         [isos]\nfilesystem = \"ext4\"\n[[iso]]\npath = \"one.iso\"\n",
    ),
    (
        "golden ext2",
        "[key]\nname = \"golden ext2\"\nfirmware = [\"bios\"]\n\
         [boot]\nfilesystem = \"ext2\"\n[isos]\nfilesystem = \"ext2\"\n[[iso]]\npath = \"one.iso\"\n",
    ),
    (
        "golden fat",
        "[key]\nname = \"golden fat\"\nfirmware = [\"bios\"]\n\
         [isos]\nfilesystem = \"fat32\"\n[[iso]]\npath = \"one.iso\"\n",
    ),
];

/// GRUB's and memdisk's digests in what `bootkey plan --json` says.
fn inputs(plan: &serde_json::Value) -> [(&'static str, &str); 2] {
    let [grub, memdisk] = [&plan["grub"][0], &plan["memdisk"]];
    [("GRUB for i386-pc", grub), ("memdisk", memdisk)]
        .map(|(name, part)| (name, part["sha256"].as_str().unwrap()))
}

/// As nobody on all processors where the room is, and as in [`Elsewhere::check`].
#[test]
fn keys_of_debians_grub_have_the_pinned_bytes() {
    let Some(room) = Room::new() else { return };
    room.iso("one.iso");
    std::fs::create_dir(room.path("grub")).unwrap();
    testbench::copy_tree(tests::GRUB.as_ref(), &room.path("grub/i386-pc"));
    let mut pinned = Pinned::in_file("debians-grub");
    room.text("key.toml", DEBIAN[0].1);
    let plan = run(&mut room.bootkey(["plan", "key.toml", "--json", "--grub", "grub"]));
    let plan = plan.expect_success("plan").stdout;
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    for (name, input) in inputs(&plan) {
        if !pinning() && pinned.of(name) != Some(input) {
            return inapplicable(
                "another GRUB or memdisk than the keys were pinned with; \
                 `cargo xtask golden --pin` pins those of this one",
            );
        }
        pinned.is(name, input);
    }
    let elsewhere = Elsewhere::new(&room);
    for (name, spec) in DEBIAN {
        room.text("key.toml", spec);
        let digest = sha256(&room.build(["key.toml", "--grub", "grub"]).image);
        elsewhere.check(&room, &["--grub", "grub"], &digest);
        pinned.is(name, &digest);
    }
    pinned.check();
}
