//! Running programs, with their command lines printed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The error of a task.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A program could not be started.
    #[error("cannot start `{program}`: {source}")]
    Start {
        /// The program's command line.
        program: String,
        /// The error of the system.
        source: std::io::Error,
    },
    /// A program ended with something else than 0.
    #[error("`{program}` failed ({status})")]
    Failed {
        /// The program's command line.
        program: String,
        /// The exit status.
        status: std::process::ExitStatus,
    },
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// A program answered something that is not understood.
    #[error("cannot read what `{program}` said: {reason}")]
    Answer {
        /// The program's command line.
        program: String,
        /// The reason why it is not understood.
        reason: String,
    },
    /// A fixture could not be made.
    #[error(transparent)]
    Fixture(#[from] testbench::FixtureError),
    /// Something is missing; the text says what to do.
    #[error("{0}")]
    Missing(String),
    /// A check failed; its complaints have been printed.
    #[error("{0}")]
    Objection(String),
}

impl Error {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    // `cargo run` and `cargo test` set the variable; the constant is for a program started
    // directly.
    let xtask = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    xtask.parent().unwrap_or(&xtask).to_owned()
}

/// Builds bootkey as it is released; returns the program's path, beside the directory that this program was built in.
pub(crate) fn built_bootkey() -> Result<PathBuf, Error> {
    run(cargo().args(["build", "--locked", "--release", "-p", "bootkey"]))?;
    let own = std::env::current_exe().unwrap_or_default();
    let target = own.ancestors().nth(2).map(PathBuf::from);
    Ok(target.unwrap_or_else(|| root().join("target")).join("release/bootkey"))
}

/// A `cargo` command in the workspace: the cargo that runs this, so the same toolchain.
pub(crate) fn cargo() -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root()).stdin(Stdio::null());
    command
}

/// Prints the command line and runs it with this program's output; an error unless it exits with 0.
pub(crate) fn run(command: &mut Command) -> Result<(), Error> {
    eprintln!("$ {}", line(command));
    let program = line(command);
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Error::Failed { program, status }),
        Err(source) => Err(Error::Start { program, source }),
    }
}

/// Runs the command and returns what it printed; an error unless it exits with 0. Its messages go where
/// this program's go.
pub(crate) fn answer(command: &mut Command) -> Result<String, Error> {
    let program = line(command);
    let out = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let out = out.map_err(|source| Error::Start { program: program.clone(), source })?;
    if !out.status.success() {
        return Err(Error::Failed { program, status: out.status });
    }
    let unread = |e: std::string::FromUtf8Error| Error::Answer { program, reason: e.to_string() };
    String::from_utf8(out.stdout).map_err(unread)
}

/// Whether a command runs and exits with 0; its output goes nowhere.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|s| s.success())
}

/// The path of `program` in `PATH` or a system directory.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(system).map(|d| d.join(program)).find(|p| p.is_file())
}

/// Makes sure that programs can be found, each given with the package that has it.
pub(crate) fn need(programs: &[(&str, &str)]) -> Result<(), Error> {
    match programs.iter().find(|(program, _)| find(program).is_none()) {
        Some((program, package)) => Err(Error::Missing(format!("{program} (package {package})"))),
        None => Ok(()),
    }
}

/// A command that is run as root, through sudo for everybody else. `what` names the thing that
/// needs root, and `by_hand` is the command that root can type where there is no sudo; both are for
/// messages.
pub(crate) fn as_root(words: &[&str], what: &str, by_hand: &str) -> Result<Command, Error> {
    let sudo = match (testbench::is_root(), find("sudo")) {
        (true, _) => None,
        (false, Some(sudo)) => Some(sudo),
        (false, None) => {
            let text = format!("{what} needs root, and there is no sudo; as root: {by_hand}");
            return Err(Error::Missing(text));
        }
    };
    let mut words = sudo.iter().map(|p| p.as_os_str()).chain(words.iter().map(AsRef::as_ref));
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words);
    Ok(command)
}

/// Removes a tree whose files are root's, if it is there; what is mounted in it is not entered. `what`
/// and `by_hand` are those of [`as_root`].
pub(crate) fn remove_as_root(tree: &Path, what: &str, by_hand: &str) -> Result<(), Error> {
    if !tree.exists() {
        return Ok(());
    }
    let tree = tree.display().to_string();
    run(&mut as_root(&["rm", "-rf", "--one-file-system", &tree], what, by_hand)?)
}

/// Copies a file and then gives it its name, so that one of this name is always complete.
pub(crate) fn put(from: &Path, to: &Path) -> Result<(), Error> {
    let part = to.with_extension("part");
    let size = std::fs::copy(from, &part).map_err(Error::io(from))?;
    std::fs::rename(&part, to).map_err(Error::io(to))?;
    println!("{}: {size} bytes", to.display());
    Ok(())
}

/// The command as a person would type it.
pub(crate) fn line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().map(OsString::from);
    let words = program.into_iter().chain(command.get_args().map(OsString::from));
    let quoted = words.map(|w| {
        let w = w.to_string_lossy().into_owned();
        if w.is_empty() || w.contains([' ', '\'', '"', '$', '*', '&', ';', '|', '<', '>', '\n']) {
            format!("'{}'", w.replace('\'', r"'\''"))
        } else {
            w
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_can_be_typed_again() {
        let mut c = Command::new("/usr/bin/dd");
        c.args(["if=it's", "of=a b", "bs=4M", ""]);
        assert_eq!(line(&c), r"dd 'if=it'\''s' 'of=a b' bs=4M ''");
    }

    #[test]
    fn failure_names_the_program_and_how_it_ended() {
        run(&mut Command::new("true")).unwrap();
        let failed = run(&mut Command::new("false")).unwrap_err().to_string();
        assert_eq!(failed, "`false` failed (exit status: 1)");
        let gone = run(&mut Command::new("no-such-program")).unwrap_err().to_string();
        assert!(gone.starts_with("cannot start `no-such-program`"), "{gone}");
    }

    #[test]
    fn the_root_is_the_workspace() {
        assert!(root().join("crates").is_dir(), "{}", root().display());
    }
}
