//! A key, from the completed request to the written image.

use crate::each::Batch;
use crate::error::Error;
use crate::inputs::Inputs;
use crate::lock_file::Expected;
use crate::request::{CompletedRequest, Request};
use crate::surveyed::Surveyed;
use image_layout::{Content, Layout, SourceId};
use image_write::SourceFiles as _;
use key_inputs::{Damage, DigestCheck, Environment, IsoFrom, OldKey, PackageAddresses, Survey};
use key_inventory::{BootFile, Inventory, NamedPackage};
use key_page::Language;
use key_plan::Plan;
use key_spec::{Check, Download, Overrides, Seed, Spec, WebAddress};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// A planned key, with its inputs open.
#[derive(Debug)]
pub struct Key {
    plan: Plan,
    inputs: Inputs,
    /// The addresses of what was downloaded, by its SHA-256.
    downloads: BTreeMap<String, Vec<WebAddress>>,
    unknown_packages: Option<key_inputs::Error>,
    packages: PackageAddresses,
    /// The packages that files in the image were taken from.
    packaged: BTreeMap<SourceId, NamedPackage>,
    /// The image that the key must become, if a lock says so.
    expected: Option<Expected>,
    /// What it shares with other keys that are made now.
    batch: Arc<Batch>,
    /// The language of the menu, if a page can be in it; else English.
    menu_language: Language,
}

fn menu_language(spec: &Spec) -> Language {
    let locale = spec.menu.locale.as_ref();
    locale.and_then(|locale| locale.as_str().parse().ok()).unwrap_or_default()
}

fn by_digest(spec: &Spec) -> BTreeMap<String, Vec<WebAddress>> {
    let digest = |download: Download| match download.check {
        Check::Sha256(sha256) => Some((sha256.to_string(), download.urls)),
        Check::Sums(_) => None,
    };
    spec.downloads().into_iter().filter_map(digest).collect()
}

/// The packages that the spec takes files out of, by the files' sources.
fn by_source(inventory: &Inventory) -> BTreeMap<SourceId, NamedPackage> {
    let isos = inventory.isos.iter().map(|iso| (&iso.content, &iso.package));
    let xen = inventory.xen.iter().flat_map(|xen| {
        let files = [Some(&xen.hypervisor), Some(&xen.kernel), xen.initrd.as_ref()];
        files.into_iter().flatten().filter_map(|file| match file {
            BootFile::Carried { content, package, .. } => Some((content, package)),
            BootFile::InIso { .. } => None,
        })
    });
    let mut packaged = BTreeMap::new();
    for (content, package) in isos.chain(xen) {
        let (Some(package), [Content::Source { id, .. }]) = (package, content.pieces()) else {
            continue;
        };
        packaged.insert(*id, package.clone());
    }
    packaged
}

impl Key {
    /// Reads what the request names and decides everything. Writes nothing.
    ///
    /// # Errors
    /// [`Error`] names the input or the line of the spec that is at fault.
    pub fn prepare(request: &Request<'_>) -> Result<Self, Error> {
        let request = request.complete()?;
        request.check_first(None)?;
        Self::of_completed(request)
    }

    /// Reads what a completed request names and decides everything. Writes nothing. Of a lock,
    /// [`check_first`](CompletedRequest::check_first) has looked at the files of this machine.
    ///
    /// # Errors
    /// [`Error`] names the input or the line of the spec that is at fault.
    pub fn of_completed(request: CompletedRequest<'_>) -> Result<Self, Error> {
        Self::of_surveyed(Surveyed::of(request, &Arc::default())?)
    }

    /// Decides everything about a key whose inputs are read.
    ///
    /// # Errors
    /// [`Error`] names the input or the part of the spec that is at fault.
    pub fn of_surveyed(surveyed: Surveyed) -> Result<Self, Error> {
        let Surveyed { spec, inventory, files, opened, unknown_packages, .. } = surveyed;
        let Surveyed { addresses: packages, expected, batch, .. } = surveyed;
        if matches!(spec.seed(), Seed::Contents) {
            batch.begin_core_image(&spec, &inventory);
        }
        let plan = key_plan::resolve(&spec, &inventory, batch.catalogue())?;
        let inputs = Inputs { files, opened, replaced: None };
        let (downloads, menu_language) = (by_digest(&spec), menu_language(&spec));
        let packaged = by_source(&inventory);
        let key = Self {
            plan,
            inputs,
            downloads,
            unknown_packages,
            packages,
            packaged,
            expected,
            batch,
            menu_language,
        };
        Ok(key)
    }

    /// The key that a spec describes, with an old key as the source of all that this one has, and
    /// the damage: the contents of the old key that do not have their recorded digests.
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
        let (Survey { inventory, files, unknown_packages }, damage) =
            key_inputs::survey_key(old, &spec, isos, check, &environment, &catalogue)?;
        let plan = key_plan::resolve(&spec, &inventory, &catalogue)?;
        let inputs = Inputs { files, opened: environment.opened, replaced: None };
        let (downloads, menu_language) = (by_digest(&spec), menu_language(&spec));
        // Where the packages of an old key are to be had, its record does not say.
        let packages = PackageAddresses::default();
        // All sources are ranges of the old key.
        let packaged = BTreeMap::new();
        let key = Self {
            plan,
            inputs,
            downloads,
            unknown_packages,
            packages,
            packaged,
            expected: None,
            batch: Arc::default(),
            menu_language,
        };
        Ok((key, damage))
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

    /// The language of the menu, if a page can be in it; else English.
    pub(crate) fn menu_language(&self) -> Language {
        self.menu_language
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
        let core = self.batch.core_image(&self.plan)?;
        Ok(key_plan::lay_out_with(&self.plan, core.as_ref())?)
    }

    /// What a lock says that the image becomes.
    pub(crate) fn expected(&self) -> Option<&Expected> {
        self.expected.as_ref()
    }

    pub(crate) fn batch(&self) -> &Batch {
        &self.batch
    }

    pub(crate) fn check_unchanged(&self) -> Result<(), Error> {
        Ok(self.inputs.files.check_unchanged()?)
    }

    /// The reason why it is not known from which installed packages GRUB's files are; `None` if it
    /// is known, or need not be.
    pub(crate) fn unknown_packages(&self) -> Option<String> {
        self.unknown_packages.as_ref().map(ToString::to_string)
    }

    pub(crate) fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    /// The path that source `id` comes from.
    pub(crate) fn file_path(&self, id: SourceId) -> &Path {
        self.inputs.path(id)
    }

    /// The addresses that source `id` was downloaded from; none for other sources.
    pub(crate) fn addresses(&self, id: SourceId) -> &[WebAddress] {
        // In the cache a file has its digest for a name.
        let name = self.file_path(id).file_name().and_then(|name| name.to_str());
        name.and_then(|name| self.downloads.get(name)).map_or(&[], Vec::as_slice)
    }

    /// The package that the file of source `id` was taken from, if the spec names one.
    pub(crate) fn package_of(&self, id: SourceId) -> Option<&NamedPackage> {
        self.packaged.get(&id)
    }

    /// The address of the package that something is from, if it is known.
    pub(crate) fn package_address(&self, name: &str, version: &str) -> Option<String> {
        self.packages.get(name, version)
    }

    /// Length of source `id` in bytes, if it is a file that the user named.
    pub(crate) fn file_len(&self, id: SourceId) -> Option<u64> {
        self.inputs.files.get(id).map(key_inputs::Payload::len)
    }
}
