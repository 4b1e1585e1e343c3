//! The making of a lock.

use super::told::Told;
use crate::error::Error;
use crate::key::Key;
use crate::lock_file::{LockFile, canonical, time};
use crate::read_spec::read_spec;
use crate::surveyed::Surveyed;
use base16ct::lower::encode_string as hex;
use core::convert::Infallible;
use key_inputs::{
    Environment, ListsFrom, LocalInputs, LockedMembers, PackageWishes, Wishes, local_inputs,
    lock_packages, needed_downloads,
};
use key_lock::{Contents, Download, LocalInput, Lock, Package};
use key_spec::{Check, Overrides, Spec};
use shown_text::shown;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// The parameters of a lock that is made.
#[derive(Debug)]
pub struct Making<'a> {
    /// The spec.
    pub spec: &'a Path,
    /// The file that the lock will be.
    pub output: &'a Path,
    /// The lock that it will replace, if there is one.
    pub before: Option<&'a LockFile>,
    /// The packages of the former lock that stay as they are.
    pub kept: &'a [Package],
    /// The places that the other packages come from.
    pub wishes: Wishes,
    /// Where signed lists come from.
    pub lists: ListsFrom,
}

/// Makes the lock of a spec. Everything that the key is made of is in the cache then.
///
/// # Errors
/// [`Error`] names what is wrong with the spec, cannot be had, or makes no key.
pub fn make(making: &Making<'_>, told: &mut Told<'_>) -> Result<Lock, Error> {
    let (spec, base) = read_spec(making.spec)?;
    if let Some(before) = making.before {
        before.check_is_of(&spec, making.spec)?;
    }
    let mut environment = Environment::from_process()?;
    let source_date_epoch = environment.source_date_epoch.filter(|_| spec.key.time.is_none());
    let time = time(source_date_epoch)?;
    let text = canonical(&spec, &[], &Overrides::default());
    let LocalInputs { files, directories } = local_inputs(&spec, &base)?;
    if let Some(directory) = around(making.output, &base, &directories) {
        return Err(Error::LockInside { lock: making.output.to_owned(), directory });
    }
    let whole = spec.complete(&base, &[], &Overrides::default(), time);
    let unpinned = whole.downloads();
    let stays = match (making.lists, making.before) {
        (ListsFrom::Publisher, _) | (_, None) => BTreeMap::new(),
        (_, Some(before)) => before.listed()?,
    };
    let Ok(whole) = whole.pinned(|name, sums| {
        Ok::<_, Infallible>(stays.get(&(sums.url.to_string(), name.to_owned())).copied())
    });
    let whole = key_inputs::pin(whole, &environment, making.lists, told.say)?;
    let listed = listed(&unpinned, &whole.downloads());
    let wishes = environment.wishes(&whole.packages, making.wishes.clone());
    let before = making.before.map_or(&[][..], |before| &before.lock.packages);
    let asked = PackageWishes { kept: making.kept, before, wishes: &wishes };
    let packages = lock_packages(&whole, &asked, &environment, told.say, told.warn)?;
    environment.locked = Some(LockedMembers::of(&packages));
    let mut lock = Lock {
        bootkey: env!("CARGO_PKG_VERSION").to_owned(),
        layout: key_record::LAYOUT,
        source_date_epoch,
        spec: text,
        listed,
        image: Contents { sha256: String::new(), size: 0 },
        downloads: Vec::new(),
        packages,
        files,
        directories,
    };
    key_inputs::fetch_locked(&lock, &whole, &wishes, &environment, told.say)?;
    let missing = key_inputs::missing_downloads(&whole, &environment)?;
    key_inputs::download_files(&missing, &environment, told.downloads)?;
    lock.downloads = downloads(&whole, &environment)?;
    let file = LockFile { path: making.output.to_owned(), lock };
    let image = image(&file, &whole, environment, told)?;
    // The files may have changed meanwhile; and relative paths, seen from the lock, may lead
    // elsewhere.
    file.check_local()?;
    if let Some(warning) = only_here(&file.lock) {
        (told.warn)(&warning);
    }
    Ok(Lock { image, ..file.lock })
}

/// The warning about inputs that whoever has the lock alone does not get; `None` if there are none.
fn only_here(lock: &Lock) -> Option<String> {
    let names = lock.local().map(|input| format!("`{}`", shown(&input.path)));
    let names: Vec<String> = names.collect();
    (!names.is_empty()).then(|| {
        format!(
            "whoever builds from the lock must have these beside it, byte for byte: {}; an ISO with a `url` is downloaded",
            names.join(", ")
        )
    })
}

/// The directory among the inputs that the lock would lie in, and that writing the lock would
/// change.
fn around(output: &Path, base: &Path, directories: &[LocalInput]) -> Option<PathBuf> {
    let parent = output.parent().filter(|parent| !parent.as_os_str().is_empty());
    let place = parent.unwrap_or(Path::new(".")).canonicalize().ok()?;
    let named = directories.iter().map(|directory| base.join(&directory.path));
    named.into_iter().find(|d| d.canonicalize().is_ok_and(|d| place.starts_with(d)))
}

/// The digests of those downloads that are checked by a signed list.
fn listed(before: &[key_spec::Download], pinned: &[key_spec::Download]) -> Vec<String> {
    let decided = before.iter().zip(pinned).filter(|(b, _)| matches!(b.check, Check::Sums(_)));
    let digests = decided.filter_map(|(_, pinned)| match &pinned.check {
        Check::Sha256(sha256) => Some(sha256.to_string()),
        Check::Sums(_) => None,
    });
    digests.collect()
}

/// The lengths of the files that were downloaded.
fn downloads(spec: &Spec, environment: &Environment) -> Result<Vec<Download>, Error> {
    let mut found = Vec::new();
    let wanted = needed_downloads(spec);
    if wanted.is_empty() {
        return Ok(found);
    }
    let store = environment.store()?;
    for wanted in wanted {
        let there = store.get(&wanted.sha256).map_err(key_inputs::Error::from)?;
        found.push(Download { size: there.map_or(0, |stored| stored.stamp.len()) });
    }
    Ok(found)
}

/// The length and digest of the image that a lock's inputs make. It is written nowhere.
pub(super) fn image(
    file: &LockFile,
    spec: &Spec,
    environment: Environment,
    told: &mut Told<'_>,
) -> Result<Contents, Error> {
    let key = Key::of_surveyed(Surveyed::of_lock(file, spec.clone(), environment)?)?;
    for warning in key.plan().image_warnings() {
        (told.warn)(&warning);
    }
    let layout = key.lay_out()?;
    key.check_unchanged()?;
    let options = image_write::Options { sha256: true, ..image_write::Options::default() };
    let (inputs, out) = (key.inputs(), &mut io::sink());
    let written = image_write::to_stream(&layout, inputs, out, options, told.progress)?;
    key.check_unchanged()?;
    let sha256 = written.sha256.map(|digest| hex(&digest)).unwrap_or_default();
    Ok(Contents { sha256, size: written.len })
}
