//! `cargo xtask fuzz`: the targets of `tests/fuzz`, compiled with coverage and run by libFuzzer.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use crate::sh::{self, Error, cargo};

const PACKAGE: &str = "tests/fuzz";
/// The manifest of the fuzz targets, relative to the workspace's root.
pub(crate) const MANIFEST: &str = "tests/fuzz/Cargo.toml";
/// The name that stands for all targets.
const ALL: &str = "all";

/// The compiler flags of cargo-fuzz without the sanitizer: only a nightly compiler has that, and
/// without `unsafe` code it has nothing to find.
const RUSTFLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares \
    --cfg fuzzing -D warnings";

/// Options of `fuzz`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The target: a file in tests/fuzz/src/bin
    #[arg(default_value = ALL)]
    target: String,
    /// Seconds for each
    #[arg(default_value_t = 60)]
    seconds: u32,
    /// As CI does: all targets for ten seconds, with coverage of bootkey's own crates only
    #[arg(long, exclusive = true)]
    brief: bool,
}

/// Compiles targets and runs each, as many at once as there are processors.
///
/// # Errors
/// When there is no such target, it cannot be compiled, or there is a finding.
pub fn run(options: &Options) -> Result<(), Error> {
    if options.brief {
        return briefly();
    }
    let all = targets()?;
    let chosen = match &*options.target {
        ALL => all,
        one if all.iter().any(|t| t == one) => vec![one.to_owned()],
        other => {
            let all = all.join(", ");
            return Err(Error::Missing(format!(
                "no fuzz target is called {other}; there are {all}"
            )));
        }
    };
    let programs = build(&chosen)?;
    fuzz_all(chosen, &programs, options.seconds)
}

/// Runs targets, as many at once as there are processors.
fn fuzz_all(targets: Vec<String>, programs: &Path, seconds: u32) -> Result<(), Error> {
    let waiting = Mutex::new(targets.into_iter());
    let next = || waiting.lock().ok()?.next();
    let findings = Mutex::new(Vec::new());
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..processors {
            scope.spawn(|| {
                while let Some(target) = next() {
                    let done = fuzz(&target, programs, seconds);
                    if let (Err(finding), Ok(mut all)) = (done, findings.lock()) {
                        all.push(finding.to_string());
                    }
                }
            });
        }
    });
    let findings = findings.into_inner().unwrap_or_default();
    if findings.is_empty() {
        return Ok(());
    }
    Err(Error::Objection(findings.join("\n")))
}

