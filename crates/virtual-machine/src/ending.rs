//! How a guest came to its end, by QEMU's own word: the events of its monitor.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::Error;

/// How a guest's machine came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It switched itself off.
    PoweredOff,
    /// It restarted itself, or its processor gave up (a triple fault), which looks the same.
    Reset,
    /// Its kernel told QEMU that it cannot go on.
    Panicked,
    /// It was ended from outside.
    Stopped,
}

/// The end of a guest, once there is one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Endings(Arc<Mutex<Option<Ending>>>);

impl Endings {
    /// The socket of the second monitor, which is for this alone.
    pub(crate) fn socket(dir: &Path) -> PathBuf {
        dir.join("events")
    }

    /// Listens until QEMU ends.
    pub(crate) fn listen(socket: &Path) -> Result<Self, Error> {
        let io = Error::channel("monitor");
        let mut stream = UnixStream::connect(socket).map_err(&io)?;
        stream.write_all(b"{\"execute\": \"qmp_capabilities\"}\n").map_err(&io)?;
        let endings = Self::default();
        let own = endings.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                if let Some(ending) = of_event(&line) {
                    *own.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(ending);
                }
            }
        });
        Ok(endings)
    }

    pub(crate) fn get(&self) -> Option<Ending> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The ending that a line of the monitor tells of. The reasons are QEMU's `ShutdownCause`.
fn of_event(line: &str) -> Option<Ending> {
    let event: Value = serde_json::from_str(line).ok()?;
    if event["event"] != "SHUTDOWN" {
        return None;
    }
    Some(match event["data"]["reason"].as_str()? {
        "guest-shutdown" => Ending::PoweredOff,
        "guest-reset" | "subsystem-reset" => Ending::Reset,
        "guest-panic" => Ending::Panicked,
        _ => Ending::Stopped,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shutdown_says_why() {
        let event =
            |reason| format!(r#"{{"event": "SHUTDOWN", "data": {{"reason": "{reason}"}}}}"#);
        assert_eq!(of_event(&event("guest-reset")), Some(Ending::Reset));
        assert_eq!(of_event(&event("guest-shutdown")), Some(Ending::PoweredOff));
        assert_eq!(of_event(&event("host-signal")), Some(Ending::Stopped));
        assert_eq!(of_event(r#"{"event": "RESET", "data": {"reason": "guest-reset"}}"#), None);
        assert_eq!(of_event("no JSON"), None);
    }
}
