//! Guests that are saved to a file, and others that go on from there: what QEMU sends when it moves a guest to
//! another computer.

use std::fs::File;
use std::io::ErrorKind;
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::guest::STARTS;
use crate::{Error, Guest};

/// The time between two questions.
const GLANCE: Duration = Duration::from_millis(10);
/// Bytes a second, more than any disk takes: by default QEMU is easy on a network.
const BANDWIDTH: u64 = 1 << 40;

impl Guest {
    /// Saves the guest to a file, from which [`Machine::resume`](crate::Machine::resume) goes on, as often as
    /// wanted. What it wrote to its disks is not in there.
    ///
    /// # Errors
    /// When QEMU cannot, for one of the guest's devices; or the file cannot be written.
    pub fn save(mut self, file: &Path) -> Result<(), Error> {
        let io = Error::channel("saved state");
        let socket = self.socket();
        let listener = UnixListener::bind(&socket).map_err(&io)?;
        // QEMU may end before it connects.
        listener.set_nonblocking(true).map_err(&io)?;
        self.execute("stop", &json!({}))?;
        self.execute("migrate-set-parameters", &json!({ "max-bandwidth": BANDWIDTH }))?;
        self.execute("migrate", &uri(&socket))?;
        let deadline = Instant::now() + STARTS;
        let mut state = loop {
            match listener.accept() {
                Ok((stream, _)) => break stream,
                Err(e) if e.kind() == ErrorKind::WouldBlock => {}
                Err(e) => return Err(io(e)),
            }
            if self.has_ended()? || Instant::now() > deadline {
                return Err(io(ErrorKind::NotConnected.into()));
            }
            std::thread::sleep(GLANCE);
        };
        state.set_nonblocking(false).map_err(&io)?;
        state.set_read_timeout(Some(STARTS)).map_err(&io)?;
        let mut out = File::create(file).map_err(Error::file(file))?;
        std::io::copy(&mut state, &mut out).map_err(&io)?;
        // It closes the connection a moment before it knows that all is sent.
        let done = self.wait_while("query-migrate", &["setup", "active", "device"])?;
        if done["status"] != "completed" {
            let answer = done.to_string();
            return Err(Error::Monitor { command: "migrate".to_owned(), answer });
        }
        Ok(())
    }

    /// Goes on from the state of another, in a QEMU that was started to wait for one.
    pub(crate) fn load(&mut self, file: &Path) -> Result<(), Error> {
        let io = Error::channel("saved state");
        let mut state = File::open(file).map_err(Error::file(file))?;
        let socket = self.socket();
        self.execute("migrate-incoming", &uri(&socket))?;
        let mut stream = UnixStream::connect(&socket).map_err(&io)?;
        stream.set_write_timeout(Some(STARTS)).map_err(&io)?;
        std::io::copy(&mut state, &mut stream).map_err(&io)?;
        stream.shutdown(Shutdown::Write).map_err(&io)?;
        self.wait_while("query-status", &["inmigrate"])?;
        self.execute("cont", &json!({})).map(drop)
    }

    fn socket(&self) -> PathBuf {
        self.dir().join("state")
    }

    /// Asks until the status is none of these; gives the last answer.
    fn wait_while(&self, question: &str, states: &[&str]) -> Result<Value, Error> {
        let deadline = Instant::now() + STARTS;
        loop {
            let answer = self.execute(question, &json!({}))?;
            if !states.iter().any(|state| answer["status"] == *state) || Instant::now() > deadline {
                return Ok(answer);
            }
            std::thread::sleep(GLANCE);
        }
    }
}

fn uri(socket: &Path) -> Value {
    json!({ "uri": format!("unix:{}", socket.to_string_lossy()) })
}
