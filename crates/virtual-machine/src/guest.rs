//! A machine that runs.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ExitStatus};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::ending::Endings;
use crate::serial::Serial;
use crate::terminal::Terminal;
use crate::{Ending, Error, Picture, monitor, program, text_screen};

/// The time that QEMU may take to start, on a busy machine.
pub(crate) const STARTS: Duration = Duration::from_secs(60);

/// A running guest. It ends when this value is dropped, and when the thread that started it ends,
/// even by SIGKILL; so do not move it to another thread.
#[derive(Debug)]
pub struct Guest {
    child: Child,
    keyboard: Option<ChildStdin>,
    serial: Arc<Serial>,
    /// The end of the last token that was found.
    seen: usize,
    endings: Endings,
    dir: TempDir,
}

impl Guest {
    pub(crate) fn new(mut child: Child, serial: Arc<Serial>, dir: TempDir) -> Self {
        let keyboard = child.stdin.take();
        Self { child, keyboard, serial, seen: 0, endings: Endings::default(), dir }
    }

    /// Waits until QEMU listens to its monitor, or has ended: then others say why.
    pub(crate) fn wait_for_monitor(&mut self) -> Result<(), Error> {
        let deadline = Instant::now() + STARTS;
        while !self.has_ended()? && !self.monitor().exists() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
        // Where QEMU has ended, others say why.
        self.endings = Endings::listen(&Endings::socket(self.dir.path())).unwrap_or_default();
        Ok(())
    }

    /// How the guest came to its end; `None`: it runs, or QEMU ended without a word.
    pub fn ending(&self) -> Option<Ending> {
        self.endings.get()
    }

    /// Where QEMU writes down what a terminal is shown.
    pub(crate) fn log_in(dir: &Path) -> PathBuf {
        dir.join("log")
    }

    /// Waits until the guest has said `token`, in what it said since the last token that was
    /// found.
    ///
    /// # Errors
    /// When the time is up or QEMU ends; the message shows the guest's last 60 lines.
    pub fn expect(&mut self, token: &str, patience: Duration) -> Result<(), Error> {
        let deadline = Instant::now() + patience;
        let mut state = self.serial.lock();
        loop {
            if let Some(end) = state.said.find(token, self.seen) {
                self.seen = end;
                return Ok(());
            }
            let (token, tail) = (token.to_owned(), state.said.tail());
            if state.closed {
                let qemu = std::fs::read_to_string(self.dir.path().join("stderr"));
                let qemu = qemu.unwrap_or_default();
                return Err(Error::Ended { token, qemu, tail });
            }
            let Some(woken) = self.serial.wait(state, deadline) else {
                return Err(Error::Silent { token, waited: patience, tail });
            };
            state = woken;
        }
    }

    /// Waits until the guest has switched itself off, or rebooted, which ends QEMU too. Gives all
    /// that it said.
    ///
    /// # Errors
    /// When the time is up; the message shows the guest's last 60 lines.
    pub fn ended(mut self, patience: Duration) -> Result<String, Error> {
        let deadline = Instant::now() + patience;
        let mut state = self.serial.lock();
        while !state.closed {
            let tail = state.said.tail();
            state = match self.serial.wait(state, deadline) {
                None => return Err(Error::Running { waited: patience, tail }),
                Some(woken) => woken,
            };
        }
        let said = state.said.text();
        drop(state);
        // The disks' files are complete only when QEMU has exited, a moment after it closes its
        // serial line.
        self.child.wait().map_err(Error::channel("process"))?;
        Ok(said)
    }

