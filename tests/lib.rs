//! The parts that the end-to-end tests share: a directory of its own for each test (a room), and
//! the program, run there as an ordinary user runs it: unprivileged, and with no other program in
//! `PATH`.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use hex_digest::sha256_of;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use testbench::{
    BootOptions, DiskBus, Firmware, Iso, NobodysRoom, Qemu, Ran, as_nobody, handmade_grub, missing,
    run,
};

/// The directory of Debian's grub-pc-bin.
pub const GRUB: &str = "/usr/lib/grub/i386-pc";

/// The words in front of a program that make it mind signals.
pub const MINDING: [&str; 2] = ["/usr/bin/env", "--default-signal=HUP,INT,TERM"];

/// A test's own directory, which belongs to the user `nobody`, with a copy of the program in it.
#[derive(Debug)]
pub struct Room {
    dir: NobodysRoom,
    program: PathBuf,
}

impl Room {
    /// A fresh room. `None` means: skip the test, GRUB's modules are not installed.
    #[track_caller]
    pub fn new() -> Option<Self> {
        if !Path::new(GRUB).is_dir() {
            missing("GRUB's modules (package `grub-pc-bin`)");
            return None;
        }
        let dir = NobodysRoom::new();
        let program = dir.bring(&testbench::bootkey());
        Some(Self { dir, program })
    }

    /// As [`new`](Self::new), with a GRUB that is installed nowhere: in `grub`, with modules of `len`
    /// bytes.
    #[track_caller]
    pub fn with_handmade_grub(len: usize) -> Option<Self> {
        let room = Self::new()?;
        for platform in ["i386-pc", "x86_64-efi"] {
            let dir = room.path("grub").join(platform);
            std::fs::create_dir_all(&dir).unwrap();
            for (name, bytes) in handmade_grub::directory(platform, &handmade_grub::MODULES, len) {
                std::fs::write(dir.join(name), bytes).unwrap();
            }
        }
        Some(room)
    }

    /// A path in the room.
    pub fn path(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.dir.path().join(name.as_ref())
    }

    /// The command `bootkey`, run in the room as the user `nobody`. Its environment has only
    /// `HOME`, which is the room, and a `PATH` in which there is nothing.
    pub fn bootkey<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        self.furnish(Command::new(&self.program), args)
    }

    /// As [`bootkey`](Self::bootkey), for a test that sends signals: the program minds them, even if who runs the
    /// tests does not (`nohup`, or a shell's `&`), which programs inherit.
    pub fn interruptible<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut env = Command::new(MINDING[0]);
        env.args(&MINDING[1..]).arg(&self.program);
        self.furnish(env, args)
    }

    fn furnish<A: AsRef<OsStr>>(
        &self,
        mut c: Command,
        args: impl IntoIterator<Item = A>,
    ) -> Command {
        c.args(args).env_clear().env("PATH", self.path("no-such-place"));
        c.env("HOME", self.dir.path()).current_dir(self.dir.path());
        as_nobody(&mut c);
        c
    }

    /// Runs `bootkey` to the end.
    pub fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Ran {
        run(&mut self.bootkey(args))
    }

    /// Makes a small ISO of the 2009 kind: it will not boot, but it looks as if it would. ISOs of
    /// different names differ.
    pub fn iso(&self, name: impl AsRef<OsStr>) -> PathBuf {
        let path = self.path(name);
        let kernel = path.file_name().unwrap().as_encoded_bytes();
        installer(kernel, b"initrd").write(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
        path
    }

    /// Writes a text file, a spec for instance.
    pub fn text(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Builds `key.img` from `inputs`.
    #[track_caller]
    pub fn build<A: AsRef<OsStr>>(&self, inputs: impl IntoIterator<Item = A>) -> Key {
        let image = self.path("key.img");
        let mut args: Vec<OsString> = vec!["build".into(), "-o".into(), image.clone().into()];
        args.extend(inputs.into_iter().map(|a| a.as_ref().to_owned()));
        self.run(args).expect_success("bootkey build");
        Key::open(&image)
    }

    /// Builds a key with a menu on the serial port that waits, and `more` in its spec.
    #[track_caller]
    pub fn waiting_key(&self, more: &str) -> Key {
        let spec = format!("[menu]\nserial = true\ntimeout = \"none\"\n{more}");
        self.text("key.toml", &spec);
        self.build(["key.toml"])
    }

    /// The names in the room, except the program's and what `skip` names.
    pub fn names(&self) -> Vec<OsString> {
        let mut names: Vec<_> =
            std::fs::read_dir(self.dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.retain(|n| Some(n.as_os_str()) != self.program.file_name());
        names.sort();
        names
    }
}

/// The tree of a 2009-style installer ISO.
pub fn installer(kernel: &[u8], initrd: &[u8]) -> Iso {
    Iso::new("INSTALLER").file("isolinux/vmlinuz", kernel).file("isolinux/initrd.img", initrd)
}

/// A built key.
#[derive(Debug)]
pub struct Key {
    /// The image.
    pub image: PathBuf,
    /// The partitions as the MBR tells: first byte and length in bytes.
    pub partitions: Vec<(u64, u64)>,
}

impl Key {
    /// Reads the partition table of `image`, independently of the code that wrote it.
    pub fn open(image: &Path) -> Self {
        let mut mbr = [0; 512];
        File::open(image).unwrap().read_exact(&mut mbr).unwrap();
        assert_eq!(mbr[510..], [0x55, 0xAA]);
        let lba = |b: &[u8]| u64::from(u32::from_le_bytes(b.try_into().unwrap())) * 512;
        let partitions = mbr[446..510]
            .chunks_exact(16)
            .filter(|e| e[4] != 0)
            .map(|e| (lba(&e[8..12]), lba(&e[12..16])))
            .collect();
        Self { image: image.to_owned(), partitions }
    }

    /// A copy of partition `n` (from 1) as a file of its own, for tools that know no offsets.
    pub fn partition(&self, n: usize, to: &Path) -> PathBuf {
        let (at, len) = self.partitions[n - 1];
        let mut image = File::open(&self.image).unwrap();
        image.seek(SeekFrom::Start(at)).unwrap();
        std::io::copy(&mut image.take(len), &mut File::create(to).unwrap()).unwrap();
        to.to_owned()
    }
}

/// Starts a machine from a key. `None` means: skip the test, there is no such machine here.
#[track_caller]
pub fn boot(image: &Path, firmware: Firmware) -> Option<Qemu> {
    Qemu::boot(BootOptions {
        disks: vec![(image.to_owned(), DiskBus::Virtio)],
        firmware,
        ..BootOptions::default()
    })
}

/// SHA-256 of a file, hex.
pub fn sha256(path: &Path) -> String {
    sha256_of(File::open(path).unwrap()).unwrap()
}

/// Every file below `dir`, by its path relative to it.
pub fn files_below(dir: &Path) -> BTreeMap<PathBuf, PathBuf> {
    let mut found = BTreeMap::new();
    let mut open = vec![dir.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path.clone());
            }
            found.insert(path.strip_prefix(dir).unwrap().to_owned(), path);
        }
    }
    found
}
