//! `bootkey write`: a key onto sticks.

mod sectors;
mod source;
mod target;
mod way;

use self::source::{Source, is_spec};
use self::target::Target;
use self::way::Way;
use super::build::{stopping, unless};
use crate::cli::Write;
use crate::failure::Failure;
use crate::progress::{ERASING, Meter};
use crate::say::Say;
use block_devices::describe;
use device_write::{Device, Error, Phase, Progress, Written, write};
use indicatif::MultiProgress;
use input_file::shown;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::sync::atomic::AtomicBool;

/// Most wrong places that are named.
const SHOWN: usize = 20;

/// A stick, and what is written to it.
struct Job {
    target: Target,
    way: Way,
    source: Source,
}

pub(crate) fn run(args: &Write, say: &Say) -> Result<(), Failure> {
    // Before anything is downloaded or unpacked.
    if !args.yes && !std::io::stdin().is_terminal() {
        return Err(Failure::NobodyToAsk);
    }
    let jobs = jobs(args, say)?;
    for job in &jobs {
        let described = describe(&job.target.device);
        match args.yes {
            true => say.note(described.trim_end()),
            // Whoever types a name has seen what it is, however quiet it is to be.
            false => say.question(described.trim_end()),
        }
    }
    if !args.yes {
        confirm(&jobs)?;
    }
    for job in &jobs {
        if let Way::Udisks(_) = job.way {
            say.note(&format!(
                "udisks is asked for {}; it may want a password",
                job.target.shown()
            ));
        }
        job.target.unmount_all(&job.way, say)?;
    }
    // All of them, before the first is written.
    let open = |job: &Job| job.target.open(&job.way);
    let devices: Vec<Device> = jobs.iter().map(open).collect::<Result<_, _>>()?;
    // Not before: whoever is asked for a password may want none of it, and nothing was changed yet.
    let stopped = stopping()?;
    let results = write_all(args, &jobs, devices, &stopped, say);
    let mut failures: Vec<Failure> = results.into_iter().filter_map(Result::err).collect();
    match (failures.len(), jobs.len()) {
        (0, _) => Ok(()),
        (_, 1) => Err(failures.remove(0)),
        // What went wrong with each was told when it did.
        (failed, all) => {
            let status = failures[0].exit_status();
            Err(Failure::SomeNotWritten { failed, all, status })
        }
    }
}