    /// Waits until QEMU has ended: the person at its window or terminal decides when.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn wait(&mut self) -> Result<ExitStatus, Error> {
        self.child.wait().map_err(Error::channel("process"))
    }

    /// Whether QEMU has ended.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub fn has_ended(&mut self) -> Result<bool, Error> {
        Ok(self.child.try_wait().map_err(Error::channel("process"))?.is_some())
    }

    /// Types `text` on the serial console, slowly: GRUB has no buffer for what comes while it
    /// draws. `\r` is the return key. On a terminal, the person there types.
    ///
    /// # Errors
    /// When QEMU has ended.
    pub fn send(&mut self, text: &str) -> Result<(), Error> {
        let io = Error::channel("serial line");
        let Some(keyboard) = &mut self.keyboard else { return Ok(()) };
        for byte in text.bytes() {
            keyboard.write_all(&[byte]).map_err(&io)?;
            keyboard.flush().map_err(&io)?;
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Presses a key of the PC keyboard, or several at once, in QEMU's names: `ret`, `down`,
    /// `esc`, `ctrl-alt-delete`.
    ///
    /// # Errors
    /// When QEMU has ended or knows no such key.
    pub fn key(&self, names: &str) -> Result<(), Error> {
        let keys: Vec<_> =
            names.split('-').map(|name| json!({"type": "qcode", "data": name})).collect();
        self.execute("send-key", &json!({ "keys": keys })).map(drop)
    }

    /// Saves what the guest's screen shows as a PNG.
    ///
    /// # Errors
    /// When QEMU has ended, or nothing can be written there.
    pub fn screendump(&self, png: &Path) -> Result<(), Error> {
        std::fs::write(png, self.picture()?.to_png()).map_err(Error::file(png))
    }

    /// The picture on the guest's screen.
    ///
    /// # Errors
    /// When QEMU has ended.
    pub fn picture(&self) -> Result<Picture, Error> {
        let io = Error::channel("screen");
        let ppm = self.dir.path().join("screen.ppm");
        self.execute("screendump", &json!({"filename": ppm.to_string_lossy()}))?;
        let picture = Picture::from_ppm(&std::fs::read(&ppm).map_err(&io)?);
        picture.ok_or_else(|| io(std::io::ErrorKind::InvalidData.into()))
    }

    /// Waits until a line of a PC's text screen has `text` in it.
    ///
    /// # Errors
    /// When it has not in time, or QEMU's monitor objects.
    pub fn read(&self, text: &str, patience: Duration) -> Result<(), Error> {
        let deadline = Instant::now() + patience;
        while !self.text_screen()?.iter().any(|line| line.contains(text)) {
            if Instant::now() >= deadline {
                return Err(Error::Unseen { text: text.to_owned(), waited: patience });
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
    pub fn text_screen(&self) -> Result<Vec<String>, Error> {
        let file = self.dir.path().join("text");
        let arguments = json!({
            "val": text_screen::ADDRESS,
            "size": text_screen::LEN,
            "filename": file.to_string_lossy(),
        });
        self.execute("pmemsave", &arguments)?;
        let memory = std::fs::read(&file).map_err(Error::channel("text screen"))?;
        Ok(text_screen::lines(&memory))
    }

    /// The numbers of requests and of bytes that the guest has read from its first disk so far.
    ///
    /// # Errors
    /// When QEMU has ended.
    pub fn reads(&self) -> Result<(u64, u64), Error> {
        let answer = self.execute("query-blockstats", &json!({}))?;
        let disks = answer.as_array().map(Vec::as_slice).unwrap_or_default();
        let first = disks.iter().find(|d| d["device"] == "disk0").unwrap_or(&answer);
        let number = |name: &str| first["stats"][name].as_u64().unwrap_or_default();
        Ok((number("rd_operations"), number("rd_bytes")))
    }

    /// All that the guest said so far, without escape sequences.
    pub fn transcript(&self) -> String {
        match std::fs::read(Self::log_in(self.dir.path())) {
            Ok(log) => {
                let mut terminal = Terminal::default();
                terminal.take(&log);
                terminal.text()
            }
            // Only a terminal has a log.
            Err(_) => self.serial.lock().said.text(),
        }
    }

    /// The output of the guest at and after the offset `from`, and where it ends; nothing, where a person has the
    /// terminal.
    pub fn said_since(&self, from: usize) -> (String, usize) {
        self.serial.lock().said.since(from)
    }

    /// The processor time that QEMU has taken so far: a measure of how far a guest may have come, however
    /// busy the machine is. Nothing, where the system does not tell.
    pub fn processor_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap_or_default();
        program::processor_time(&stat).unwrap_or_default()
    }

    /// QEMU's process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The directory of its own files.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn execute(&self, command: &str, arguments: &Value) -> Result<Value, Error> {
        monitor::execute(&self.monitor(), command, arguments)
    }

    fn monitor(&self) -> PathBuf {
        self.dir.path().join("monitor")
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        // Either may fail only when QEMU is gone already, which is the aim.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
