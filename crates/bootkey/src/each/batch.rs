//! What keys that are made in one process share.

use crate::error::Error;
use boot_recipes::Catalogue;
use grub_image::read::installed_core;
use grub_image::{CoreImage, Payload, Platform};
use image_layout::ReadAt;
use image_write::{Donor, Ready};
use input_file::sha256_hex;
use key_inputs::KnownInputs;
use key_inventory::{Grub, Inventory};
use key_plan::Plan;
use key_spec::Spec;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

/// Most core images that are kept, some 100 KB each: a list in which every key has a name, and so UUIDs,
/// of its own has one for each.
const CORES: usize = 16;

/// The findings and results that keys of one process share: none of them decides about a byte, and each
/// spares work. Several threads may use it.
#[derive(Debug, Default)]
pub struct Batch {
    many: bool,
    catalogue: OnceLock<Catalogue>,
    known: KnownInputs,
    cores: Mutex<BTreeMap<String, Slot>>,
    /// The first image that was made; `None` inside: its blocks cannot be shared.
    donor: OnceLock<Option<Donor>>,
    naming: Mutex<()>,
}

/// A core image that is there, or in the making.
type Slot = Arc<Mutex<Option<CoreImage>>>;

impl Batch {
    /// The parts that many keys share; the default is for a single one, which keeps nothing for others.
    #[must_use]
    pub fn of_many() -> Self {
        Self { many: true, ..Self::default() }
    }

    pub(crate) fn catalogue(&self) -> &Catalogue {
        self.catalogue.get_or_init(Catalogue::builtin)
    }

    pub(crate) fn known(&self) -> &KnownInputs {
        &self.known
    }

    /// Begins to compress the core image that the plan of a single key will have, while that is
    /// made: compressing takes longest of all, and needs nothing else. Of many keys, each thread is busy with one.
    pub(crate) fn begin_core_image(self: &Arc<Self>, spec: &Spec, inventory: &Inventory) {
        let grub = inventory.grub.platform(Platform::I386Pc).filter(|_| !self.many);
        let payload = || key_plan::core_payload(spec, inventory, self.catalogue());
        let Some((grub, payload)) = grub.and_then(|grub| Some((grub.clone(), payload()?))) else {
            return;
        };
        let batch = self.clone();
        // If no thread can be started, or there is an error, the plan's turn comes later.
        let _ = thread::Builder::new().spawn(move || batch.compressed(&grub, &payload));
    }

    /// The core image of a plan, which is compressed once for all keys that have the same.
    pub(crate) fn core_image(&self, plan: &Plan) -> Result<Option<CoreImage>, Error> {
        let grub = plan.grub.platform(Platform::I386Pc);
        match (grub, &plan.core_image) {
            (Some(grub), Some(payload)) => {
                Ok(Some(self.compressed(grub, payload).map_err(key_plan::Error::from)?))
            }
            _ => Ok(key_plan::core_image(plan)?),
        }
    }

    /// Takes the core image of a plan from a disk that has it, instead of compressing it. What is compressed in
    /// another way than ours, and the same unpacked, is the same to GRUB.
    pub(crate) fn take_core_image(&self, plan: &Plan, disk: &dyn ReadAt) {
        let grub = plan.grub.platform(Platform::I386Pc);
        let (Some(grub), Some(payload)) = (grub, &plan.core_image) else { return };
        // OK to ignore errors, here and below: it is compressed then, as of a disk that has none.
        let installed = installed_core(disk).ok().flatten().and_then(|core| core.payload);
        let same = installed.filter(|installed| installed.bytes == payload.bytes());
        let core = same.map(|same| CoreImage::assemble(&grub.files, payload, same.compressed));
        if let Some(Ok(core)) = core {
            let slot = self.slot(grub, payload);
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(core);
        }
    }

    /// The place of the core image with this payload.
    fn slot(&self, grub: &Grub, payload: &Payload) -> Slot {
        let id = format!("{} {}", grub.origin.sha256, sha256_hex(payload.bytes()));
        let mut cores = self.cores.lock().unwrap_or_else(PoisonError::into_inner);
        match cores.len() < CORES {
            true => cores.entry(id).or_default().clone(),
            false => cores.get(&id).cloned().unwrap_or_default(),
        }
    }

    /// The core image with this payload, which is compressed if it was not yet, or is waited for.
    fn compressed(&self, grub: &Grub, payload: &Payload) -> Result<CoreImage, grub_image::Error> {
        let slot = self.slot(grub, payload);
        let mut core = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(core) = &*core {
            return Ok(core.clone());
        }
        let made = CoreImage::compress(&grub.files, payload)?;
        Ok(core.insert(made).clone())
    }

    /// The image whose blocks others may share, if one was made that can be shared.
    pub(crate) fn donor(&self) -> Option<&Donor> {
        self.donor.get()?.as_ref()
    }

    /// Takes an image for others to share blocks with, if there is none yet.
    pub(crate) fn offer(&self, image: &Ready) {
        if self.many {
            self.donor.get_or_init(|| image.donor());
        }
    }

    /// The turn of giving files their names. Across processes a lock of the directory decides, on which
    /// threads of one would wait longer.
    pub(crate) fn naming(&self) -> MutexGuard<'_, ()> {
        self.naming.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
