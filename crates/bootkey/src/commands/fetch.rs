//! `bootkey fetch`: what a spec needs from elsewhere, into the cache: packages, and ISOs that have an
//! address.

use crate::cli::{Fetch, Mirrors};
use crate::download_progress::DownloadProgress;
use crate::failure::Failure;
use crate::progress::Style;
use crate::say::Say;
use bootkey::key_spec::{Packages, Spec};
use bootkey::{
    LockFile, key_inputs, key_inventory, key_spec::BootFile, key_spec::IsoSource, read_spec,
};
use input_file::shown;
use key_inputs::{
    DownloadEvent, Environment, MEMDISK_PACKAGE, NeededDownload, Request, Wishes, fetch_packages,
    grub_requests,
};
use std::collections::BTreeMap;

pub(crate) fn run(args: &Fetch, say: &Say) -> Result<(), Failure> {
    if LockFile::is_one(&args.spec) {
        return locked(args, say);
    }
    let (mut spec, base) = read_spec(&args.spec)?;
    if let Some(path) = &mut spec.packages.keyring {
        *path = base.join(&*path);
    }
    let mut wanted: BTreeMap<&str, Request> = BTreeMap::new();
    wanted.insert(MEMDISK_PACKAGE, Request::package(MEMDISK_PACKAGE));
    for iso in &spec.iso {
        if let IsoSource::Package { package, member } = &iso.source {
            let name = package.as_str();
            let request = wanted.entry(name).or_insert_with(|| Request::package(name));
            request.members.push(member.as_str().to_owned());
        }
    }
    for entry in &spec.entry {
        let xen = &entry.xen;
        for file in [&xen.hypervisor, &xen.kernel].into_iter().chain(&xen.initrd) {
            if let BootFile::Package { package, member } = file {
                let name = package.as_str();
                let request = wanted.entry(name).or_insert_with(|| Request::package(name));
                request.members.push(member.as_str().to_owned());
            }
        }
    }
    // A spec may take an ISO out of a package of GRUB's: then both are fetched, each as it is
    // looked for.
    let platforms: Vec<_> =
        spec.key.firmware.iter().copied().map(key_inventory::platform).collect();
    let mut requests = grub_requests(&platforms, spec.key.secure_boot);
    requests.extend(wanted.into_values());
    // What one archive lacks keeps nobody from having the rest.
    match (fetch(&requests, &spec.packages, &args.mirrors, say), download(&spec, say)) {
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
    let request = bootkey::Request { inputs: &inputs, ..Default::default() }.complete()?;
    let Mirrors { mirror, suite } = args.mirrors.clone();
    let wishes = Wishes { mirrors: mirror, suite, keyring: None };
    request.fetch_locked(wishes, &mut |line| say.note(line))?;
    let downloads = DownloadProgress::new(Style::Auto, say);
    let progress = |number, wanted: &NeededDownload, event: DownloadEvent<'_>| {
        downloads.tell(number, wanted.url(), &event);
    };
    Ok(request.download_missing(None, &progress)?)
}

/// Downloads the ISOs that have an address.
fn download(spec: &Spec, say: &Say) -> Result<(), Failure> {
    let environment = Environment::from_process()?;
    let missing = key_inputs::missing_downloads(spec, &environment)?;
    let downloads = DownloadProgress::new(Style::Auto, say);
    let progress = |number, wanted: &NeededDownload, event: DownloadEvent<'_>| {
        downloads.tell(number, wanted.url(), &event);
    };
    Ok(key_inputs::download_files(&missing, &environment, &progress)?)
}

/// Fetches packages into the cache, and says where they are.
pub(crate) fn fetch(
    requests: &[Request],
    spec: &Packages,
    asked: &Mirrors,
    say: &Say,
) -> Result<(), Failure> {
    let environment = Environment::from_process()?;
    let Mirrors { mirror, suite } = asked.clone();
    let wishes = environment.wishes(spec, Wishes { mirrors: mirror, suite, keyring: None });
    let fetched = fetch_packages(requests, &wishes, &environment, &mut |line| say.note(line))?;
    for package in fetched {
        if let Some(warning) = &package.warning {
            say.grave_warning(warning);
        }
        say.note(&format!("{} {}: {}", package.package, package.version, shown(&package.deb)));
        for member in package.members {
            say.note(&format!("  {}", shown(&member)));
        }
    }
    Ok(())
}
