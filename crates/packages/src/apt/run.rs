//! Runs of `apt-get`: starting it and reading its output.

use crate::error::Error;
use input_file::shown;
use std::ffi::OsString;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

/// Most bytes of complaints that are kept.
const MAX_ERRORS: u64 = 1 << 20;

/// The way in which `apt-get` is started: program, options and working directory.
#[derive(Debug)]
pub(super) struct Runner {
    pub program: PathBuf,
    pub args: Vec<OsString>,
    pub cwd: PathBuf,
}

/// The end of a run of `apt-get`.
#[derive(Debug)]
pub(super) struct Ran {
    pub success: bool,
    /// The exit status as messages say it: `exit status: 100`.
    pub status: String,
    /// All that it wrote to standard error.
    pub errors: String,
}

impl Runner {
    /// Runs one command of `apt-get` to the end. Its lines about transfers go to `progress` as they
    /// come.
    pub(super) fn run(
        &self,
        command: &str,
        packages: &[String],
        progress: &mut dyn FnMut(&str),
    ) -> Result<Ran, Error> {
        let fail = |e: std::io::Error| Error::AptFailed {
            command: command.into(),
            status: "not started".into(),
            detail: format!("{}: {e}", shown(&self.program)),
        };
        let mut child = Command::new(&self.program)
            .args(&self.args)
            .arg(command)
            .args(packages)
            .current_dir(&self.cwd)
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(fail)?;
        // Both pipes are read at once: a child blocks for ever when it fills one that nobody reads.
        let stderr = child.stderr.take();
        let read_errors = move || {
            let mut bytes = Vec::new();
            if let Some(mut pipe) = stderr {
                // OK to ignore: the text read before an error is used all the same.
                let _ = pipe.by_ref().take(MAX_ERRORS).read_to_end(&mut bytes);
                let _ = io::copy(&mut pipe, &mut io::sink());
            }
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let errors = thread::Builder::new().spawn(read_errors).map_err(|e| {
            // OK to ignore: it may have ended by itself.
            let _ = child.kill().and_then(|()| child.wait());
            fail(e)
        })?;
        if let Some(pipe) = child.stdout.take() {
            for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line);
                if ["Get:", "Err:", "Fetched "].iter().any(|p| line.starts_with(p)) {
                    progress(line.trim_end());
                }
            }
        }
        let status = child.wait().map_err(fail)?;
        let errors = errors.join().unwrap_or_default();
        Ok(Ran { success: status.success(), status: status.to_string(), errors })
    }
}

impl Ran {
    /// The first three complaints of apt, errors before warnings.
    pub(super) fn summary(&self) -> String {
        let of = |mark| self.errors.lines().filter_map(move |l| l.strip_prefix(mark));
        let lines: Vec<&str> = of("E: ").chain(of("W: ")).map(str::trim).take(3).collect();
        if lines.is_empty() { "it says nothing".into() } else { lines.join("; ") }
    }
}
