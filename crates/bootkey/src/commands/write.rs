//! `bootkey write`: a key onto a stick.

mod source;

use self::source::Source;
use super::build::stopping;
use crate::cli::Write;
use crate::failure::Failure;
use crate::progress::Meter;
use crate::say::Say;
use block_devices::{BlockDevice, Decision, Reason, System, describe, list};
use device_write::{Device, Error, Medium as _, Phase, unmount, write};
use input_file::shown;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::ops::ControlFlow;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::atomic::Ordering;

/// Most wrong places that are named.
const SHOWN: usize = 20;

pub(crate) fn run(args: &Write, say: &Say) -> Result<(), Failure> {
    let target = target(&args.device)?;
    let failed = |source| Failure::Writing {
        device: shown_text::shown(&target.path),
        source,
        owners: Vec::new(),
    };
    refuse_itself(&args.key, &target)?;
    let source = Source::open(args, target.size)?;
    let len = source.image().bytes.len();
    if len > target.size {
        return Err(failed(Error::TooSmall { image: len, device: target.size }));
    }
    say.note(describe(&target).trim_end());
    if !args.yes {
        confirm(&target)?;
    }
    unmount_all(&target, say)?;
    let device = Device::open(Path::new(&target.path)).map_err(failed)?;
    // Somebody may have plugged in another one while the question was read. Now it is held.
    let now = self::target(Path::new(&target.path))?;
    let is_same = |a: &BlockDevice, b: &BlockDevice| {
        a.sequence == b.sequence && a.size == b.size && a.identity == b.identity
    };
    if !is_same(&now, &target) || device.len() != target.size {
        let what = "another device than it was; look at it again".to_owned();
        return Err(Failure::Target { path: args.device.clone(), what });
    }
    put(args, &source, &device, say).map_err(|error| {
        let owners = match &error {
            Error::Differs { mismatches, .. } => {
                mismatches.iter().take(SHOWN).map(|wrong| source.whose(wrong)).collect()
            }
            _ => Vec::new(),
        };
        Failure::Writing { device: shown_text::shown(&target.path), source: error, owners }
    })
}

/// Writes the image, and tells how far it is.
fn put(args: &Write, source: &Source, device: &Device, say: &Say) -> Result<(), Error> {
    let stopped = stopping().ok();
    let mut meter = Meter::new(args.progress, say);
    let mut phase = None;
    let done = write(&source.image(), device, &mut |progress| {
        let name = match progress.phase {
            Phase::Erasing => "erasing",
            Phase::Probing => "probing",
            Phase::Writing => "writing",
            Phase::Comparing => "comparing",
        };
        if phase.replace(progress.phase) != Some(progress.phase) {
            meter.phase(name);
        }
        let device_write::Progress { done, total, .. } = progress;
        meter.writing(&bootkey::Progress { region: name, done, total });
        match stopped.as_ref().is_some_and(|stopped| stopped.load(Ordering::Relaxed)) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    });
    meter.finish();
    let done = done?;
    say.note(&format!(
        "{}: {} bytes written to {}, and compared; it may be taken out",
        shown(&args.key),
        done.bytes,
        shown(&args.device)
    ));
    Ok(())
}

/// The device that is named, if it may be overwritten.
fn target(path: &Path) -> Result<BlockDevice, Failure> {
    let wrong = |what: &str| Failure::Target { path: path.to_owned(), what: what.to_owned() };
    let Ok(real) = std::fs::canonicalize(path) else {
        return Err(wrong("not there; `bootkey devices` lists the devices that are"));
    };
    let devices = list(&System::at(Path::new("/")))?;
    let is_it = |device: &&BlockDevice| Path::new(&device.path) == real;
    let Some(device) = devices.iter().find(is_it) else {
        let name = real.file_name().unwrap_or_default().to_string_lossy();
        let whole = devices.iter().find(|device| device.partitions.iter().any(|p| p.name == name));
        return Err(match whole {
            Some(whole) => wrong(&format!(
                "a partition; a key has partitions itself, and is written to all of {}",
                shown_text::shown(&whole.path)
            )),
            None => wrong("no block device; `bootkey devices` lists those that there are"),
        });
    };
    let decision = Decision::about(device);
    let mut reasons = decision.reasons().iter().filter(|reason| !reason.is_overridden_by_name());
    let reasons: Vec<String> = match device.read_only {
        true => vec![Reason::ReadOnly.to_string()],
        false => reasons.by_ref().map(Reason::to_string).collect(),
    };
    match reasons.is_empty() {
        true => Ok(device.clone()),
        false => {
            let device = shown_text::shown(&device.path);
            Err(Failure::Refused { device, reasons: reasons.join("; ") })
        }
    }
}

/// A key is not written onto itself.
fn refuse_itself(key: &Path, target: &BlockDevice) -> Result<(), Failure> {
    let same = match (std::fs::metadata(key), std::fs::metadata(&target.path)) {
        (Ok(key), Ok(device)) => key.rdev() == device.rdev() && key.rdev() != 0,
        _ => false,
    };
    let backing = target.backing_file.as_ref().and_then(|file| std::fs::canonicalize(file).ok());
    let is_backing = backing.is_some() && backing == std::fs::canonicalize(key).ok();
    match same || is_backing {
        true => Err(Failure::Target { path: key.to_owned(), what: "on that very device".into() }),
        false => Ok(()),
    }
}

/// Asks for the name of the device.
fn confirm(target: &BlockDevice) -> Result<(), Failure> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(Failure::NobodyToAsk);
    }
    let name = shown_text::shown(&target.name);
    let mut err = std::io::stderr();
    // OK to ignore: whoever does not see the question will not answer it.
    let _ = write!(err, "All that is on it will be lost. Type {name} to go on: ");
    let _ = err.flush();
    let mut answer = String::new();
    // OK to ignore: then the answer is not the name.
    let _ = stdin.lock().read_line(&mut answer);
    match answer.trim() == target.name {
        true => Ok(()),
        false => Err(Failure::NotConfirmed { name }),
    }
}

/// Unmounts what is mounted from the device: nothing else, or it would have been refused.
fn unmount_all(target: &BlockDevice, say: &Say) -> Result<(), Failure> {
    let parts = target.partitions.iter().map(|p| &p.users).chain([&target.users]);
    let mut places: Vec<&String> = parts.flat_map(|users| &users.mounted).collect();
    // What is mounted in another one goes first.
    places.sort_by_key(|place| core::cmp::Reverse(place.len()));
    for place in places {
        let shown = shown_text::shown(place);
        unmount(Path::new(place))
            .map_err(|source| Failure::Unmount { place: shown.clone(), source })?;
        say.note(&format!("unmounted `{shown}`"));
    }
    Ok(())
}
