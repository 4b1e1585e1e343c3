//! The results, which go to standard output.

use crate::failure::Failure;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use serde::Serialize;
use shown_text::{acts_on_text, shown_lines};
use std::io::{self, IsTerminal as _, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether standard output was closed when the program was started. The standard library opens
/// `/dev/null` in its place before `main`, and the result would be lost without a word.
static CLOSED: AtomicBool = AtomicBool::new(false);

#[ctor::ctor]
fn before_main() {
    CLOSED.store(rustix::io::fcntl_getfd(rustix::stdio::stdout()).is_err(), Ordering::Relaxed);
}

/// Standard output, without a buffer. Unlike the standard library's it does not hide that nobody
/// can write to it.
#[derive(Debug)]
pub(crate) struct Output(());

impl Output {
    /// Standard output, if it is open.
    pub(crate) fn open() -> Result<Self, Failure> {
        match CLOSED.load(Ordering::Relaxed) {
            true => Err(Failure::Output(Errno::BADF.into())),
            false => Ok(Self(())),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let out = rustix::stdio::stdout();
        loop {
            match rustix::io::write(out, bytes) {
                // Standard output was opened without blocking, and is full: wait until it takes
                // more.
                Err(Errno::AGAIN) => {
                    poll(&mut [PollFd::from_borrowed_fd(out, PollFlags::OUT)], None)?;
                }
                written => return Ok(written?),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes a result for people: nothing in it acts on a terminal.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    print_exactly(&shown_lines(text))
}

/// Writes a result for programs as it is; on a terminal as [`print`] does. A reader that has seen
/// enough (`| head`) is no error.
pub(crate) fn print_exactly(text: &str) -> Result<(), Failure> {
    let mut out = Output::open()?;
    let for_people = std::io::stdout().is_terminal().then(|| shown_lines(text));
    match out.write_all(for_people.as_deref().unwrap_or(text).as_bytes()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Output(e)),
        _ => Ok(()),
    }
}

/// A JSON document, as text that ends with its line.
pub(crate) fn json(value: &impl Serialize) -> Result<String, Failure> {
    Ok(plain(&serde_json::to_string_pretty(value).map_err(|e| Failure::Output(e.into()))?) + "\n")
}

/// JSON in which what acts on a terminal is escaped. Such characters stand in strings only.
pub(crate) fn plain(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if acts_on_text(c) && c != '\n' {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_says_the_same_without_acting_on_a_terminal() {
        let text = "a\u{202e}b\u{9b}\u{e0041}\x1b\n·é";
        let json = json(&[text]).unwrap();
        assert!(!json.chars().any(|c| acts_on_text(c) && c != '\n'), "{json}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), [text]);
    }
}
