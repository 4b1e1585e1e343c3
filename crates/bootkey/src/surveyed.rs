//! A key whose inputs are read, and about which nothing is decided yet.

use crate::each::Batch;
use crate::error::Error;
use crate::lock_file::{Expected, LockFile};
use crate::request::CompletedRequest;
use key_inputs::{Environment, FileSources, ListsFrom, OpenedFiles, PackageAddresses, Survey};
use key_inventory::Inventory;
use key_spec::{Seed, Spec};
use std::path::PathBuf;
use std::sync::Arc;

/// The spec and the inputs of a key: all that determines its bytes.
#[derive(Debug)]
pub struct Surveyed {
    pub(crate) spec: Spec,
    pub(crate) inventory: Inventory,
    pub(crate) files: FileSources,
    pub(crate) opened: OpenedFiles,
    pub(crate) unknown_packages: Option<key_inputs::Error>,
    pub(crate) addresses: PackageAddresses,
    /// The image that the key must become, if a lock says so.
    pub(crate) expected: Option<Expected>,
    pub(crate) batch: Arc<Batch>,
}

impl Surveyed {
    /// Reads what a completed request names, but for what is known in `batch`. Of a lock,
    /// [`check_first`](CompletedRequest::check_first) has looked at the files of this machine.
    ///
    /// # Errors
    /// [`Error`] names the input that is at fault.
    pub fn of(request: CompletedRequest<'_>, batch: &Arc<Batch>) -> Result<Self, Error> {
        let CompletedRequest { spec, environment, grub, lock, .. } = request;
        let spec = key_inputs::pin(spec, &environment, ListsFrom::Cache, &mut |_| ())?;
        match lock {
            Some(lock) => Self::of_lock(&lock, spec, environment),
            None => Self::of_spec(spec, grub, environment, batch.clone()),
        }
    }

    /// What a complete spec names, of the packages that a lock names.
    pub(crate) fn of_lock(
        lock: &LockFile,
        spec: Spec,
        environment: Environment,
    ) -> Result<Self, Error> {
        let grub = key_inputs::locked_grub(&lock.lock, &spec, &environment)?;
        lock.check_lengths(&spec, &environment)?;
        let surveyed = Self::of_spec(spec, &grub, environment, Arc::default())?;
        Ok(Self { expected: Some(lock.expected()), ..surveyed })
    }

    fn of_spec(
        spec: Spec,
        grub: &[PathBuf],
        environment: Environment,
        batch: Arc<Batch>,
    ) -> Result<Self, Error> {
        if !matches!(spec.seed(), Seed::Contents) {
            // An error here is the survey's, which comes to it in its turn.
            if let Ok(grub) = key_inputs::survey_grub(&spec, grub, &environment, batch.known()) {
                batch.begin_core_image(&spec, &Inventory::of_grub(grub));
            }
        }
        let Survey { inventory, files, unknown_packages } =
            key_inputs::survey(&spec, grub, &environment, batch.catalogue(), batch.known())?;
        let addresses = PackageAddresses::of(&spec, &environment);
        let opened = environment.opened;
        let expected = None;
        Ok(Self { spec, inventory, files, opened, unknown_packages, addresses, expected, batch })
    }
}
