//! The tests as jobs, several at once.
//!
//! `cargo test` runs one test program after the other, and processors idle while the last test of
//! each boots, sleeps or waits for a network. Here a job is a program or, of the packages in
//! [`APART`], one test. As many run as there are processors: with more, machines that boot starve, and
//! so do tests of what has to be done in time. Only the jobs that do little but wait ([`IDLE`]) have a
//! further worker to themselves.

use serde_json::Value;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::sh::{self, Error, cargo};

/// The packages with tests that boot machines or wait: each such test is a job.
const APART: [&str; 2] = ["tests", "xen-host"];

/// The package whose tests spend most of their time waiting: for deadlines, and for what comes after.
const IDLE: &str = "xen-host";

/// The programs whose tests take longest, which are started first, lest one of them is the last.
const DEAREST: [&str; 9] = [
    "tests/xen_boot",
    "fs-ext/it",
    "tests/live",
    "tests/dropped",
    "tests/proof",
    "tests/makers",
    "tests/payloads",
    "tests/incomplete",
    "tests/boot",
];

/// A function that sets the environment variables of the tests on a command.
pub(crate) type Equip<'a> = dyn Fn(&mut Command) + Sync + 'a;

/// Tests that are run by one process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) name: String,
    program: PathBuf,
    args: Vec<String>,
    dir: PathBuf,
}

/// The result of a job: how it ended, and what it printed.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) job: Job,
    pub(crate) took: Duration,
    /// What it printed, errors behind the rest.
    pub(crate) said: String,
    pub(crate) status: ExitStatus,
}

/// A test program that cargo has compiled.
#[derive(Debug, PartialEq, Eq)]
struct Program {
    target: String,
    path: PathBuf,
    /// The directory of its package, in which cargo runs tests.
    dir: PathBuf,
}

impl Job {
    /// A job that runs a program.
    pub(crate) fn new(name: &str, program: &Path, args: &[&str], dir: &Path) -> Self {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        let (program, dir) = (program.to_owned(), dir.to_owned());
        Self { name: name.to_owned(), program, args, dir }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).current_dir(&self.dir).env("CARGO_MANIFEST_DIR", &self.dir);
        command.stdin(Stdio::null());
        command
    }

    fn run(self, equip: &Equip<'_>) -> Result<Done, Error> {
        let mut command = self.command();
        equip(&mut command);
        let start = Instant::now();
        let out = command.output();
        let program = sh::line(&command);
        let out = out.map_err(|source| Error::Start { program, source })?;
        let said = [out.stdout, out.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        Ok(Done { job: self, took: start.elapsed(), said, status: out.status })
    }
}

/// Compiles all tests, and returns the jobs that run them.
///
/// # Errors
/// When they cannot be compiled, or listed.
pub(crate) fn all(equip: &Equip<'_>) -> Result<Vec<Job>, Error> {
    let mut jobs = Vec::new();
    for program in compile(equip)? {
        let package = program.dir.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let name = format!("{package}/{}", program.target);
        let job = |name: &str, args: &[&str]| Job::new(name, &program.path, args, &program.dir);
        if !APART.contains(&package) {
            jobs.push(job(&name, &["--test-threads=1"]));
            continue;
        }
        let listed = job(&name, &["--list", "--format", "terse"]).run(equip)?;
        let tests = listed.said.lines().filter_map(|line| line.strip_suffix(": test"));
        jobs.extend(tests.map(|test| job(&format!("{name} {test}"), &["--exact", test])));
    }
    jobs.sort_by_key(|job| dearness(&job.name));
    let cargo = cargo();
    let doc = ["test", "--locked", "--workspace", "--doc", "--no-fail-fast"];
    jobs.insert(0, Job::new("documentation", Path::new(cargo.get_program()), &doc, &sh::root()));
    Ok(jobs)
}

/// The place of a job in the order of starting: the programs in [`DEAREST`] come first.
fn dearness(name: &str) -> usize {
    let program = name.split(' ').next();
    DEAREST.iter().position(|dear| Some(*dear) == program).unwrap_or(DEAREST.len())
}

fn compile(equip: &Equip<'_>) -> Result<Vec<Program>, Error> {
    let mut command = cargo();
    command.args(["test", "--locked", "--workspace", "--no-run"]);
    command.arg("--message-format=json-render-diagnostics").stderr(Stdio::inherit());
    equip(&mut command);
    let program = sh::line(&command);
    eprintln!("$ {program}");
    let out =
        command.output().map_err(|source| Error::Start { program: program.clone(), source })?;
    match out.status.success() {
        true => Ok(programs(&String::from_utf8_lossy(&out.stdout))),
        false => Err(Error::Failed { program, status: out.status }),
    }
}

/// The test programs in cargo's messages, a line of JSON each.
fn programs(messages: &str) -> Vec<Program> {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let program = |message: Value| {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let is_test = message["profile"]["test"].as_bool()?;
        let dir = Path::new(message["manifest_path"].as_str()?).parent()?.to_owned();
        let (target, path) = (text(&message["target"]["name"])?, text(&message["executable"])?);
        is_test.then(|| Program { target, path: path.into(), dir })
    };
    messages.filter_map(program).collect()
}

