//! Perturbations of a run: the clock, the user, the environment, none of which may change a byte of
//! the output.

use std::path::Path;
use std::process::Command;

use crate::{as_nobody, is_root, oracle};

/// A day in the future.
pub const ANOTHER_DAY: &str = "2031-05-06 07:08:09";

/// A perturbation: something about a run of a program that is none of its inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Perturbation {
    /// Another time zone, language, user name and width of the terminal.
    Environment,
    /// An umask by which only the owner may read new files.
    Umask,
    /// A single processor.
    Processors,
    /// A clock that says [`ANOTHER_DAY`].
    Clock,
    /// The user `nobody`, if the tests run as root.
    User,
}

/// The number of a processor that this process may run on, which need not be the first one.
fn own_processor() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    let numbers = allowed.unwrap_or("0").trim();
    numbers.split(['-', ',']).next().unwrap_or(numbers).to_owned()
}

/// `program`, to be run under perturbations. `None`: a tool for one is missing, as noted.
#[track_caller]
pub fn perturbed(program: &Path, by: &[Perturbation]) -> Option<Command> {
    let mut words: Vec<std::ffi::OsString> = Vec::new();
    if by.contains(&Perturbation::Clock) {
        words.extend([oracle("faketime")?.path().into(), ANOTHER_DAY.into()]);
    }
    if by.contains(&Perturbation::Processors) {
        words.extend([oracle("taskset")?.path().into(), "-c".into(), own_processor().into()]);
    }
    let umask = if by.contains(&Perturbation::Umask) { "umask 077; " } else { "" };
    words.extend([oracle("sh")?.path().into(), "-c".into()]);
    words.extend([format!("{umask}exec \"$@\"").into(), "sh".into(), program.into()]);
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]);
    if by.contains(&Perturbation::Environment) {
        command.env("TZ", "Asia/Kathmandu").env("LC_ALL", "tr_TR.UTF-8").env("USER", "someone");
        command.env("COLUMNS", "7").env("LANG", "C").env("RUST_BACKTRACE", "1");
    }
    if by.contains(&Perturbation::User) && is_root() {
        as_nobody(&mut command);
    }
    Some(command)
}
