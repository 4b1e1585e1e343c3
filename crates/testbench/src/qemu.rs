//! QEMU guests, driven over their serial port: a guest boots, prints tokens, and gets keys typed.
//!
//! ```no_run
//! use testbench::{BootOptions, DiskBus, PATIENCE, Qemu};
//! let disks = vec![("key.img".into(), DiskBus::Usb)];
//! let Some(mut guest) = Qemu::boot(BootOptions { disks, ..BootOptions::default() }) else {
//!     return; // no QEMU here: noted as a skip
//! };
//! guest.expect("GNU GRUB", PATIENCE).unwrap();
//! guest.send("c").unwrap();
//! guest.expect("grub>", PATIENCE).unwrap();
//! ```
//!
//! Each `expect` has a deadline, and its error shows what the guest printed last. No test may
//! assert that a guest is *fast*: machines that run tests are loaded.

use std::ffi::OsString;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use crate::qemu_option::with_path;
use crate::terminal::Terminal;
use crate::{Firmware, Font, GuestError, Screen, missing, monitor, oracle};

/// The time that tests wait for a token: generous, for emulation on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(240);

/// The bus by which a disk is attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DiskBus {
    /// IDE, as an internal disk of an old machine.
    Ide,
    /// A USB stick at an xHCI controller.
    Usb,
    /// virtio-blk.
    Virtio,
}

/// The options of a guest: what it boots, and on which machine.
#[derive(Debug, Clone)]
pub struct BootOptions {
    /// Disk images with their bus, in the order in which the firmware tries them. They are
    /// opened as snapshots: what the guest writes is lost, and the files stay as they are, unless
    /// [`keep_writes`](Self::keep_writes) says otherwise.
    pub disks: Vec<(PathBuf, DiskBus)>,
    /// Whether the guest's writes go into the files of `disks`, as onto a real stick: boot copies.
    /// The files are complete once the guest has [ended](Qemu::ended).
    pub keep_writes: bool,
    /// The firmware, which also decides the machine.
    pub firmware: Firmware,
    /// Bytes in a sector of the disks, 512 or 4096. [`DiskBus::Ide`] has 512 only.
    pub sector_size: u32,
    /// An ISO in the CD drive, tried after the disks.
    pub cdrom: Option<PathBuf>,
    /// Memory, in MiB. Below about 600 Debian's installer shows another first screen.
    pub memory_mib: u32,
    /// Whether SeaBIOS copies to the serial line what the guest prints through the BIOS: iPXE's
    /// banner, GRUB's `console`, SeaBIOS' own messages. The output of a guest that also writes to
    /// the serial port itself then appears twice.
    pub bios_on_serial: bool,
    /// More arguments for QEMU.
    pub extra_args: Vec<OsString>,
}

impl Default for BootOptions {
    fn default() -> Self {
        Self {
            disks: Vec::new(),
            keep_writes: false,
            firmware: Firmware::default(),
            sector_size: 512,
            cdrom: None,
            memory_mib: 1024,
            bios_on_serial: false,
            extra_args: Vec::new(),
        }
    }
}

/// A running guest. It ends when this value is dropped, and when the thread that booted it ends,
/// even by SIGKILL; so do not move it to another thread.
#[derive(Debug)]
pub struct Qemu {
    child: Child,
    keyboard: ChildStdin,
    serial: Arc<Serial>,
    seen: usize,
    dir: TempDir,
}

#[derive(Debug, Default)]
struct Serial {
    state: Mutex<(Terminal, bool)>, // what came, and whether the line is closed
    more: Condvar,
}

