//! `bootkey lock`: every input of a spec by its digest, and the image's.

use super::build::{stopping, unless};
use crate::cli::Lock as Args;
use crate::download_progress::DownloadProgress;
use crate::failure::Failure;
use crate::print::print;
use crate::progress::Meter;
use crate::say::Say;
use bootkey::key_inputs::{ListsFrom, is_part_of_grub};
use bootkey::lock::{self, Making, Told};
use bootkey::{Error, LockFile, Progress, read_spec};
use input_file::shown;
use shown_text::ShellWord;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

pub(crate) fn run(args: &Args, say: &Say) -> Result<(), Failure> {
    let (spec, update) = spec_and_update(args)?;
    if args.mirrors.suite.is_some() && (args.check || args.export.is_some()) {
        let message = "a lock says which suites its packages are of; leave it out".to_owned();
        return Err(Failure::Option { option: "--suite", message });
    }
    let path = match &args.output {
        Some(path) => path.clone(),
        None if LockFile::is_one(&spec) => spec.clone(),
        None => LockFile::beside(&spec),
    };
    let own_spec = LockFile::is_one(&spec);
    if args.check {
        let file = LockFile::read(&path)?;
        let spec = (!own_spec).then(|| read_spec(&spec)).transpose()?.map(|(spec, _)| spec);
        let drift = told(args, say, |told| {
            Ok(lock::check(&file, spec.clone(), args.mirrors.wishes(), args.offline, told)?)
        })?;
        print(&drift.iter().map(|drift| format!("{drift}\n")).collect::<String>())?;
        return match drift.len() {
            0 => {
                say.note(&format!("{}: it holds", shown(&path)));
                Ok(())
            }
            count => Err(Failure::DoesNotHold { lock: path, count }),
        };
    }
    if let Some(directory) = &args.export {
        let file = LockFile::read(&path)?;
        told(args, say, |told| Ok(lock::export(&file, directory, args.mirrors.wishes(), told)?))?;
        let absolute = std::path::absolute(directory).unwrap_or_else(|_| directory.clone());
        let lock = Path::new(path.file_name().unwrap_or_default());
        let local = file.lock.files.iter().chain(&file.lock.directories);
        let local: Vec<String> = local.map(|input| shown_text::shown(&input.path)).collect();
        let beside = match local.is_empty() {
            true => String::new(),
            false => format!(", and beside the lock {}", local.join(", ")),
        };
        say.note(&format!(
            "all that {} needs from elsewhere is there. Next, with a copy of it{beside}, and no network: \
             XDG_CACHE_HOME={} bootkey build {} -o key.img --offline",
            shown(&path),
            ShellWord::of(&absolute),
            ShellWord::of(lock),
        ));
        return Ok(());
    }
    if own_spec {
        return Err(Error::LockOfLock { path: spec }.into());
    }
    let before = match lock::before(&path) {
        // A damaged lock can be made anew, but nothing of it can be kept.
        Err(Error::Lock { source, .. }) if update == Update::All && !source.is_newer() => None,
        before => before?,
    };
    let mut kept = before.as_ref().map(|file| file.lock.packages.clone()).unwrap_or_default();
    match &update {
        Update::Nothing => {}
        Update::All => kept.clear(),
        Update::Only(name) => {
            let have: Vec<String> = kept.iter().map(|package| package.name.clone()).collect();
            if !have.contains(name) {
                return Err(Error::NotInLock { lock: path, name: name.clone(), have }.into());
            }
            let (spec, _) = read_spec(&spec)?;
            let grub = is_part_of_grub(name, &spec);
            kept.retain(|p| p.name != *name && !(grub && is_part_of_grub(&p.name, &spec)));
        }
    }
    let lists = match &update {
        Update::All => ListsFrom::Publisher,
        Update::Nothing | Update::Only(_) => ListsFrom::CacheOrPublisher,
    };
    let (before, wishes) = (before.as_ref(), args.mirrors.wishes());
    let making = Making { spec: &spec, output: &path, before, kept: &kept, wishes, lists };
    let made = told(args, say, |told| Ok(lock::make(&making, told)?))?;
    let written = lock::write(&made, &path)?;
    let what = if written { "written" } else { "it stays as it is" };
    say.note(&format!("{}: {what}; the image has the SHA-256 {}", shown(&path), made.image.sha256));
    Ok(())
}

/// Which packages are taken anew.
#[derive(PartialEq, Eq)]
enum Update {
    Nothing,
    All,
    Only(String),
}

/// The spec, which may stand where clap sees the name of a package: `lock --update key.toml`.
fn spec_and_update(args: &Args) -> Result<(PathBuf, Update), Failure> {
    Ok(match (&args.spec, &args.update) {
        (Some(spec), None) => (spec.clone(), Update::Nothing),
        (Some(spec), Some(None)) => (spec.clone(), Update::All),
        (Some(spec), Some(Some(name))) => (spec.clone(), Update::Only(name.clone())),
        (None, Some(Some(spec))) => (spec.into(), Update::All),
        (None, _) => {
            let message = "name the spec: `bootkey lock SPEC.toml --update`".to_owned();
            return Err(Failure::Option { option: "--update", message });
        }
    })
}

/// Runs `work`, and shows its progress.
fn told<T>(
    args: &Args,
    say: &Say,
    work: impl FnOnce(&mut Told<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let downloads = DownloadProgress::new(args.progress, say);
    let mut meter = Meter::new(args.progress, say);
    // Before the image is made, a signal ends this at once: nothing is there that needs tidying.
    let mut stopped = None;
    let done = work(&mut Told {
        say: &mut |line| say.note(line),
        warn: &mut |line| say.grave_warning(line),
        downloads: &downloads.listener(),
        progress: &mut |p: Progress<'_>| {
            meter.writing(&p);
            let stopped = stopped.get_or_insert_with(|| stopping().ok());
            stopped.as_ref().map_or(ControlFlow::Continue(()), |stopped| unless(stopped))
        },
    });
    meter.end(done.is_ok());
    done
}
