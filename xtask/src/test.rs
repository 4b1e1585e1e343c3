//! `cargo xtask test` and `cargo xtask ci`: every check and every test, and a summary.

use std::collections::BTreeSet;
use std::process::Command;

use crate::sh::{self, Error, cargo};
use crate::skips::{Allowed, Log, Skip};
use crate::steps::Steps;
use crate::test_jobs::{Done, Equip, Job};
use crate::{book, deps, fuzz, isos, msrv, recipes, setup, test_jobs};

/// Options of `test`.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct Options {
    /// Leave out the tests that boot something in QEMU
    #[arg(long)]
    fast: bool,
    /// Install nothing
    #[arg(long)]
    no_setup: bool,
    /// As CI: fail when something is missing that tests need, or when C is compiled.
    #[arg(skip)]
    strict: bool,
}

/// Runs everything as CI does; `.ci/run` calls this.
///
/// # Errors
/// As [`run`].
pub fn ci() -> Result<(), Error> {
    run(&Options { strict: true, ..Options::default() })
}

/// Runs everything.
///
/// # Errors
/// When any step failed, after all of them were run.
pub fn run(options: &Options) -> Result<(), Error> {
    let mut steps = Steps::default();
    let mut counts = Counts::default();
    let skips = Log::new();
    if !options.no_setup {
        steps.step("toolchains", || going_on(options, setup::toolchains(&OF_SETUP)));
    }
    let equip = |command: &mut Command| {
        if options.strict {
            command.envs(deps::NO_C_COMPILER).env("BOOTKEY_REQUIRE_ORACLES", "1");
        }
        if options.fast {
            command.env("BOOTKEY_FAST", "1");
        }
        command.env("BOOTKEY_SKIP_LOG", skips.path());
    };
    let cargo = || {
        let mut command = cargo();
        equip(&mut command);
        command
    };
    // Downloads and packages' scripts leave a processor idle half of the time, the compiler does not.
    let beside = std::thread::spawn({
        let options = *options;
        move || {
            let machine = || going_on(&options, setup::machine(&OF_SETUP));
            let machine = (!options.no_setup).then(machine);
            let live = (!options.fast).then(|| isos::all(&isos::Options::FOR_TESTS));
            [("setup", machine), ("live systems for the tests", live)]
        }
    });
    steps.step("formatting", || {
        sh::run(cargo().args(["fmt", "--all", "--check"]))?;
        sh::run(cargo().args(["fmt", "--check", "--manifest-path", fuzz::MANIFEST]))
    });
    steps.step("dependencies", || deps::run(&deps::Options::default()));
    steps.step("recipes", || recipes::run(&recipes::Options::default()));
    steps.step("lints", || {
        let clippy = ["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"];
        sh::run(cargo().args(clippy))
    });
    let mut no_msrv = None;
    steps.step("minimum Rust version", || {
        if msrv::is_there() {
            return msrv::check();
        }
        no_msrv = Some(Skip::new("msrv", &format!("no toolchain of Rust {}", msrv::MSRV)));
        Ok(())
    });
    let mut jobs = Vec::new();
    steps.step("test programs", || {
        jobs = test_jobs::all(&equip)?;
        Ok(())
    });
    match beside.join() {
        Ok(done) => {
            let done = done.into_iter().filter_map(|(name, result)| Some((name, result?)));
            done.for_each(|(name, result)| {
                steps.step(&format!("{name}, beside all this"), || result)
            });
        }
        Err(_) => steps.step("what was done beside all this", || {
            Err(Error::Objection("its thread panicked".into()))
        }),
    }
    steps.step("tests", || {
        let at_once = std::thread::available_parallelism().map_or(1, usize::from);
        counted(jobs, at_once, &equip, &mut counts)
    });
    steps.step("documentation", || {
        let doc = ["doc", "--locked", "--workspace", "--no-deps"];
        sh::run(cargo().env("RUSTDOCFLAGS", "-D warnings").args(doc))
    });
    steps.step("book", book::run);

    if !options.fast {
        steps.step("fuzz targets", fuzz::briefly);
    }
    let skipped = skips.read();
    let last_line = counts.last_line(&skipped);
    let skipped: Vec<_> = skipped.into_iter().chain(no_msrv).collect();
    if options.strict {
        steps.step("skips", || Allowed::read()?.check(&skipped));
    }

    println!("\n{}", steps.summary());
    for skip in &skipped {
        println!("SKIPPED {skip}");
    }
    if !skipped.is_empty() {
        println!("`cargo xtask setup` installs what is missing.\n");
    }
    println!("{last_line}");
    steps.verdict()
}