impl Serial {
    fn lock(&self) -> MutexGuard<'_, (Terminal, bool)> {
        // A reader that panicked leaves the bytes it took before, which are still true.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Qemu {
    /// Starts a guest. `None` means: skip the test, as noted for the summary; either QEMU or the
    /// firmware is not installed, or `BOOTKEY_FAST=1` leaves boot tests out.
    ///
    /// # Panics
    /// When QEMU is there and cannot be started, or is missing and `BOOTKEY_REQUIRE_ORACLES=1`.
    #[track_caller]
    pub fn boot(options: BootOptions) -> Option<Self> {
        if std::env::var_os("BOOTKEY_FAST").is_some_and(|v| v == "1") {
            missing("time for boot tests (BOOTKEY_FAST=1)");
            return None;
        }
        let qemu = oracle(options.firmware.qemu())?;
        let dir = tempfile::tempdir().expect("a directory for QEMU's sockets");
        let machine = options.firmware.arguments(dir.path())?;
        let log = std::fs::File::create(dir.path().join("stderr")).expect("a file in it");
        // With `setpriv`, the guest is killed when its test is; else it would run on and use the
        // machine's processors.
        let mut command = match oracle("setpriv") {
            Some(setpriv) => {
                let mut c = setpriv.command();
                c.args(["--pdeathsig", "KILL"]).arg(qemu.path());
                c
            }
            None => qemu.command(),
        };
        command.args(machine);
        arguments(&mut command, &options, dir.path());
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|e| panic!("{command:?}: {e}"));
        let keyboard = child.stdin.take().expect("OK to unwrap: stdin is piped above");
        let out = child.stdout.take().expect("OK to unwrap: stdout is piped above");
        let serial = Arc::new(Serial::default());
        let reader = Arc::clone(&serial);
        std::thread::spawn(move || listen(out, &reader));
        Some(Self { child, keyboard, serial, seen: 0, dir })
    }

    /// Waits until the guest has said `token`, in what it said since the last token that was
    /// found.
    ///
    /// # Errors
    /// When the time is up or QEMU ends; the message shows the guest's last 60 lines.
    pub fn expect(&mut self, token: &str, patience: Duration) -> Result<(), GuestError> {
        let deadline = Instant::now() + patience;
        let mut state = self.serial.lock();
        loop {
            if let Some(end) = state.0.find(token, self.seen) {
                self.seen = end;
                return Ok(());
            }
            let (token, tail) = (token.to_owned(), state.0.tail());
            if state.1 {
                let qemu = std::fs::read_to_string(self.dir.path().join("stderr"));
                let qemu = qemu.unwrap_or_default();
                return Err(GuestError::Ended { token, qemu, tail });
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(GuestError::Silent { token, waited: patience, tail });
            }
            let woken = self.serial.more.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until the guest has switched itself off, or rebooted, which ends QEMU too. Gives all
    /// that it said.
    ///
    /// # Errors
    /// When the time is up; the message shows the guest's last 60 lines.
    pub fn ended(mut self, patience: Duration) -> Result<String, GuestError> {
        let deadline = Instant::now() + patience;
        let mut state = self.serial.lock();
        while !state.1 {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(GuestError::Running { waited: patience, tail: state.0.tail() });
            }
            let woken = self.serial.more.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        let said = state.0.text();
        drop(state);
        // The disks' files are complete only when QEMU has exited, a moment after it closes its
        // serial line.
        let gone = self.child.wait();
        gone.map_err(|source| GuestError::Channel { channel: "process", source })?;
        Ok(said)
    }

    /// Types `text` on the serial console, slowly: GRUB has no buffer for what comes while it
    /// draws. `\r` is the return key.
    ///
    /// # Errors
    /// When QEMU has ended.
    pub fn send(&mut self, text: &str) -> Result<(), GuestError> {
        let io = |source| GuestError::Channel { channel: "serial line", source };
        for byte in text.bytes() {
            self.keyboard.write_all(&[byte]).map_err(io)?;
            self.keyboard.flush().map_err(io)?;
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Presses a key of the PC keyboard, or several at once, in QEMU's names: `ret`, `down`,
    /// `esc`, `ctrl-alt-delete`.
    ///
    /// # Errors
    /// When QEMU has ended or knows no such key.
    pub fn key(&self, names: &str) -> Result<(), GuestError> {
        let keys: Vec<_> =
            names.split('-').map(|name| json!({"type": "qcode", "data": name})).collect();
        monitor::execute(&self.monitor(), "send-key", &json!({ "keys": keys })).map(drop)
    }

    /// Saves what the guest's screen shows as a PNG.
    ///
    /// # Errors
    /// When QEMU has ended or cannot write there.
    pub fn screendump(&self, png: &Path) -> Result<(), GuestError> {
        let arguments = json!({"filename": png.to_string_lossy(), "format": "png"});
        monitor::execute(&self.monitor(), "screendump", &arguments).map(drop)
    }

    /// Waits until the guest's screen shows a line of text, drawn with this font.
    ///
    /// # Errors
    /// When the time is up or QEMU ends.
    pub fn see(&self, text: &str, font: &Font, patience: Duration) -> Result<(), GuestError> {
        let deadline = Instant::now() + patience;
        while !self.screen()?.shows(text, font) {
            if Instant::now() >= deadline {
                return Err(GuestError::Unseen { text: text.to_owned(), waited: patience });
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// Waits until a line of a PC's text screen has `text` in it.
    ///
    /// # Errors
    /// When it has not in time, or QEMU's monitor objects.
    pub fn read(&self, text: &str, patience: Duration) -> Result<(), GuestError> {
        let deadline = Instant::now() + patience;
        while !self.text_screen()?.iter().any(|line| line.contains(text)) {
            if Instant::now() >= deadline {
                return Err(GuestError::Unseen { text: text.to_owned(), waited: patience });
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// The lines of a PC's text screen: the 80 by 25 characters that the graphics adapter shows in
    /// text mode, whoever wrote them. What is not ASCII is a `?`.
    ///
    /// # Errors
    /// When QEMU's monitor objects.
    pub fn text_screen(&self) -> Result<Vec<String>, GuestError> {
        const COLUMNS: usize = 80;
        const LINES: usize = 25;
        let io = |source| GuestError::Channel { channel: "text screen", source };
        let file = self.dir.path().join("text");
        let size = COLUMNS * LINES * 2;
        let arguments = json!({"val": 0xb8000, "size": size, "filename": file.to_string_lossy()});
        monitor::execute(&self.monitor(), "pmemsave", &arguments)?;
        let memory = std::fs::read(&file).map_err(io)?;
        // Of each character, its code and then its colours.
        let shown = |pair: &[u8]| match pair[0] {
            0 => ' ',
            code if code.is_ascii_graphic() || code == b' ' => char::from(code),
            _ => '?',
        };
        let line = |bytes: &[u8]| bytes.chunks_exact(2).map(shown).collect();
        Ok(memory.chunks_exact(2 * COLUMNS).map(line).collect())
    }

    /// The picture on the guest's screen.
    ///
    /// # Errors
    /// When QEMU has ended.
    pub fn screen(&self) -> Result<Screen, GuestError> {
        let io = |source| GuestError::Channel { channel: "screen", source };
        let ppm = self.dir.path().join("screen.ppm");
        let arguments = json!({"filename": ppm.to_string_lossy()});
        monitor::execute(&self.monitor(), "screendump", &arguments)?;
        let picture = Screen::from_ppm(&std::fs::read(&ppm).map_err(io)?);
        picture.ok_or_else(|| io(std::io::ErrorKind::InvalidData.into()))
    }

    /// The numbers of requests and of bytes that the guest has read from its first disk so far.
    ///
    /// # Errors
    /// When QEMU has ended.
    pub fn reads(&self) -> Result<(u64, u64), GuestError> {
        let answer = monitor::execute(&self.monitor(), "query-blockstats", &json!({}))?;
        let disks = answer.as_array().map(Vec::as_slice).unwrap_or_default();
        let first = disks.iter().find(|d| d["device"] == "disk0").unwrap_or(&answer);
        let number = |name: &str| first["stats"][name].as_u64().unwrap_or_default();
        Ok((number("rd_operations"), number("rd_bytes")))
    }

    /// All that the guest said so far, without escape sequences.
    pub fn transcript(&self) -> String {
        self.serial.lock().0.text()
    }

    /// QEMU's process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    fn monitor(&self) -> PathBuf {
        self.dir.path().join("monitor")
    }
}

impl Drop for Qemu {
    fn drop(&mut self) {
        // Either may fail only when QEMU is gone already, which is the aim.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listen(mut from: impl Read, serial: &Serial) {
    let mut buffer = [0; 4096];
    while let Ok(n @ 1..) = from.read(&mut buffer) {
        serial.lock().0.take(&buffer[..n]);
        serial.more.notify_all();
    }
    serial.lock().1 = true;
    serial.more.notify_all();
}

fn arguments(command: &mut Command, options: &BootOptions, dir: &Path) {
    command
        .args(["-accel", "tcg,thread=multi", "-display", "none", "-no-reboot"])
        .args(["-nic", "none", "-m", &options.memory_mib.to_string()])
        .args(["-chardev", "stdio,id=tty,signal=off", "-serial", "chardev:tty", "-qmp"])
        .arg(with_path("unix:", &dir.join("monitor"), ",server=on,wait=off"))
        .args(["-device", "qemu-xhci"]);
    let sectors = match options.sector_size {
        512 => String::new(),
        n => format!(",logical_block_size={n},physical_block_size={n}"),
    };
    for (i, (image, bus)) in options.disks.iter().enumerate() {
        let snapshot = if options.keep_writes { "off" } else { "on" };
        // With `discard=unmap`, blocks that a guest discards become holes again.
        let drive = format!(",if=none,id=disk{i},format=raw,discard=unmap,snapshot={snapshot}");
        let device = match bus {
            DiskBus::Ide => "ide-hd",
            DiskBus::Usb => "usb-storage",
            DiskBus::Virtio => "virtio-blk-pci",
        };
        let index = i + 1; // 0 is a kernel's that QEMU starts itself
        command
            .arg("-drive")
            .arg(with_path("file=", image, &drive))
            .args(["-device", &format!("{device},drive=disk{i},bootindex={index}{sectors}")]);
    }
    if let Some(iso) = &options.cdrom {
        let index = options.disks.len() + 1;
        command
            .arg("-drive")
            .arg(with_path("file=", iso, ",if=none,id=cd,media=cdrom,format=raw,readonly=on"))
            .args(["-device", &format!("ide-cd,drive=cd,bootindex={index}")]);
    }
    if options.bios_on_serial {
        command.args(["-machine", "graphics=off"]);
    }
    command.args(&options.extra_args);
}
