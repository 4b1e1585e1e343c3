//! The request for a key: what a person asks for, its spec read and completed once.

use crate::error::Error;
use crate::lock_file::{LockFile, time};
use crate::read_spec::read_spec;
use key_inputs::{Environment, LockedMembers};
use key_spec::{Overrides, Spec};
use std::path::PathBuf;

/// A key as a person asks for it on the command line.
#[derive(Debug, Clone, Default)]
pub struct Request<'a> {
    /// At most one spec (`*.toml`) or lock (`*.lock`), and ISO files.
    pub inputs: &'a [PathBuf],
    /// The places of GRUB's files; empty: the usual ones.
    pub grub: &'a [PathBuf],
    /// The options that win over the spec's own words.
    pub overrides: Overrides,
    /// Assignments to keys of the spec, such as `menu.timeout=3`.
    pub set: &'a [String],
    /// Whether the lock beside the spec must be there and hold. One that is given in place of a spec
    /// must hold in any case.
    pub locked: bool,
}

/// A request whose spec is read, and completed with the command line's ISOs and options and the time.
#[derive(Debug, Clone)]
pub struct CompletedRequest<'a> {
    pub(crate) spec: Spec,
    pub(crate) environment: Environment,
    pub(crate) grub: &'a [PathBuf],
    pub(crate) lock: Option<LockFile>,
    /// The files that were named: none of them may be the output.
    pub(crate) inputs: &'a [PathBuf],
}

impl<'a> Request<'a> {
    /// Reads the spec, and completes it.
    ///
    /// # Errors
    /// [`Error`] names the line of the spec or the input that is at fault.
    pub fn complete(&self) -> Result<CompletedRequest<'a>, Error> {
        let (file, isos) = split_inputs(self.inputs)?;
        let mut environment = Environment::from_process()?;
        let lock = match &file {
            Some(path) if LockFile::is_one(path) => Some(LockFile::read(path)?),
            Some(path) if self.locked => Some(LockFile::read(&LockFile::beside(path))?),
            None if self.locked => return Err(Error::LockOfNothing),
            _ => None,
        };
        let (spec, base) = match (&file, &lock) {
            (Some(path), Some(lock)) if LockFile::is_one(path) => (lock.spec()?, lock.base()),
            (Some(path), _) => {
                environment.opened.add_path(path);
                read_spec(path)?
            }
            (None, _) => (Spec::default(), PathBuf::new()),
        };
        let spec = with(spec, self.set)?;
        let mut seconds = environment.source_date_epoch;
        if let Some(lock) = &lock {
            if !self.grub.is_empty() {
                return Err(Error::LockAndGrub);
            }
            lock.check_spec(&spec, &isos, &self.overrides)?;
            environment.opened.add_path(&lock.path);
            environment.locked = Some(LockedMembers::of(&lock.lock.packages));
            seconds = lock.lock.source_date_epoch;
        }
        let time = time(seconds)?;
        let spec = spec.complete(&base, &isos, &self.overrides, time);
        let spec = match &lock {
            Some(lock) => lock.pinned(spec)?,
            None => spec,
        };
        Ok(CompletedRequest { spec, environment, grub: self.grub, lock, inputs: self.inputs })
    }
}

/// The spec with values of its own in place of some.
pub(crate) fn with(spec: Spec, set: &[String]) -> Result<Spec, Error> {
    match set {
        [] => Ok(spec),
        set => spec.with(set).map_err(|what| Error::Set { what }),
    }
}

/// Tells the spec, or the lock in its place, from the ISOs, by its extension.
pub(crate) fn split_inputs(inputs: &[PathBuf]) -> Result<(Option<PathBuf>, Vec<PathBuf>), Error> {
    let is_spec = |p: &PathBuf| {
        LockFile::is_one(p) || p.extension().is_some_and(|e| e.eq_ignore_ascii_case("toml"))
    };
    let (mut specs, isos): (Vec<_>, Vec<_>) = inputs.iter().cloned().partition(is_spec);
    match specs.len() {
        0 | 1 => Ok((specs.pop(), isos)),
        _ => Err(Error::TwoSpecs { first: specs[0].clone(), second: specs[1].clone() }),
    }
}