/// The options of `setup` for tests.
const OF_SETUP: setup::Options = setup::Options { dry_run: false };

/// The result of a part of the setup. Where a machine cannot have what tests need, they skip it by
/// name, but not in CI.
fn going_on(options: &Options, done: Result<(), Error>) -> Result<(), Error> {
    match done {
        Err(Error::Missing(what)) if !options.strict => {
            eprintln!("going on without: {what}");
            Ok(())
        }
        done => done,
    }
}

/// The sums of what all test harnesses counted.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    harnesses: usize,
    passed: usize,
    failed: usize,
}

impl Counts {
    /// Adds a line such as `test result: ok. 4 passed; 0 failed; 1 ignored; …`.
    fn add(&mut self, line: &str) {
        let Some(rest) = line.strip_prefix("test result: ") else { return };
        let number = |what: &str| {
            let words: Vec<_> = rest.split([' ', ';']).filter(|w| !w.is_empty()).collect();
            let pair = words.windows(2).find(|pair| pair[1] == what)?;
            pair[0].parse::<usize>().ok()
        };
        self.harnesses += 1;
        self.passed += number("passed").unwrap_or(0);
        self.failed += number("failed").unwrap_or(0);
    }

    /// The summary's last line. The harnesses count a skipped test as passed, and a test may note
    /// several reasons, so both are corrected here.
    fn last_line(&self, skipped: &BTreeSet<Skip>) -> String {
        let tests: BTreeSet<&str> = skipped.iter().map(Skip::test).collect();
        let passed = self.passed.saturating_sub(tests.len());
        format!("{passed} passed, {} failed, {} skipped", self.failed, tests.len())
    }
}

/// Runs tests, passing on what they print, and counts; then says which took longest.
fn counted(
    jobs: Vec<Job>,
    at_once: usize,
    equip: &Equip<'_>,
    counts: &mut Counts,
) -> Result<(), Error> {
    let (mut failed, mut times) = (Vec::new(), Vec::new());
    test_jobs::run(jobs, at_once, equip, &mut |Done { job, took, said, status }| {
        println!("\n-- {}: {status}, {:.1} s\n{}", job.name, took.as_secs_f64(), said.trim_end());
        said.lines().for_each(|line| counts.add(line));
        if !status.success() {
            failed.push(job.name.clone());
        }
        times.push((took, job.name));
    })?;
    times.sort_unstable_by(|a, b| b.cmp(a));
    println!("\n-- the longest:");
    times.iter().take(20).for_each(|(t, name)| println!("{:7.1} s  {name}", t.as_secs_f64()));
    if !failed.is_empty() {
        return Err(Error::Objection(format!("failed: {}", failed.join(", "))));
    }
    if counts.passed == 0 {
        return Err(Error::Objection("no test was run".into()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn results_are_counted_over_all_harnesses() {
        let mut counts = Counts::default();
        counts.add("test result: ok. 4 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out");
        counts.add("test result: FAILED. 2 passed; 3 failed; 0 ignored; finished in 0.1s");
        counts.add("test results::passed ... ok");
        assert_eq!(counts, Counts { harnesses: 2, passed: 6, failed: 3 });
        let skips = [("a", "no x"), ("a", "no y"), ("b", "no x")];
        let skips = skips.map(|(test, reason)| Skip::new(test, reason));
        assert_eq!(counts.last_line(&skips.into()), "4 passed, 3 failed, 2 skipped");
    }

    fn shell(script: &str) -> Result<(), Error> {
        let job = Job::new("x", Path::new("/bin/sh"), &["-c", script], Path::new("/"));
        counted(vec![job], 1, &|_| (), &mut Counts::default())
    }

    #[test]
    fn tests_must_pass_and_must_be_run() {
        shell("echo 'test result: ok. 1 passed; 0 failed'").unwrap();
        shell("echo 'test result: ok. 1 passed; 0 failed'; exit 101").unwrap_err();
        shell("echo 'test result: ok. 0 passed; 0 failed'").unwrap_err();
        shell("true").unwrap_err();
        let said = shell("echo 'test result: ok. 1 passed; 0 failed'; kill -9 $$").unwrap_err();
        assert_eq!(said.to_string(), "failed: x");
    }
}
