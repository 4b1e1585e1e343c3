//! Getting what a key is made from and what is not there: packages, and files that have an address.

use crate::error::Error;
use crate::request::CompletedRequest;
use key_inputs::{DownloadEvent, Fetched, ListsFrom, NeededDownload, Wishes};
use key_spec::IsoSource;
use std::fmt;
use std::path::{Path, PathBuf};

/// The listeners that are told of packages and downloads as they come.
pub struct Telling<'a> {
    /// Told in a line what happens.
    pub say: &'a mut dyn FnMut(&str),
    /// Told of each package that was fetched.
    pub fetched: &'a mut dyn FnMut(&Fetched),
    /// Told of downloads; two files are downloaded at once, so two threads may call it.
    pub progress: &'a (dyn Fn(usize, &NeededDownload, DownloadEvent<'_>) + Sync),
}

impl fmt::Debug for Telling<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telling").finish_non_exhaustive()
    }
}

impl CompletedRequest<'_> {
    /// Downloads the files that have an address in the spec and are not in the cache. If there are
    /// any, the packages that are missing are fetched first, for they are smaller. Nothing is
    /// downloaded for a key that may not be written to `output`, if that is a file.
    ///
    /// # Errors
    /// [`Error::Write`] for the output; else [`Error`] names the address, what was tried, and the
    /// next step.
    pub fn download_missing(
        &mut self,
        output: Option<&Path>,
        tell: &mut Telling<'_>,
    ) -> Result<(), Error> {
        if self.spec.downloads().is_empty() {
            return Ok(());
        }
        self.check_output(output)?;
        let from = ListsFrom::CacheOrPublisher;
        self.spec = key_inputs::pin(self.spec.clone(), &self.environment, from, tell.say)?;
        let needed = match &self.lock {
            Some(lock) => lock.missing_downloads(&self.spec, &self.environment)?,
            None => key_inputs::missing_downloads(&self.spec, &self.environment)?,
        };
        if !needed.is_empty() {
            self.fetch(tell)?;
        }
        Ok(key_inputs::download_files(&needed, &self.environment, tell.progress)?)
    }

    /// Checks what costs nothing to check, before anything is fetched for a lock: that the output
    /// may be written, and that the files of this machine are those that were locked. Without a
    /// lock, nothing is checked.
    ///
    /// # Errors
    /// [`Error::Write`] for the output, [`Error::Drifted`] for a file that is another.
    pub fn check_first(&self, output: Option<&Path>) -> Result<(), Error> {
        let Some(lock) = &self.lock else { return Ok(()) };
        self.check_output(output)?;
        lock.check_local()
    }

    /// Gets the packages that the lock names into the cache, if there is a lock. `say` gets a line at
    /// each step.
    ///
    /// # Errors
    /// [`Error::Inputs`] names what cannot be had.
    pub fn fetch_locked(&self, wishes: Wishes, say: &mut dyn FnMut(&str)) -> Result<(), Error> {
        let Self { spec, environment, lock, .. } = self;
        let Some(lock) = lock else { return Ok(()) };
        let wishes = environment.wishes(&spec.packages, wishes);
        Ok(key_inputs::fetch_locked(&lock.lock, spec, &wishes, environment, say)?)
    }

    /// Fetches the packages that the key is made from and that are not there, as
    /// [`Error::lacks_packages`] says. Nothing is fetched for a key that may not be written to
    /// `output`.
    ///
    /// # Errors
    /// As [`download_missing`](Self::download_missing).
    pub fn fetch_missing(
        &self,
        output: Option<&Path>,
        tell: &mut Telling<'_>,
    ) -> Result<(), Error> {
        self.check_output(output)?;
        self.fetch(tell)
    }

    /// Checks that everything is there that would otherwise come from the network.
    ///
    /// # Errors
    /// [`Error`] names what is not there.
    pub fn check_there(&self) -> Result<(), Error> {
        let Self { spec, environment, lock, .. } = self;
        let there = match lock {
            Some(lock) => key_inputs::check_locked(&lock.lock, spec, environment),
            None => key_inputs::check_there(spec.clone(), environment),
        };
        Ok(there?)
    }

    fn fetch(&self, tell: &mut Telling<'_>) -> Result<(), Error> {
        if self.lock.is_some() {
            // With a lock, only the packages that it names are fetched, which `fetch_locked` does.
            return Ok(());
        }
        let (spec, environment) = (&self.spec, &self.environment);
        let missing = key_inputs::missing_packages(spec, self.grub, environment)?;
        if missing.is_empty() {
            return Ok(());
        }
        let wishes = environment.wishes(&spec.packages, Wishes::default());
        let fetched = key_inputs::fetch_packages(&missing, &wishes, environment, tell.say)?;
        fetched.iter().for_each(&mut *tell.fetched);
        Ok(())
    }

    /// Checks that a key may be written to `output`.
    fn check_output(&self, output: Option<&Path>) -> Result<(), Error> {
        let Some(output) = output else { return Ok(()) };
        let isos = self.spec.iso.iter().filter_map(|iso| match &iso.source {
            IsoSource::Path(path) => Some(path.as_path()),
            IsoSource::Package { .. } | IsoSource::Download { .. } => None,
        });
        let inputs = self.inputs.iter().map(PathBuf::as_path).chain(isos);
        Ok(image_write::check_output(output, inputs)?)
    }
}
