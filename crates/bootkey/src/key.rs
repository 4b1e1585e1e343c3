//! A key, from the request to the written image.

use crate::error::Error;
use crate::lock_file::{Expected, LockFile};
use crate::payloads::Inputs;
use image_layout::{Layout, SourceId};
use image_write::Payloads as _;
use key_inputs::{
    Damage, DigestCheck, DownloadEvent, Environment, IsoFrom, LockedMembers, OldKey, Survey,
    Wanted, Wishes,
};
use key_plan::Plan;
use key_spec::{IsoSource, Overrides, Spec, Time};
use std::path::{Path, PathBuf};

/// A key as a person asks for it on the command line.
#[derive(Debug, Clone, Default)]
pub struct Request<'a> {
    /// At most one spec (`*.toml`) or lock (`*.lock`), and ISO files.
    pub inputs: &'a [PathBuf],
    /// The places of GRUB's files; empty: the usual ones.
    pub grub: &'a [PathBuf],
    /// The options that win over the spec's own words.
    pub overrides: Overrides,
    /// Whether the lock beside the spec must be there and hold. One that is given in place of a spec
    /// must hold in any case.
    pub locked: bool,
}

/// A planned key, with its inputs open.
#[derive(Debug)]
pub struct Key {
    plan: Plan,
    inputs: Inputs,
    /// What a lock says that it becomes.
    expected: Option<Expected>,
}

/// A request, with its spec completed.
struct Asked {
    spec: Spec,
    environment: Environment,
    lock: Option<LockFile>,
}

impl Key {
    /// Reads what the request names and decides everything. Writes nothing.
    ///
    /// # Errors
    /// [`Error`] names the input or the line of the spec that is at fault.
    pub fn prepare(request: &Request<'_>) -> Result<Self, Error> {
        let Asked { spec, environment, lock } = complete(request)?;
        let Some(lock) = lock else { return Self::of(&spec, request.grub, environment) };
        lock.check_local()?;
        Self::of_lock(&lock, &spec, environment)
    }

    /// The key that a complete spec describes, of the packages that a lock names.
    pub(crate) fn of_lock(
        lock: &LockFile,
        spec: &Spec,
        environment: Environment,
    ) -> Result<Self, Error> {
        let grub = key_inputs::locked_grub(&lock.lock, spec, &environment)?;
        Ok(Self { expected: Some(lock.expected()), ..Self::of(spec, &grub, environment)? })
    }

    fn of(spec: &Spec, grub: &[PathBuf], environment: Environment) -> Result<Self, Error> {
        let catalogue = boot_recipes::Catalogue::builtin();
        let Survey { inventory, files } = key_inputs::survey(spec, grub, &environment, &catalogue)?;
        let plan = key_plan::resolve(spec, &inventory, &catalogue)?;
        let inputs = Inputs { files, opened: environment.opened, replaced: None };
        Ok(Self { plan, inputs, expected: None })
    }

    /// The key that a spec describes, with an old key as the source of what that has; and what on it
    /// does not have its digest.
    pub(crate) fn of_old(
        old: &OldKey,
        spec: Spec,
        isos: &[IsoFrom],
        check: DigestCheck,
    ) -> Result<(Self, Vec<Damage>), Error> {
        old.check_layout()?;
        // The time and the seed are the key's own, whatever this machine's environment says.
        let spec = spec.complete("".as_ref(), &[], &Overrides::default(), None);
        let environment = Environment::from_process()?;
        let catalogue = boot_recipes::Catalogue::builtin();
        let (Survey { inventory, files }, damage) =
            key_inputs::survey_key(old, &spec, isos, check, &environment, &catalogue)?;
        let plan = key_plan::resolve(&spec, &inventory, &catalogue)?;
        let inputs = Inputs { files, opened: environment.opened, replaced: None };
        Ok((Self { plan, inputs, expected: None }, damage))
    }

    /// Allows that the old key, which this one was made from, is replaced by it.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub fn replace(&mut self, path: &Path) -> Result<(), Error> {
        let read = |source| key_inputs::Error::Read { path: path.to_owned(), source };
        let metadata = std::fs::metadata(path).map_err(read)?;
        self.inputs.replaced = Some(input_file::FileStamp::from(&metadata).device_and_inode());
        Ok(())
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The layout of the image: which byte comes from where.
    ///
    /// # Errors
    /// [`Error::Plan`] when something does not fit.
    pub fn lay_out(&self) -> Result<Layout, Error> {
        Ok(key_plan::lay_out(&self.plan)?)
    }

    /// What a lock says that the image becomes.
    pub(crate) fn expected(&self) -> Option<&Expected> {
        self.expected.as_ref()
    }

    pub(crate) fn check_unchanged(&self) -> Result<(), Error> {
        Ok(self.inputs.files.check_unchanged()?)
    }

    pub(crate) fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    /// The path that source `id` comes from.
    pub(crate) fn file_path(&self, id: SourceId) -> &Path {
        self.inputs.path(id)
    }

