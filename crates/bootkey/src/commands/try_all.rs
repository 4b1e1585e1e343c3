//! `bootkey try --all`: the proof that every entry of a key boots.

use super::build::stopping;
use crate::cli::Try;
use crate::failure::Failure;
use crate::print::{print, print_exactly};
use crate::say::Say;
use bootkey::proof::{Options, Outcome, Progress, prepare};
use input_file::shown;

pub(crate) fn run(args: &Try, say: &Say) -> Result<(), Failure> {
    let options = Options {
        firmware: args.firmware.clone(),
        secure_boot: args.secure_boot,
        entries: args.entry.clone(),
        bus: args.disk,
        memory: args.memory,
    };
    let proof = prepare(&args.key, &options)?;
    // A machine's processor is emulated by one of ours.
    let jobs = args.jobs.or(std::thread::available_parallelism().ok()).map_or(1, usize::from);
    say.note(&format!("{} trials of `{}`, {jobs} at a time", proof.len(), shown(&args.key)));
    if let Some(why) = &proof.slow {
        say.note(&format!("without KVM, so it is slow: {why}"));
    }
    let stop = stopping()?;
    let report = proof.run(jobs, args.report.as_deref(), &stop, &|progress| match progress {
        Progress::Kept { what, outcome } => {
            say.note(&format!("{what}: {}, as an earlier run found", outcome.verdict.word()));
        }
        Progress::Done { what, outcome, done, all } => {
            say.note(&format!("[{done}/{all}] {what}: {}", told(outcome)));
        }
    })?;
    if let Some(directory) = &args.report {
        say.note(&format!("the report is `{}`", shown(&directory.join("proof.html"))));
    }
    match args.json {
        true => print_exactly(&crate::print::plain(&report.to_json()))?,
        false => print(&report.table())?,
    }
    match report.failed() {
        0 => Ok(()),
        failed => Err(Failure::NotProven { failed, all: report.outcomes().count() }),
    }
}

fn told(outcome: &Outcome) -> String {
    let seen = outcome.seen.as_ref().map_or(String::new(), |seen| format!(" ({seen})"));
    format!("{}: {}{seen}", outcome.verdict.word(), outcome.why)
}
