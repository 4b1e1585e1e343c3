//! `bootkey fetch`: what a spec needs from elsewhere, into the cache: packages, and files that have an
//! address.

use crate::cli::{Fetch, Mirrors};
use crate::download_progress::DownloadProgress;
use crate::failure::Failure;
use crate::progress::Style;
use crate::say::Say;
use bootkey::key_spec::{Overrides, Packages, Spec};
use bootkey::{LockFile, Telling, key_inputs, read_spec};
use input_file::shown;
use key_inputs::{Environment, Fetched, ListsFrom, Request, fetch_packages, needed_packages};

pub(crate) fn run(args: &Fetch, say: &Say) -> Result<(), Failure> {
    if LockFile::is_one(&args.spec) {
        return locked(args, say);
    }
    let (spec, base) = read_spec(&args.spec)?;
    let spec = spec.complete(&base, &[], &Overrides::default(), None);
    if args.offline {
        let environment = Environment::from_process()?;
        return Ok(key_inputs::check_there(spec, &environment)?);
    }
    let requests = needed_packages(&spec);
    // If packages cannot be fetched, the files are downloaded all the same.
    let packages = spec.packages.clone();
    match (fetch(&requests, &packages, &args.mirrors, say), download(spec, say)) {
        (Err(first), Err(second)) => {
            say.error(&second);
            Err(first)
        }
        (packages, files) => packages.and(files),
    }
}

/// Gets all that a lock names.
fn locked(args: &Fetch, say: &Say) -> Result<(), Failure> {
    let inputs = [args.spec.clone()];
    let mut request = bootkey::Request { inputs: &inputs, ..Default::default() }.complete()?;
    if args.offline {
        return Ok(request.check_there()?);
    }
    request.fetch_locked(args.mirrors.wishes(), &mut |line| say.note(line))?;
    let downloads = DownloadProgress::new(Style::Auto, say);
    let mut tell = Telling {
        say: &mut |line| say.note(line),
        fetched: &mut |package| told(package, say),
        progress: &downloads.listener(),
    };
    Ok(request.download_missing(None, &mut tell)?)
}

/// Downloads the files that have an address.
fn download(spec: Spec, say: &Say) -> Result<(), Failure> {
    let environment = Environment::from_process()?;
    let mut note = |line: &str| say.note(line);
    let spec = key_inputs::pin(spec, &environment, ListsFrom::Publisher, &mut note)?;
    let missing = key_inputs::missing_downloads(&spec, &environment)?;
    let downloads = DownloadProgress::new(Style::Auto, say);
    Ok(key_inputs::download_files(&missing, &environment, &downloads.listener())?)
}

/// Fetches packages into the cache, and says where they are.
pub(crate) fn fetch(
    requests: &[Request],
    spec: &Packages,
    asked: &Mirrors,
    say: &Say,
) -> Result<(), Failure> {
    let environment = Environment::from_process()?;
    let wishes = environment.wishes(spec, asked.wishes());
    let fetched = fetch_packages(requests, &wishes, &environment, &mut |line| say.note(line))?;
    fetched.iter().for_each(|package| told(package, say));
    Ok(())
}

/// Says which package was fetched, and where it is.
pub(super) fn told(package: &Fetched, say: &Say) {
    if let Some(warning) = &package.warning {
        say.grave_warning(warning);
    }
    say.note(&format!("{} {}: {}", package.package, package.version, shown(&package.deb)));
    for member in &package.members {
        say.note(&format!("  {}", shown(member)));
    }
}