/// Runs jobs, the first ones first, `at_once` at a time, and beside them one after the other those
/// that wait. `done` is called with each that has ended.
///
/// # Errors
/// When one cannot be started.
pub(crate) fn run(
    jobs: Vec<Job>,
    at_once: usize,
    equip: &Equip<'_>,
    done: &mut (dyn FnMut(Done) + Send),
) -> Result<(), Error> {
    let (idle, busy): (VecDeque<_>, VecDeque<_>) =
        jobs.into_iter().partition(|job| job.name.split('/').next() == Some(IDLE));
    let [idle, busy] = [idle, busy].map(Mutex::new);
    let done = Mutex::new(done);
    let worker = |jobs: &Mutex<VecDeque<Job>>| -> Result<(), Error> {
        let next = || jobs.lock().ok()?.pop_front();
        while let Some(job) = next() {
            let ended = job.run(equip)?;
            if let Ok(mut done) = done.lock() {
                done(ended);
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let queues = std::iter::repeat_n(&busy, at_once).chain([&idle]);
        let workers: Vec<_> = queues.map(|jobs| scope.spawn(|| worker(jobs))).collect();
        let broken = || Error::Objection("a thread that runs tests has panicked".into());
        workers.into_iter().try_for_each(|w| w.join().unwrap_or_else(|_| Err(broken())))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(name: &str, script: &str) -> Job {
        Job::new(name, Path::new("/bin/sh"), &["-c", script], Path::new("/"))
    }

    #[test]
    fn jobs_run_at_once_and_all_are_told() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        // Each waits for the other, and so they end only if they run at once.
        let wait = |own: &Path, other: &Path| {
            let (own, other) = (own.display(), other.display());
            format!(
                "touch {own}; until [ -e {other} ]; do sleep 0.01; done; echo $EQUIPPED; exit 3"
            )
        };
        let jobs = vec![shell("a", &wait(&a, &b)), shell("b", &wait(&b, &a)), shell("c", "pwd")];
        let mut told = Vec::new();
        let equip = |command: &mut Command| {
            command.env("EQUIPPED", "yes");
        };
        let done = &mut |done: Done| told.push((done.job.name, done.said, done.status.code()));
        run(jobs, 2, &equip, done).unwrap();
        told.sort();
        let expected = [("a", "yes\n", 3), ("b", "yes\n", 3), ("c", "/\n", 0)];
        let expected = expected.map(|(name, said, code)| (name.into(), said.into(), Some(code)));
        assert_eq!(told, expected);
        let missing = Job::new("x", Path::new("/no/such/program"), &[], Path::new("/"));
        assert!(matches!(run(vec![missing], 2, &equip, &mut |_| ()), Err(Error::Start { .. })));
    }

    #[test]
    fn no_more_run_at_once_than_are_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        // Whoever finds the directory there was started beside another.
        let lock = dir.path().join("lock").display().to_string();
        let script = format!("mkdir {lock} && sleep 0.05 && rmdir {lock}");
        let job = |n: usize| shell(&n.to_string(), &script);
        let mut told = Vec::new();
        let done = &mut |done: Done| told.push(done.status.success());
        run((0..4).map(job).collect(), 1, &|_| (), done).unwrap();
        assert_eq!(told, [true; 4]);
    }

    #[test]
    fn jobs_that_wait_run_beside_the_others() {
        let dir = tempfile::tempdir().unwrap();
        let made = dir.path().join("made").display().to_string();
        // The first one succeeds only if the last one runs meanwhile.
        let wait =
            format!("for _ in $(seq 1000); do [ ! -e {made} ] || exit 0; sleep 0.01; done; exit 1");
        let jobs = vec![
            shell("tests/a", &wait),
            shell("xen-host/b", "true"),
            shell("xen-host/c", &format!("touch {made}")),
        ];
        let mut told = Vec::new();
        run(jobs, 1, &|_| (), &mut |done| told.push((done.job.name, done.status.success())))
            .unwrap();
        told.sort();
        assert_eq!(told, ["tests/a", "xen-host/b", "xen-host/c"].map(|name| (name.into(), true)));
    }

    #[test]
    fn test_programs_are_those_that_cargo_names_as_such() {
        let message = |test: bool, executable: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","manifest_path":"/w/crates/a/Cargo.toml",
                "target":{{"name":"t"}},"profile":{{"test":{test}}},"executable":{executable}}}"#
            )
            .replace('\n', "")
        };
        let all = [
            message(true, "\"/t-1\""),
            message(false, "\"/b\""),
            message(true, "null"),
            r#"{"reason":"build-finished","success":true}"#.into(),
            "no JSON".into(),
        ];
        let program =
            Program { target: "t".into(), path: "/t-1".into(), dir: "/w/crates/a".into() };
        assert_eq!(programs(&all.join("\n")), [program]);
    }

    #[test]
    fn the_dearest_are_tests_that_there_are() {
        let mut jobs = ["fs-ext/sizes", "tests/boot b", "tests/live a"];
        jobs.sort_by_key(|name| dearness(name));
        assert_eq!(jobs, ["tests/live a", "tests/boot b", "fs-ext/sizes"]);
        for dear in DEAREST {
            let (package, target) = dear.split_once('/').unwrap();
            let places = [
                format!("{package}/tests/{target}.rs"),
                format!("crates/{package}/tests/{target}"),
            ];
            assert!(places.iter().any(|place| sh::root().join(place).exists()), "{dear}");
        }
    }
}