    /// Length of source `id` in bytes, if it is a file that the user named.
    pub(crate) fn file_len(&self, id: SourceId) -> Option<u64> {
        self.inputs.files.get(id).map(key_inputs::Payload::len)
    }
}

/// Downloads what the request's spec has an address of and what is not in the cache. `progress` is
/// told of it; two files are downloaded at once, so two threads may call it. Nothing is downloaded
/// for a key that may not be written to `output`, if that is a file.
///
/// # Errors
/// [`Error::Write`] for the output; else [`Error`] names the address, what was tried, and the next
/// step.
pub fn download_missing(
    request: &Request<'_>,
    output: Option<&Path>,
    progress: &(dyn Fn(usize, &Wanted, DownloadEvent<'_>) + Sync),
) -> Result<(), Error> {
    let Asked { spec, environment, lock } = complete(request)?;
    let mut wanted = key_inputs::missing_downloads(&spec, &environment)?;
    if let Some(lock) = &lock {
        lock.set_lengths(&spec, &mut wanted);
    }
    if let Some(output) = output.filter(|_| !wanted.is_empty()) {
        let isos = spec.iso.iter().filter_map(|iso| match &iso.source {
            IsoSource::Path(path) => Some(path.as_path()),
            IsoSource::Package { .. } | IsoSource::Download { .. } => None,
        });
        let inputs = request.inputs.iter().map(PathBuf::as_path).chain(isos);
        image_write::check_output(output, inputs)?;
    }
    Ok(key_inputs::download_files(&wanted, &environment, progress)?)
}

/// Gets the packages that the request's lock names into the cache, if there is a lock. `say` gets a line
/// at each step.
///
/// # Errors
/// [`Error::Drifted`] if the lock does not hold; [`Error::Inputs`] names what cannot be had.
pub fn fetch_locked(
    request: &Request<'_>,
    wishes: Wishes,
    say: &mut dyn FnMut(&str),
) -> Result<(), Error> {
    let Asked { spec, environment, lock } = complete(request)?;
    let Some(lock) = lock else { return Ok(()) };
    let wishes = environment.wishes(&spec.packages, wishes);
    Ok(key_inputs::fetch_locked(&lock.lock, &spec, &wishes, &environment, say)?)
}

/// The spec that the request asks for, its lock, and the environment that it is for.
fn complete(request: &Request<'_>) -> Result<Asked, Error> {
    let (file, isos) = split_inputs(request.inputs)?;
    let mut environment = Environment::from_process()?;
    if let Some(path) = &file {
        environment.opened.add_path(path);
    }
    let lock = match &file {
        Some(path) if LockFile::is_one(path) => Some(LockFile::read(path)?),
        Some(path) if request.locked => Some(LockFile::read(&LockFile::beside(path))?),
        None if request.locked => return Err(Error::LockOfNothing),
        _ => None,
    };
    let (spec, base) = match (&file, &lock) {
        (Some(path), Some(lock)) if LockFile::is_one(path) => (lock.spec()?, lock.base()),
        (Some(path), _) => read_spec(path)?,
        (None, _) => (Spec::default(), PathBuf::new()),
    };
    let mut seconds = environment.source_date_epoch;
    if let Some(lock) = &lock {
        if !request.grub.is_empty() {
            return Err(Error::LockAndGrub);
        }
        lock.check_spec(&spec, &isos, &request.overrides)?;
        environment.opened.add_path(&lock.path);
        environment.locked = Some(LockedMembers::of(&lock.lock.packages));
        seconds = lock.lock.source_date_epoch;
    }
    let time = seconds.map(Time::from_seconds).transpose();
    let time = time.map_err(|what| Error::Time { what })?;
    let spec = spec.complete(&base, &isos, &request.overrides, time);
    Ok(Asked { spec, environment, lock })
}

/// Tells the spec, or the lock in its place, from the ISOs, by its extension.
fn split_inputs(inputs: &[PathBuf]) -> Result<(Option<PathBuf>, Vec<PathBuf>), Error> {
    let is_spec = |p: &PathBuf| {
        LockFile::is_one(p) || p.extension().is_some_and(|e| e.eq_ignore_ascii_case("toml"))
    };
    let (mut specs, isos): (Vec<_>, Vec<_>) = inputs.iter().cloned().partition(is_spec);
    match specs.len() {
        0 | 1 => Ok((specs.pop(), isos)),
        _ => Err(Error::TwoSpecs { first: specs[0].clone(), second: specs[1].clone() }),
    }
}

/// A spec, and the directory that its relative paths start from.
///
/// # Errors
/// When the file cannot be read or is not a spec.
pub fn read_spec(path: &Path) -> Result<(Spec, PathBuf), Error> {
    let file = key_inputs::read_spec(path)?;
    Ok((Spec::parse(&path.to_string_lossy(), &file.text)?, file.base))
}
