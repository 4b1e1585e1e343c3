//! The packages that a lock names: found in the cache by their digests, or fetched into it.
//!
//! They lie in the cache of downloads, not in that of fetched packages, of which each build uses the
//! version that was fetched last. So neither a fetch nor what is installed changes what a lock means.

use crate::environment::Environment;
use crate::error::Error;
use crate::grub::{FONT_PACKAGES, MEMDISK_PACKAGE, grub_requests, is_of_use, platforms_of};
use crate::mirror::MirrorClient;
use crate::needed_downloads::{missing_downloads, not_downloaded};
use ::downloads::{Adding, Expect, Store, Stored};
use key_lock::{Lock, Package};
use key_spec::Spec;
use packages::repository::{Fetching, Pinned, Place, Snapshot, Wishes, get_pinned, mirrors};
use packages::{Deb, Package as PackageFile};
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;
use std::thread;

/// The names of the packages that GRUB's files, its font, memdisk and the signed programs of a spec's
/// key are looked for in.
pub(crate) fn grub_names(spec: &Spec) -> BTreeSet<String> {
    let platforms = platforms_of(spec);
    let requests = grub_requests(&platforms, spec.key.secure_boot);
    let others = FONT_PACKAGES.into_iter().chain([MEMDISK_PACKAGE]).map(str::to_owned);
    requests.into_iter().map(|request| request.package).chain(others).collect()
}

/// Whether a package is one of those that GRUB's files, its font, memdisk and the signed programs of a
/// spec's key are looked for in. They are locked together.
pub fn is_part_of_grub(name: &str, spec: &Spec) -> bool {
    grub_names(spec).contains(name)
}

/// The package files in the cache that a lock has for GRUB.
///
/// # Errors
/// [`Error::NotThere`] names those that are not in the cache; [`Error::NotLocked`] if there are none.
pub fn locked_grub(lock: &Lock, spec: &Spec, env: &Environment) -> Result<Vec<PathBuf>, Error> {
    let (names, store) = (grub_names(spec), env.store()?);
    let (mut paths, mut what) = (Vec::new(), Vec::new());
    for package in lock.packages.iter().filter(|package| names.contains(&package.name)) {
        match store.get(&package.sha256)? {
            None => what.push(format!("{} {}", package.name, package.version)),
            // A package may be locked only for a file that the spec takes out of it; then it may be
            // of no use as GRUB.
            Some(stored) if !package.members.is_empty() => {
                let is_of_use = is_of_use(&PackageFile::open(&stored.path)?)?;
                paths.extend(is_of_use.then_some(stored.path));
            }
            Some(stored) => paths.push(stored.path),
        }
    }
    if !what.is_empty() {
        return Err(Error::NotThere { what });
    }
    if paths.is_empty() {
        // No GRUB of this machine stands in for a locked one: it is not what the lock promises.
        let package = names.into_iter().next().unwrap_or_default();
        return Err(Error::NotLocked { package, member: "GRUB's files".to_owned() });
    }
    Ok(paths)
}

/// Fetches into the cache the packages that a lock names, and extracts the files that the spec
/// takes out of them.
///
/// # Errors
/// [`Error::Package`] names the package that nobody has any more, and who was asked.
pub fn fetch_locked(
    lock: &Lock,
    spec: &Spec,
    wishes: &Wishes,
    env: &Environment,
    progress: &mut dyn FnMut(&str),
) -> Result<(), Error> {
    let names = grub_names(spec);
    let mut by = Getting { wishes, env, store: env.store()?, client: None, progress };
    for package in &lock.packages {
        if names.contains(&package.name) {
            by.package(package)?;
        }
        for member in &package.members {
            if by.store.get(&member.sha256)?.is_none() {
                let deb = by.package(package)?;
                (by.progress)(&format!("extracting {} from {}", member.path, package.name));
                let expect = Expect { sha256: member.sha256.clone(), max_len: member.size };
                by.store.add::<Error>(&expect, |out| {
                    Ok(Deb::open(&deb.path)?.copy_member(&member.path, out).map(|_| ())?)
                })?;
            }
        }
    }
    Ok(())
}

/// Checks that all is in the cache that a lock names. `spec` is its spec, [pinned](Spec::pinned).
///
/// # Errors
/// [`Error::NotThere`] and [`Error::NotDownloaded`] name what is not.
pub fn check_locked(lock: &Lock, spec: &Spec, env: &Environment) -> Result<(), Error> {
    locked_grub(lock, spec, env)?;
    let (store, mut what) = (env.store()?, Vec::new());
    for package in &lock.packages {
        for member in &package.members {
            if store.get(&member.sha256)?.is_none() {
                what.push(format!("{} of {} {}", member.path, package.name, package.version));
            }
        }
    }
    if !what.is_empty() {
        return Err(Error::NotThere { what });
    }
    let missing = missing_downloads(spec, env)?;
    if missing.is_empty() { Ok(()) } else { Err(not_downloaded(&missing)) }
}

/// The state of getting package files whose digests are known, one after the other.
pub(crate) struct Getting<'a> {
    pub(crate) wishes: &'a Wishes,
    pub(crate) env: &'a Environment,
    pub(crate) store: Store,
    /// The client of mirrors, which is made when the first package is missing in the cache.
    pub(crate) client: Option<MirrorClient>,
    pub(crate) progress: &'a mut dyn FnMut(&str),
}

impl Getting<'_> {
    /// A package file in the cache, downloaded first if it is not there.
    pub(crate) fn package(&mut self, package: &Package) -> Result<Stored, Error> {
        if let Some(stored) = self.store.get(&package.sha256)? {
            return Ok(stored);
        }
        let pinned = Pinned {
            package: package.name.clone(),
            version: package.version.clone(),
            architecture: package.architecture.clone(),
            suite: package.suite.clone(),
            path: package.path.clone(),
            len: package.size,
            sha256: package.sha256.clone(),
        };
        let client = match &mut self.client {
            Some(client) => &*client,
            none => &*none.insert(MirrorClient::new(self.env)?),
        };
        let named = self.env.snapshot.as_deref().filter(|url| !url.is_empty());
        let snapshot = named.map(|url| {
            let url = url.trim_end_matches('/').to_owned();
            Snapshot { url, wait: &thread::sleep }
        });
        let mirrors =
            mirrors(self.wishes, &self.env.root, &package.suite).map_err(packages::Error::from)?;
        let mut by = Fetching { client, now: self.env.now, progress: &mut *self.progress };
        let expect = Expect { sha256: package.sha256.clone(), max_len: package.size };
        self.store.add(&expect, |adding| {
            let place = &mut InStore(adding);
            let got = get_pinned(&pinned, &mirrors, snapshot.as_ref(), &mut by, place);
            Ok(got.map_err(packages::Error::from)?)
        })
    }
}

/// The place of a package file in the cache.
struct InStore<'a>(&'a mut Adding);

impl Write for InStore<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Place for InStore<'_> {
    fn empty(&mut self) -> io::Result<()> {
        self.0.empty()
    }
}
