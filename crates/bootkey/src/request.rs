//! The request for a key: what a person asks for, its spec read and completed once, and the
//! downloads that it needs.

use crate::error::Error;
use key_inputs::{DownloadEvent, Environment, NeededDownload};
use key_spec::{IsoSource, Overrides, Spec, Time};
use std::path::{Path, PathBuf};

/// A key as a person asks for it on the command line.
#[derive(Debug, Clone, Default)]
pub struct Request<'a> {
    /// At most one spec (`*.toml`), and ISO files.
    pub inputs: &'a [PathBuf],
    /// The places of GRUB's files; empty: the usual ones.
    pub grub: &'a [PathBuf],
    /// The options that win over the spec's own words.
    pub overrides: Overrides,
}

/// A request whose spec is read, and completed with the command line's ISOs and options and the time.
#[derive(Debug)]
pub struct CompletedRequest<'a> {
    pub(crate) spec: Spec,
    pub(crate) environment: Environment,
    pub(crate) grub: &'a [PathBuf],
    /// The files that were named: none of them may be the output.
    inputs: &'a [PathBuf],
}

impl<'a> Request<'a> {
    /// Reads the spec, and completes it.
    ///
    /// # Errors
    /// [`Error`] names the line of the spec or the input that is at fault.
    pub fn complete(&self) -> Result<CompletedRequest<'a>, Error> {
        let (spec_file, isos) = split_inputs(self.inputs)?;
        let environment = Environment::from_process()?;
        let (spec, base) = match &spec_file {
            Some(path) => {
                environment.opened.add_path(path);
                read_spec(path)?
            }
            None => (Spec::default(), PathBuf::new()),
        };
        let time = environment.source_date_epoch.map(Time::from_seconds).transpose();
        let time = time.map_err(|what| Error::Time { what })?;
        let spec = spec.complete(&base, &isos, &self.overrides, time);
        Ok(CompletedRequest { spec, environment, grub: self.grub, inputs: self.inputs })
    }
}

impl CompletedRequest<'_> {
    /// Downloads what the spec has an address of and what is not in the cache. `progress` is told of
    /// it; two files are downloaded at once, so two threads may call it. Nothing is downloaded for a
    /// key that may not be written to `output`, if that is a file.
    ///
    /// # Errors
    /// [`Error::Write`] for the output; else [`Error`] names the address, what was tried, and the
    /// next step.
    pub fn download_missing(
        &self,
        output: Option<&Path>,
        progress: &(dyn Fn(usize, &NeededDownload, DownloadEvent<'_>) + Sync),
    ) -> Result<(), Error> {
        let wanted = key_inputs::missing_downloads(&self.spec, &self.environment)?;
        if let Some(output) = output.filter(|_| !wanted.is_empty()) {
            let isos = self.spec.iso.iter().filter_map(|iso| match &iso.source {
                IsoSource::Path(path) => Some(path.as_path()),
                IsoSource::Package { .. } | IsoSource::Download { .. } => None,
            });
            let inputs = self.inputs.iter().map(PathBuf::as_path).chain(isos);
            image_write::check_output(output, inputs)?;
        }
        Ok(key_inputs::download_files(&wanted, &self.environment, progress)?)
    }
}

/// Tells the spec from the ISOs, by its extension.
fn split_inputs(inputs: &[PathBuf]) -> Result<(Option<PathBuf>, Vec<PathBuf>), Error> {
    let is_spec = |p: &PathBuf| p.extension().is_some_and(|e| e.eq_ignore_ascii_case("toml"));
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
