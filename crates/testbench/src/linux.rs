//! Debian's Linux kernel in QEMU, on an emulated processor, for tests that need what the host's
//! kernel lacks or denies to root in a container. It is the same on every machine.
//!
//! ```no_run
//! # let (resize2fs, image) = (testbench::oracle("resize2fs").unwrap(), std::path::Path::new(""));
//! use testbench::Linux;
//! let Some(ran) = Linux::new().program(&resize2fs).disk(image).run("resize2fs /dev/vda") else {
//!     return; // no kernel here: noted as a skip
//! };
//! ran.expect_success("resize2fs");
//! ```

mod initramfs;

use std::path::{Path, PathBuf};

use crate::debian::{Release, unpacked};
use crate::{
    BootOptions, DiskBus, FixtureError, Oracle, PATIENCE, Qemu, Ran, missing, oracle, run,
};
use initramfs::{Initramfs, read};
use virtual_machine::with_path;

/// The release of Debian that the kernel is from.
const SUITE: &str = "bookworm";
const PLACE: &str = "linux/bookworm";
/// The smallest of Debian's kernels: ext4 and the serial port are built in.
const KERNEL: &str = "linux-image-cloud-amd64";
/// The modules of the disks, and of the file system that the kernel has not built in.
const MODULES: [&str; 3] = ["virtio_pci", "virtio_blk", "isofs"];

/// The script of the first process. The kernel's messages go to the first serial port, the output
/// of the test's script to the second.
const INIT: &str = "#!/bin/busybox sh
export PATH=/bin
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
for module in /modules/*; do insmod $module; done
stty -F /dev/ttyS1 raw
/bin/sh /script < /dev/null > /dev/ttyS1 2>&1
echo \"exit status $?\" > /dev/ttyS1
poweroff -f
";

/// A machine that runs a shell script and switches itself off.
#[derive(Debug, Default)]
pub struct Linux {
    programs: Vec<PathBuf>,
    disks: Vec<PathBuf>,
}

impl Linux {
    /// A machine with busybox's programs and no disk.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a program of the host, with the libraries that it is linked with.
    pub fn program(mut self, program: &Oracle) -> Self {
        self.programs.push(program.path().to_owned());
        self
    }

    /// Attaches an image as the next disk: `/dev/vda`, `/dev/vdb` … What the script writes to it is
    /// in the file.
    pub fn disk(mut self, image: &Path) -> Self {
        self.disks.push(image.to_owned());
        self
    }

    /// Boots, and runs the script as root, in `/` of a file system in memory, with an empty `/mnt`.
    /// Returns its exit status, and all its output as standard output; the kernel's messages are
    /// standard error. Without a status, the kernel crashed. `None`: skip the test, which is noted
    /// for the summary.
    ///
    /// # Panics
    /// When the script does not come to an end, or the machine cannot be made.
    #[track_caller]
    pub fn run(&self, script: &str) -> Option<Ran> {
        let Some(root) = unpacked(PLACE) else {
            missing("Debian's kernel, for which there is `cargo xtask setup`");
            return None;
        };
        // The host's shell, because busybox's would run busybox's programs instead of the host's.
        let shell = oracle("sh")?;
        let dir = tempfile::tempdir().expect("a directory for an initramfs");
        let initramfs = dir.path().join("initramfs");
        let packed = self.pack(&root, &shell, script);
        std::fs::write(&initramfs, packed.finish()).expect("room for an initramfs");
        let said = dir.path().join("said");
        // `no_timer_check`, because on a busy machine the emulated timer is late and the kernel
        // would stop.
        let append = "console=ttyS0 loglevel=5 panic=-1 no_timer_check";
        let extra_args = [
            "-kernel".into(),
            only(&root.join("boot"), "vmlinuz-").into(),
            "-initrd".into(),
            initramfs.into(),
            "-append".into(),
            append.into(),
            "-serial".into(),
            with_path("file:", &said, ""),
        ];
        let guest = Qemu::boot(BootOptions {
            disks: self.disks.iter().map(|disk| (disk.clone(), DiskBus::Virtio)).collect(),
            keep_writes: true,
            memory_mib: 256,
            extra_args: extra_args.into(),
            ..BootOptions::default()
        })?;
        let stderr = guest.ended(3 * PATIENCE).unwrap_or_else(|e| panic!("{e}"));
        let said = std::fs::read(&said).expect("QEMU makes this file");
        let mut stdout = String::from_utf8_lossy(&said).into_owned();
        let last = stdout.trim_end().rfind('\n').map_or(0, |end| end + 1);
        let status = stdout[last..].strip_prefix("exit status ").map(|n| n.trim_end().parse());
        if status.is_some() {
            stdout.truncate(last);
        }
        Some(Ran { status: status.and_then(Result::ok), stdout, stderr })
    }

    /// The file system that the kernel starts with.
    fn pack(&self, root: &Path, shell: &Oracle, script: &str) -> Initramfs {
        let mut files = Initramfs::default();
        for dir in ["dev", "proc", "sys", "mnt", "tmp"] {
            files.directory(dir);
        }
        files.program("init", INIT.as_bytes());
        files.program("bin/busybox", &read(&root.join("bin/busybox")));
        files.program("script", script.as_bytes());
        let modules = only(&root.join("lib/modules"), "");
        for (n, module) in initramfs::modules(&modules, &MODULES).iter().enumerate() {
            files.program(&format!("modules/{n:02}"), &read(module));
        }
        for program in self.programs.iter().map(PathBuf::as_path).chain([shell.path()]) {
            let name = program.file_name().expect("a program has a name").display();
            files.program(&format!("bin/{name}"), &read(program));
            for library in libraries(program) {
                files.program(&library, &read(Path::new(&library)));
            }
        }
        files
    }
}

/// The absolute paths of the loader and the libraries that a program is linked with.
fn libraries(program: &Path) -> Vec<String> {
    let ldd = run(std::process::Command::new("ldd").arg(program));
    let words = ldd.stdout.split_whitespace();
    words.filter(|word| word.starts_with('/')).map(str::to_owned).collect()
}

/// The only file in a directory whose name begins with `start`.
fn only(dir: &Path, start: &str) -> PathBuf {
    let entries = std::fs::read_dir(dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
    let mut entries = entries.map(|entry| entry.expect("an entry of a directory").path());
    let begins = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(start))
    };
    entries.find(begins).unwrap_or_else(|| panic!("{}: no {start}*", dir.display()))
}

/// Whether [`fetch_linux`] has fetched the kernel.
pub fn has_linux() -> bool {
    unpacked(PLACE).is_some()
}

/// Fetches the kernel, and busybox, into the cache.
///
/// # Errors
/// When there is no apt, no mirror of Debian's among its sources, or a step of it fails.
pub fn fetch_linux() -> Result<(), FixtureError> {
    let release = Release::open(SUITE)?;
    let kernel = release.dependencies(KERNEL)?;
    let packages: Vec<&str> = kernel.iter().map(String::as_str).chain(["busybox-static"]).collect();
    release.unpack(&packages, PLACE)
}
