//! Devices that fail at a sector or vanish: QEMU's `blkdebug`, through FUSE, behind a loop device.

use crate::{LoopDevice, missing, oracle};
use rustix::process::{Pid, Signal, kill_process};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A fault of a device.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// A sector of 512 bytes to which nothing is written.
    NotWritten(u64),
    /// A sector of 512 bytes that cannot be read.
    NotRead(u64),
    /// A device that takes and gives only so many bytes in a second.
    Slow(u64),
}

impl Fault {
    /// The node that has it, above that of the file.
    fn node(self) -> [String; 4] {
        let at = |order: &str, sector: u64| {
            let fault = format!("inject-error.0.event=none,inject-error.0.iotype={order}");
            format!(
                "driver=blkdebug,node-name=faulty,image=file,{fault},inject-error.0.sector={sector},\
                 inject-error.0.errno=5"
            )
        };
        let (limit, node) = match self {
            Self::NotWritten(sector) => (1 << 40, at("write", sector)),
            Self::NotRead(sector) => (1 << 40, at("read", sector)),
            Self::Slow(limit) => {
                (limit, "driver=throttle,node-name=faulty,file=file,throttle-group=slow".to_owned())
            }
        };
        let group = format!("throttle-group,id=slow,x-bps-total={limit}");
        ["--object".to_owned(), group, "--blockdev".to_owned(), node]
    }
}

/// A loop device whose bytes come from a program that fails as it is told. It ends with this value.
#[derive(Debug)]
pub struct FaultyDevice {
    // Ends first.
    device: LoopDevice,
    daemon: Daemon,
}

/// The running program, and the file that it shows.
#[derive(Debug)]
struct Daemon {
    pid: Pid,
    dir: TempDir,
}

impl FaultyDevice {
    /// A device of these bytes. `None` means: skip the test.
    ///
    /// # Panics
    /// When it cannot be made.
    #[track_caller]
    pub fn new(bytes: &[u8], fault: Fault) -> Option<Self> {
        let daemon = oracle("qemu-storage-daemon")?;
        oracle("umount")?;
        if !Path::new("/dev/fuse").exists() {
            missing("/dev/fuse");
            return None;
        }
        let whole = LoopDevice::directory(bytes)?;
        let dir = TempDir::new().unwrap();
        let (shown, pid) = (dir.path().join("shown.img"), dir.path().join("pid"));
        std::fs::write(&shown, "").unwrap();
        let file = whole.path().join("stick.img");
        let file = format!("driver=file,node-name=file,filename={}", file.display());
        let export = format!(
            "type=fuse,id=export,node-name=faulty,writable=on,mountpoint={}",
            shown.display()
        );
        let mut args = vec!["--blockdev".to_owned(), file];
        args.extend(fault.node());
        args.extend(["--export".to_owned(), export, "--daemonize".to_owned()]);
        args.extend(["--pidfile".to_owned(), pid.display().to_string()]);
        // It goes to the background when the file is there.
        daemon.run(args).expect_success("qemu-storage-daemon");
        let pid = std::fs::read_to_string(pid).unwrap().trim().parse().unwrap();
        let daemon = Daemon { pid: Pid::from_raw(pid).unwrap(), dir };
        // Past the cache, or what was written would be read from that.
        let device = LoopDevice::over(whole, &shown, &["--direct-io=on"])?;
        Some(Self { device, daemon })
    }

    /// The path at which it is opened: `/dev/loop3`.
    pub fn path(&self) -> &Path {
        &self.device.path
    }

    /// The file with the true bytes.
    pub fn file(&self) -> PathBuf {
        self.device.file()
    }

    /// Takes all its bytes away: from now on every order fails.
    ///
    /// # Panics
    /// When the program has ended already.
    pub fn vanish(&self) {
        kill_process(self.daemon.pid, Signal::KILL).unwrap();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // OK to ignore: it may have vanished.
        let _ = kill_process(self.pid, Signal::KILL);
        if let Some(umount) = oracle("umount") {
            umount.run(["--lazy".as_ref(), self.dir.path().join("shown.img").as_os_str()]);
        }
    }
}