/// Writes all devices at once. Of several, what becomes of each is told at once.
fn write_all(
    args: &Write,
    jobs: &[Job],
    devices: Vec<Device>,
    stopped: &AtomicBool,
    say: &Say,
) -> Vec<Result<(), Failure>> {
    let bars = MultiProgress::new();
    let one = &|job: &Job, device: Device| {
        let (key, to) = (shown(&args.key), job.target.shown());
        let meter = Meter::new(args.progress, say);
        let meter = match jobs.len() {
            1 => meter,
            _ => meter.of_device(to.clone(), &bars),
        };
        let written = put(job, &device, meter, stopped);
        let eject = || job.way.eject(&job.target.device.path, device);
        let ejected = (args.eject && written.is_ok()).then(eject);
        // Above the bars of the others.
        bars.suspend(|| match (&written, ejected) {
            (Ok(Written { bytes, .. }), ejected) => {
                let now = match &ejected {
                    Some(Ok(())) => ", and ejected: take it out",
                    Some(Err(_)) => "",
                    None => "; it may be taken out",
                };
                say.note(&format!("{key}: {bytes} bytes written to {to}, and compared{now}"));
                if let Some(Err(error)) = ejected {
                    say.grave_warning(&format!("{to} could not be ejected: {error}"));
                }
            }
            (Err(failure), _) if jobs.len() > 1 => say.error(failure),
            (Err(_), _) => {}
        });
        written.map(|_| ())
    };
    std::thread::scope(|scope| {
        let pairs = jobs.iter().zip(devices);
        let threads: Vec<_> =
            pairs.map(|(job, device)| scope.spawn(move || one(job, device))).collect();
        let ends = threads.into_iter().map(|thread| thread.join());
        ends.map(|end| end.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}

/// What is to be done; nothing is changed, and nobody is asked, before all of it is known to be possible.
fn jobs(args: &Write, say: &Say) -> Result<Vec<Job>, Failure> {
    let mut jobs: Vec<Job> = Vec::new();
    for path in &args.devices {
        let target = Target::find(path, !args.yes)?;
        if jobs.iter().any(|other| other.target.device.path == target.device.path) {
            let what = "named twice".to_owned();
            return Err(Failure::Target { path: path.clone(), what });
        }
        target.check_other_than(&args.key)?;
        let way = target.way()?;
        let source = Source::open(args, target.device.size, say)?;
        let (image, device) = (source.image().bytes.len(), target.device.size);
        let job = Job { target, way, source };
        if image > device {
            return Err(Failure::TooSmall {
                device: job.target.shown(),
                source: Error::TooSmall { image, device },
                next_step: job.source.if_too_small(args),
            });
        }
        check_sectors(&job, args)?;
        jobs.push(job);
    }
    Ok(jobs)
}

/// An error if the key is laid out for other sectors than the device has: neither firmware nor kernel
/// would find a partition.
fn check_sectors(job: &Job, args: &Write) -> Result<(), Failure> {
    let device = job.target.device.sector_size;
    match sectors::sector_size(job.source.image().bytes)? {
        Some(key) if key != device => Err(Failure::OtherSectors {
            target: job.target.shown(),
            key,
            device,
            next_step: if is_spec(&args.key) { "; set key.sector_size in the spec" } else { "" },
        }),
        _ => Ok(()),
    }
}

/// Asks for the names of the devices.
fn confirm(jobs: &[Job]) -> Result<(), Failure> {
    let names: Vec<&str> = jobs.iter().map(|job| &*job.target.device.name).collect();
    let shown = shown_text::shown(&names.join(" "));
    let mut err = std::io::stderr();
    let on = if jobs.len() == 1 { "it" } else { "them" };
    // OK to ignore: whoever does not see the question will not answer it.
    let _ = write!(err, "All that is on {on} will be lost. Type {shown} to go on: ");
    let _ = err.flush();
    let mut answer = String::new();
    // OK to ignore: then the answer is not the name.
    let _ = std::io::stdin().lock().read_line(&mut answer);
    match answer.split_whitespace().eq(names) {
        true => Ok(()),
        false => Err(Failure::NotConfirmed { name: shown }),
    }
}

/// Writes the key, and tells how far it is.
fn put(
    job: &Job,
    device: &Device,
    mut meter: Meter<'_>,
    stopped: &AtomicBool,
) -> Result<Written, Failure> {
    let mut phase = None;
    let done = write(&job.source.image(), device, &mut |progress| {
        let Progress { done, total, .. } = progress;
        if phase.replace(progress.phase) != Some(progress.phase) {
            meter.phase(name(progress.phase));
        }
        meter.writing(&bootkey::Progress { region: "", done, total });
        unless(stopped)
    });
    meter.end(done.is_ok());
    done.map_err(|error| {
        // A key that was changed meanwhile is no fault of the stick.
        let error = match (error, job.source.check_unchanged()) {
            (Error::Differs { mismatches, state }, Err(source)) => {
                let at = mismatches.first().map_or(0, |wrong| wrong.offset);
                Error::Image { at, source, state }
            }
            (error, _) => error,
        };
        let (failure, device) = (failure(job, error), job.target.shown());
        match job.target.is_there() {
            true => failure,
            false => Failure::Gone { device, failure: Box::new(failure) },
        }
    })
}

fn name(phase: Phase) -> &'static str {
    match phase {
        Phase::Erasing => ERASING,
        Phase::Probing => "probing",
        Phase::Writing => "writing",
        Phase::Comparing => "comparing",
        Phase::Finishing => "finishing",
    }
}

fn failure(job: &Job, error: Error) -> Failure {
    let owners = match &error {
        Error::Differs { mismatches, .. } => {
            mismatches.iter().take(SHOWN).map(|wrong| job.source.whose(wrong)).collect()
        }
        _ => Vec::new(),
    };
    Failure::Writing { device: job.target.shown(), source: error, owners }
}
