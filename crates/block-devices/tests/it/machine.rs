//! A machine, as the tree of files in which Linux describes it.

use block_devices::{BlockDevice, Decision, Reason, System, list};
use std::cell::RefCell;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Directories in `/sys/devices` of devices that are connected in these ways, but for the last name.
pub const USB: &str = "pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0";
pub const SD: &str = "pci0000:00/0000:00:1a.0/mmc_host/mmc0/mmc0:aaaa";
pub const NVME: &str = "pci0000:00/0000:00:1d.0/nvme/nvme0";
pub const ATA: &str = "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0";
pub const VIRTUAL: &str = "virtual";

pub struct Machine {
    /// Kept until the machine goes.
    _dir: TempDir,
    root: PathBuf,
    mounts: RefCell<String>,
    swaps: RefCell<String>,
}

impl Machine {
    /// A machine without disks.
    pub fn new() -> Self {
        Self::below("")
    }

    /// The same, its root below directories with these names.
    pub fn below(names: &str) -> Self {
        let dir = TempDir::new().unwrap();
        let root = dir.path().join(names);
        let (mounts, swaps) = (RefCell::default(), RefCell::new("Filename Type Size\n".into()));
        let machine = Self { _dir: dir, root, mounts, swaps };
        for dir in ["sys/block", "sys/class/block", "proc/self", "dev/mapper", "run/udev/data"] {
            fs::create_dir_all(machine.path(dir)).unwrap();
        }
        machine.write("proc/self/mountinfo", "");
        machine
    }

    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(path)
    }

    pub fn write(&self, path: impl AsRef<Path>, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A disk at `place`/block/`name`, whose number is `dev`. `device`: attributes of what it is in.
    pub fn disk(&self, place: &str, name: &str, dev: &str, bytes: u64, device: &[(&str, &str)]) {
        let inside = format!("devices/{place}/block/{name}");
        self.block(&inside, name, dev, bytes);
        symlink(format!("../{inside}"), self.path("sys/block").join(name)).unwrap();
        self.write(format!("sys/{inside}/removable"), "0\n");
        self.write(format!("sys/{inside}/queue/logical_block_size"), "512\n");
        if place != VIRTUAL {
            symlink("../..", self.path(format!("sys/{inside}/device"))).unwrap();
        }
        for (attribute, value) in device {
            self.write(format!("sys/devices/{place}/{attribute}"), format!("{value}\n"));
        }
    }

    fn block(&self, inside: &str, name: &str, dev: &str, bytes: u64) {
        self.write(format!("sys/{inside}/dev"), format!("{dev}\n"));
        self.write(format!("sys/{inside}/size"), format!("{}\n", bytes / 512));
        self.write(format!("sys/{inside}/ro"), "0\n");
        fs::create_dir_all(self.path(format!("sys/{inside}/holders"))).unwrap();
        symlink(format!("../../{inside}"), self.path("sys/class/block").join(name)).unwrap();
    }

    /// A partition of a disk that was made.
    pub fn partition(&self, disk: &str, name: &str, dev: &str, start: u64, bytes: u64) {
        let inside = fs::canonicalize(self.path("sys/block").join(disk)).unwrap();
        let sys = fs::canonicalize(self.path("sys")).unwrap();
        let inside = format!("{}/{name}", inside.strip_prefix(sys).unwrap().display());
        self.block(&inside, name, dev, bytes);
        let number = name.trim_start_matches(disk).trim_start_matches('p');
        self.write(format!("sys/{inside}/partition"), format!("{number}\n"));
        self.write(format!("sys/{inside}/start"), format!("{}\n", start / 512));
    }

    /// Sets an attribute of a disk or a partition.
    pub fn set(&self, name: &str, attribute: &str, value: &str) {
        self.write(format!("sys/class/block/{name}/{attribute}"), format!("{value}\n"));
    }

    /// What udev knows of the device with this number.
    pub fn udev(&self, dev: &str, properties: &[(&str, &str)]) {
        let lines = properties.iter().map(|(name, value)| format!("E:{name}={value}\n"));
        self.write(format!("run/udev/data/b{dev}"), lines.collect::<String>());
    }

    /// A device of device-mapper, that is made of others.
    pub fn mapped(&self, name: &str, dev: &str, uuid: &str, title: &str, of: &[&str]) {
        self.disk(VIRTUAL, name, dev, 1 << 30, &[]);
        self.set(name, "dm/uuid", uuid);
        self.set(name, "dm/name", title);
        self.write(format!("dev/{name}"), "");
        symlink(format!("../{name}"), self.path("dev/mapper").join(title)).unwrap();
        self.hold(name, of);
    }

    /// A loop device of 1 GiB that shows a file.
    pub fn looped(&self, name: &str, file: &str) {
        let number = name.trim_start_matches("loop");
        self.disk(VIRTUAL, name, &format!("7:{number}"), 1 << 30, &[]);
        self.set(name, "loop/backing_file", file);
    }

    /// One device is made of others.
    pub fn hold(&self, name: &str, of: &[&str]) {
        for part in of {
            let held = self.path(format!("sys/class/block/{part}/holders/{name}"));
            symlink(self.path("sys/class/block").join(name), held).unwrap();
        }
    }

    pub fn mount(&self, dev: &str, source: &str, place: &str) {
        let line = format!("36 25 {dev} / {place} rw,relatime shared:1 - ext4 {source} rw\n");
        self.mounts.borrow_mut().push_str(&line);
        self.write("proc/self/mountinfo", &*self.mounts.borrow());
    }

    pub fn swap(&self, path: &str) {
        self.swaps.borrow_mut().push_str(&format!("{path} partition 8388604 0 -2\n"));
        self.write("proc/swaps", &*self.swaps.borrow());
    }

    pub fn system(&self) -> System {
        System::at(&self.root)
    }

    pub fn list(&self) -> Vec<BlockDevice> {
        list(&self.system()).unwrap()
    }

    pub fn device(&self, name: &str) -> BlockDevice {
        self.list().into_iter().find(|device| device.name == name).unwrap()
    }

    /// Whether a device is offered; the reasons, in words, if not.
    #[track_caller]
    pub fn refusal(&self, name: &str) -> Vec<String> {
        match Decision::about(&self.device(name)) {
            Decision::Offered => panic!("{name} is offered"),
            Decision::NotOffered(reasons) => reasons.iter().map(Reason::to_string).collect(),
        }
    }

    pub fn is_offered(&self, name: &str) -> bool {
        Decision::about(&self.device(name)) == Decision::Offered
    }

    /// A USB stick of 16 GB, `sdb`, with a partition `sdb1`.
    pub fn stick(&self) {
        self.disk(
            USB,
            "sdb",
            "8:16",
            16_000_000_000,
            &[("vendor", "SanDisk "), ("model", "Ultra")],
        );
        self.set("sdb", "removable", "1");
        self.partition("sdb", "sdb1", "8:17", 1 << 20, 15_000_000_000);
    }
}
