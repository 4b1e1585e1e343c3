//! Finding and running other people's programs.

use std::ffi::OsStr;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The time after which a program that does not end is taken for one that hangs.
const LIMIT: Duration = Duration::from_secs(600);

/// A program that was found on this machine.
#[derive(Debug, Clone)]
pub struct Oracle {
    path: PathBuf,
    /// The time that a run of it may take.
    limit: Duration,
}

/// The result of running a program.
#[derive(Debug, Clone)]
pub struct Ran {
    /// Exit status; `None` when a signal ended it.
    pub status: Option<i32>,
    /// Standard output, lossily decoded.
    pub stdout: String,
    /// Standard error, lossily decoded.
    pub stderr: String,
}

impl Ran {
    /// Panics with everything the program said unless it exited with 0.
    #[track_caller]
    pub fn expect_success(self, what: &str) -> Self {
        assert_eq!(
            self.status,
            Some(0),
            "{what}\n--- stdout\n{}\n--- stderr\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// Panics unless the program objected with this exit status and these words, so that a program
    /// that crashed or was called wrongly does not count. This is the assertion of tamper tests.
    #[track_caller]
    pub fn expect_objection(self, status: i32, words: &str, what: &str) -> Self {
        let says = self.stdout.contains(words) || self.stderr.contains(words);
        assert!(
            self.status == Some(status) && says && !words.is_empty(),
            "{what}: not status {status} with {words:?}, but {:?}\n--- stdout\n{}\n--- stderr\n{}",
            self.status,
            self.stdout,
            self.stderr
        );
        self
    }

    /// Whether the program accepted what it was shown. Panics unless it did, with 0, or objected as
    /// in [`expect_objection`](Self::expect_objection).
    #[track_caller]
    pub fn accepts(self, status: i32, words: &str) -> bool {
        self.status == Some(0) || {
            self.expect_objection(status, words, "neither accepted nor refused");
            false
        }
    }
}

/// Looks for `program` in `PATH` and the system directories. `None` means: skip the test; the
/// skip is noted for the summary. The usual form is
/// `let Some(e2fsck) = oracle("e2fsck") else { return };`.
///
/// # Panics
/// When the program is missing and `BOOTKEY_REQUIRE_ORACLES=1`.
#[track_caller]
pub fn oracle(program: &str) -> Option<Oracle> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs = std::env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin", "/usr/bin", "/bin"].map(PathBuf::from));
    if let Some(path) = dirs.map(|d| d.join(program)).find(|p| p.is_file()) {
        return Some(Oracle { path, limit: LIMIT });
    }
    missing(&format!("program `{program}`"));
    None
}

/// Notes that the running test is skipped for want of `what`.
///
/// # Panics
/// When `BOOTKEY_REQUIRE_ORACLES=1`.
#[track_caller]
pub fn missing(what: &str) {
    let test = this_test();
    assert!(
        std::env::var_os("BOOTKEY_REQUIRE_ORACLES").is_none_or(|v| v != "1"),
        "{test}: {what} is missing and BOOTKEY_REQUIRE_ORACLES=1; `cargo xtask setup` installs it, \
         or `cargo xtask isos` makes it"
    );
    note_skip(&format!("{test}: {what} is missing"));
}

/// Notes that the running test does not apply to this machine, `because` of something that cannot
/// be installed or made, such as an older version of a program whose output the test has fixed
/// values of. CI accepts only the reasons in `tests/skips.toml`.
pub fn inapplicable(because: &str) {
    note_skip(&format!("{}: {because}", this_test()));
}

fn this_test() -> String {
    std::thread::current().name().unwrap_or("?").to_owned()
}

fn note_skip(line: &str) {
    eprintln!("SKIPPED {line}");
    if let Some(log) = std::env::var_os("BOOTKEY_SKIP_LOG")
        && let Ok(mut f) = std::fs::OpenOptions::new().append(true).create(true).open(log)
    {
        // In one piece: other tests write there at the same time.
        let _ = f.write_all(format!("{line}\n").as_bytes());
    }
}

impl Oracle {
    /// The program's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A command for it, in the C locale and UTC.
    pub fn command(&self) -> Command {
        let mut c = Command::new(&self.path);
        c.env("LC_ALL", "C").env("TZ", "UTC").stdin(Stdio::null());
        c
    }

    /// The same program, whose runs may take only so long: for one that hangs on some input.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// Runs it to the end.
    ///
    /// # Panics
    /// When it cannot be started, or does not end in time.
    #[track_caller]
    pub fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Ran {
        run_within(self.command().args(args), self.limit)
    }
}

/// Runs a command to the end and captures what it says.
///
/// # Panics
/// When it cannot be started, or does not end within ten minutes.
#[track_caller]
pub fn run(command: &mut Command) -> Ran {
    run_within(command, LIMIT)
}

/// Runs a command to the end, or ends it after `limit`, and captures what it says.
#[track_caller]
fn run_within(command: &mut Command, limit: Duration) -> Ran {
    let deadline = Instant::now() + limit;
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let (done, ends) = mpsc::channel();
    let stdout = child.stdout.take().map(|from| heard(from, done.clone()));
    let stderr = child.stderr.take().map(|from| heard(from, done));
    // The program counts as ended when both of its output streams are closed.
    let left = || deadline.saturating_duration_since(Instant::now());
    let in_time = (0..2).all(|_| ends.recv_timeout(left()).is_ok());
    if !in_time {
        let _ = child.kill();
    }
    let status = child.wait().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let text = |heard: Option<Arc<Mutex<Vec<u8>>>>| {
        let heard = heard.unwrap_or_default();
        let heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&heard).into_owned()
    };
    let ran = Ran { status: status.code(), stdout: text(stdout), stderr: text(stderr) };
    assert!(
        in_time,
        "{command:?} had not ended after {limit:?}\n--- stdout\n{}\n--- stderr\n{}",
        ran.stdout, ran.stderr
    );
    ran
}

/// Collects what comes out of a stream, in another thread; `done` is told when the stream ends.
fn heard(mut from: impl Read + Send + 'static, done: Sender<()>) -> Arc<Mutex<Vec<u8>>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&heard);
    std::thread::spawn(move || {
        let mut piece = vec![0; 1 << 16];
        while let Ok(n @ 1..) = from.read(&mut piece) {
            let mut into = into.lock().unwrap_or_else(PoisonError::into_inner);
            into.extend(piece.iter().take(n));
        }
        let _ = done.send(());
    });
    heard
}
