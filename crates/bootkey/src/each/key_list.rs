//! The list of keys, completed: what each of them is made from.

use super::made::{MAX_NAME, record_path};
use super::pattern::OutputPattern;
use crate::error::Error;
use crate::lock_file::{LockFile, time};
use crate::output::Output;
use crate::read_spec::read_spec;
use crate::request::{CompletedRequest, Request, split_inputs, with};
use crate::sidecar;
use key_inputs::Environment;
use key_spec::{Spec, Variations};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The keys of a list, in its order, each with its complete spec.
#[derive(Debug)]
pub struct KeyList<'a> {
    keys: Vec<ListedKey>,
    environment: Environment,
    grub: &'a [PathBuf],
    inputs: &'a [PathBuf],
}

/// A key of a list.
#[derive(Debug, Clone)]
pub struct ListedKey {
    /// Its name, which no other key of the list has.
    pub name: String,
    spec: Spec,
}

impl<'a> KeyList<'a> {
    /// Reads a list (`sites.toml`) and the spec that it is about, and completes the spec of each key as
    /// [`Request::complete`] does that of a single one.
    ///
    /// # Errors
    /// [`Error`] names the line of the list or the spec that is at fault.
    pub fn read(path: &Path, request: &Request<'a>) -> Result<Self, Error> {
        let (given, isos) = split_inputs(request.inputs)?;
        let file = key_inputs::read_spec(path)?;
        let list = Variations::parse(&path.to_string_lossy(), &file.text)?;
        let spec = match (given, list.base_beside(&file.base)) {
            (Some(first), Some(second)) => return Err(Error::TwoSpecs { first, second }),
            (given, named) => given.or(named),
        };
        if request.locked || spec.as_deref().is_some_and(LockFile::is_one) {
            return Err(Error::LockOfMany);
        }
        let environment = Environment::from_process()?;
        environment.opened.add_path(path);
        let (base, directory) = match &spec {
            Some(path) => {
                environment.opened.add_path(path);
                read_spec(path)?
            }
            None => (Spec::default(), file.base.clone()),
        };
        // Paths start from the file that they are written in. Where that makes a difference, those of the
        // spec become absolute, so that they start from nowhere else afterwards.
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let base = match directory == file.base || real(&directory) == real(&file.base) {
            true => base,
            false => base.relative_to(&std::path::absolute(&directory).unwrap_or(directory)),
        };
        let time = time(environment.source_date_epoch)?;
        let mut keys = Vec::new();
        let mut inputs = BTreeSet::new();
        for key in &list.keys {
            let spec = with(list.spec_of(key, &base)?, request.set)?;
            let spec = spec.complete(&file.base, &isos, &request.overrides, time);
            inputs.extend(spec.input_paths());
            keys.push(ListedKey { name: key.name.clone(), spec });
        }
        // No image of one key may replace what another is made from.
        inputs.iter().for_each(|path| environment.opened.add_path(path));
        Ok(Self { keys, environment, grub: request.grub, inputs: request.inputs })
    }

    /// The keys, in the list's order.
    pub fn keys(&self) -> &[ListedKey] {
        &self.keys
    }

    /// Checks that no two files would have one path, and none too long a name: of images and of what goes
    /// with them.
    ///
    /// # Errors
    /// [`Error::SameOutput`] and [`Error::LongName`].
    pub fn check_outputs(&self, pattern: &OutputPattern, output: &Output) -> Result<(), Error> {
        let mut all = BTreeSet::new();
        for key in &self.keys {
            let image = pattern.path(&key.name);
            let beside = sidecar::paths(&image, output);
            // The list of digests is that of a directory.
            for path in [record_path(&image)].into_iter().chain(beside).chain([image]) {
                let len = path.file_name().unwrap_or_default().len();
                if len > MAX_NAME {
                    return Err(Error::LongName { path, len, max: MAX_NAME });
                }
                let twice = !all.insert(path.clone()) || path.ends_with(sidecar::SUMS);
                if twice {
                    return Err(Error::SameOutput { path });
                }
            }
        }
        Ok(())
    }

    /// The request for a key of the list.
    pub fn request(&self, key: &ListedKey) -> CompletedRequest<'a> {
        CompletedRequest {
            spec: key.spec.clone(),
            environment: self.environment.clone(),
            grub: self.grub,
            lock: None,
            inputs: self.inputs,
        }
    }
}