/// The names of all targets.
fn targets() -> Result<Vec<String>, Error> {
    let dir = sh::root().join(PACKAGE).join("src/bin");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&dir).map_err(Error::io(&dir))? {
        let path = entry.map_err(Error::io(&dir))?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

/// Compiles all targets and runs each for ten seconds. To save minutes, what others wrote is taken as it was
/// compiled for the tests, so that libFuzzer does not see into it.
///
/// # Errors
/// As [`run`].
pub(crate) fn briefly() -> Result<(), Error> {
    let root = sh::root();
    let mut command = cargo();
    command.args(["build", "--locked", "--bins", "--target-dir", "target"]);
    command.args(["--manifest-path", MANIFEST]);
    command.env("RUSTC_WRAPPER", root.join(PACKAGE).join("rustc-with-coverage"));
    command.env("BOOTKEY_ROOT", &root).env("COVERAGE_FLAGS", RUSTFLAGS);
    with_cxx(&mut command);
    sh::run(&mut command)?;
    fuzz_all(targets()?, &root.join("target/debug"), 10)
}

/// Takes back from a command what elsewhere forbids a C compiler: only the fuzz targets may compile
/// C++, for libFuzzer.
fn with_cxx(command: &mut Command) {
    for (variable, _) in crate::deps::NO_C_COMPILER {
        command.env_remove(variable);
    }
}

/// Compiles the targets; returns the directory that they are in.
fn build(targets: &[String]) -> Result<PathBuf, Error> {
    let host = host()?;
    let dir = sh::root().join("target/fuzz");
    let mut command = cargo();
    // For a named machine, so that the flags are for it alone and not for build scripts.
    command.args(["build", "--locked", "--release", "--target", &host]).arg("--target-dir");
    command.arg(&dir).args(["--manifest-path", MANIFEST]);
    command.args(targets.iter().flat_map(|t| ["--bin", t])).env("RUSTFLAGS", RUSTFLAGS);
    with_cxx(&mut command);
    sh::run(&mut command)?;
    Ok(dir.join(host).join("release"))
}

/// The machine that the compiler makes programs for.
fn host() -> Result<String, Error> {
    let mut rustc = Command::new("rustc");
    let program = sh::line(rustc.arg("-vV"));
    let out = rustc.output().map_err(|source| Error::Start { program: program.clone(), source })?;
    let text = String::from_utf8_lossy(&out.stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned);
    host.ok_or_else(|| Error::Answer { program, reason: "it names no host".into() })
}

/// Runs one target; all that libFuzzer says goes into a file.
fn fuzz(target: &str, programs: &Path, seconds: u32) -> Result<(), Error> {
    let (own, log) = (sh::root().join(PACKAGE), programs.join(format!("{target}.log")));
    let dirs = ["corpus", "artifacts"].map(|dir| own.join(dir).join(target));
    for dir in &dirs {
        std::fs::create_dir_all(dir).map_err(Error::io(dir))?;
    }
    let [corpus, artifacts] = dirs;
    let out = std::fs::File::create(&log).map_err(Error::io(&log))?;
    let mut command = Command::new(programs.join(target));
    command.arg(corpus).arg(format!("-artifact_prefix={}/", artifacts.display()));
    command.args([format!("-max_total_time={seconds}"), "-print_final_stats=1".into()]);
    command.args(limits(target)).current_dir(&own);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(out);
    if Path::new("/dev/shm").is_dir() {
        command.env("TMPDIR", "/dev/shm");
    }
    let done = sh::run(&mut command);
    let said = std::fs::read(&log).map_err(Error::io(&log))?;
    let said = String::from_utf8_lossy(&said);
    match done {
        Ok(()) => {
            let runs = said.lines().find(|line| line.starts_with("Done ")).unwrap_or("Done");
            println!("{target}: no finding. {runs}");
            Ok(())
        }
        Err(error) => {
            let excerpt = finding(&said);
            Err(Error::Objection(format!("{target}: {error}; from {}:\n{excerpt}", log.display())))
        }
    }
}

/// What libFuzzer's words say of a finding: its cause, which a long backtrace follows, and the end.
/// The place and the first line of the cause are said again behind them, for whoever keeps only the
/// end of a log.
fn finding(said: &str) -> String {
    let lines: Vec<_> = said.lines().collect();
    let tail = lines.len().saturating_sub(20);
    let is_cause = |line: &&str| line.contains("panicked at") || line.contains("ERROR: libFuzzer");
    let at = lines.iter().position(is_cause).unwrap_or(lines.len());
    let cause = &lines[at.min(tail)..tail.min(at + 20)];
    let brief = lines[at..].iter().take(2).map(|line| line.chars().take(400).collect::<String>());
    let all = [cause, &lines[tail..]].concat();
    all.into_iter().map(str::to_owned).chain(brief).collect::<Vec<_>>().join("\n")
}

/// libFuzzer's options for a target: longest input, time and memory of a run.
fn limits(target: &str) -> &'static [&'static str] {
    match target {
        // This target writes images and runs other programs on them.
        "tree_to_image" => {
            &["-max_len=4096", "-len_control=0", "-timeout=120", "-rss_limit_mb=4096"]
        }
        _ => &["-max_len=131072", "-timeout=60", "-rss_limit_mb=1024"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_known_by_their_names() {
        let all = targets().unwrap();
        assert!(all.len() >= 13 && all.iter().any(|t| t == "tree_to_image"), "{all:?}");
        let options = Options { target: "nobody".into(), seconds: 1, brief: false };
        let said = run(&options).unwrap_err().to_string();
        assert!(said.starts_with("no fuzz target is called nobody; there are configs, "), "{said}");
    }

    #[test]
    fn a_finding_is_told_with_its_place() {
        let dir = tempfile::tempdir().unwrap();
        // Written by a process of its own, because a program cannot be started while any process
        // has it open for writing.
        let script = r"printf '#!/bin/sh\necho found it >&2\nexit 77\n' > probe; chmod +x probe";
        sh::run(Command::new("sh").args(["-c", script]).current_dir(dir.path())).unwrap();
        let said = fuzz("probe", dir.path(), 1).unwrap_err().to_string();
        assert!(said.contains("exit status: 77") && said.ends_with("found it"), "{said}");
    }

    #[test]
    fn the_cause_of_a_finding_stands_before_its_backtrace_and_at_the_end() {
        let frames = |n| "frame\n".repeat(n);
        let long = "x".repeat(500);
        for (n, count) in [(100, 42), (3, 11)] {
            let trace = frames(n);
            let said = format!("{}thread 'x' panicked at y:1\n{long}\n{trace}the input", frames(n));
            let said = finding(&said);
            assert!(n < 20 || said.starts_with("thread 'x' panicked at y:1\nxxx"), "{said}");
            let end = format!("the input\nthread 'x' panicked at y:1\n{}", &long[..400]);
            assert!(said.ends_with(&end), "{said}");
            assert_eq!(said.lines().count(), count, "{said}");
        }
        assert_eq!(finding("no cause"), "no cause");
    }
}
