//! `bootkey build`: the main job; and the writing of any key.

use super::fetch::told;
use super::request::{plan_key, request, with_warnings};
use crate::cli::{Build, Form};
use crate::download_progress::DownloadProgress;
use crate::failure::Failure;
use crate::print::Output as Stdout;
use crate::progress::{Meter, Style};
use crate::say::Say;
use crate::summary::summary;
use bootkey::key_inputs::Wishes;
use bootkey::{CompletedRequest, Format, Key, Output, Progress, Sidecars, Telling};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::ffi::c_int;
use std::io::IsTerminal as _;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub(crate) fn run(args: &Build, say: &Say) -> Result<(), Failure> {
    write(&args.output, &args.form, say, || match args.offline {
        true => plan_key(&args.inputs, say),
        false => {
            let output = Some(&*args.output).filter(|path| path.as_os_str() != "-");
            let request = request(&args.inputs)?.complete()?;
            let key = plan_with_network(request, output, args.form.progress, say)?;
            Ok(with_warnings(key, say))
        }
    })
}

/// The planned key of a request; what it lacks comes from the network, but not for an `output` that
/// may not be written.
pub(super) fn plan_with_network(
    request: CompletedRequest<'_>,
    output: Option<&Path>,
    progress: Style,
    say: &Say,
) -> Result<Key, Failure> {
    with_network(request, output, progress, say, |request| Ok(Key::of_completed(request)?))
}

/// What `read` makes of a request and what it names; what that lacks comes from the network, but not for
/// an `output` that may not be written.
pub(super) fn with_network<'a, T>(
    mut request: CompletedRequest<'a>,
    output: Option<&Path>,
    progress: Style,
    say: &Say,
    read: impl Fn(CompletedRequest<'a>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let downloads = DownloadProgress::new(progress, say);
    let mut tell = Telling {
        say: &mut |line| say.note(line),
        fetched: &mut |package| told(package, say),
        progress: &downloads.listener(),
    };
    request.check_first(output)?;
    request.fetch_locked(Wishes::default(), tell.say)?;
    request.download_missing(output, &mut tell)?;
    match read(request.clone()) {
        // Only now, because to look whether all is there would take time in each build.
        Err(Failure::Key(lacks)) if lacks.lacks_packages() => {
            match request.fetch_missing(output, &mut tell) {
                Ok(()) => read(request),
                Err(e @ bootkey::Error::Write(_)) => Err(e.into()),
                // The failure to fetch is told, and the error before it returned: the packages may
                // be had without a network, too.
                Err(e) => {
                    say.error(&e);
                    Err(lacks.into())
                }
            }
        }
        planned => planned,
    }
}

/// Writes the key that `plan` makes, in the form that is asked for.
pub(super) fn write(
    path: &Path,
    form: &Form,
    say: &Say,
    plan: impl FnOnce() -> Result<Key, Failure>,
) -> Result<(), Failure> {
    let to_stdout = path.as_os_str() == "-";
    let sidecars = sidecars(form);
    let format = match form.format {
        Some(format) => format,
        None if to_stdout => Format::Raw,
        None => format_of(path)?,
    };
    if to_stdout {
        refuse_sidecars(sidecars)?;
        if std::io::stdout().is_terminal() {
            return Err(Failure::Terminal);
        }
    }
    // A closed standard output is told now, not after hours.
    let mut out = to_stdout.then(Stdout::open).transpose()?;
    let mut meter = Meter::new(form.progress, say);
    meter.phase("reading");
    let key = plan()?;
    say.detail(&bootkey::key_plan::text(key.plan()));
    let output = Output { format, sidecars, ..Output::default() };
    let stopped = stopping()?;
    meter.phase("writing");
    let mut progress = |p: Progress<'_>| {
        meter.writing(&p);
        unless(&stopped)
    };
    if let Some(out) = &mut out {
        let written = key.build_to(out, &output, &mut progress);
        meter.end(written.is_ok());
        return Ok(written.map(|_| ())?);
    }
    let built = key.build(path, &output, &mut progress);
    meter.end(built.is_ok());
    summary(path, format, &built?, say);
    Ok(())
}

/// The files that are to go with the image.
pub(super) fn sidecars(form: &Form) -> Sidecars {
    Sidecars {
        bmap: form.bmap,
        checksums: form.checksums,
        manifest: form.manifest,
        sbom: form.sbom,
        page: form.page.is_some(),
        page_language: form.page.flatten(),
    }
}

/// Whether somebody wants this to end. It ends tidily then, or at the second time at once.
pub(super) fn stopping() -> Result<Arc<AtomicBool>, Failure> {
    let stopped = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| !is_ignored(*signal)) {
        signal_hook::flag::register_conditional_default(signal, stopped.clone())
            .and_then(|_| signal_hook::flag::register(signal, stopped.clone()))
            .map_err(Failure::Signal)?;
    }
    Ok(stopped)
}

/// Whether whoever started this wants it to ignore a signal, as `nohup` does.
pub(super) fn is_ignored(signal: c_int) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok());
    ignored.is_some_and(|signals| signals >> (signal - 1) & 1 == 1)
}

/// Whether to go on: not if somebody wants this to end ([`stopping`]).
pub(super) fn unless(stopped: &AtomicBool) -> ControlFlow<()> {
    match stopped.load(Ordering::Relaxed) {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    }
}

fn refuse_sidecars(sidecars: Sidecars) -> Result<(), Failure> {
    let Sidecars { bmap, checksums, manifest, sbom, page, page_language: _ } = sidecars;
    let options = [
        (bmap, "--bmap"),
        (checksums, "--checksums"),
        (manifest, "--manifest"),
        (sbom, "--sbom"),
        (page, "--page"),
    ];
    match options.into_iter().find(|(wanted, _)| *wanted) {
        Some((_, option)) => Err(Failure::Beside { option }),
        None => Ok(()),
    }
}

/// The format that the name asks for. Nobody should get a raw image under the name of something else.
pub(super) fn format_of(output: &Path) -> Result<Format, Failure> {
    const OTHERS: [&str; 9] = ["bz2", "lz4", "lzma", "zip", "7z", "vhdx", "vdi", "iso", "zstd"];
    if let Some(format) = Format::of_path(output) {
        return Ok(format);
    }
    match output.extension().and_then(|e| e.to_str()) {
        Some(e) if OTHERS.contains(&e.to_ascii_lowercase().as_str()) => {
            Err(Failure::Format { output: output.to_owned(), extension: e.to_owned() })
        }
        _ => Ok(Format::Raw),
    }
}
