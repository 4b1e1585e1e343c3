//! The steps from a spec and an inventory to a plan: each is a pure function that makes the
//! decisions of its subject.

use crate::contents::contents;
use crate::core_images::core_images;
use crate::entries::{DecidedEntries, entries};
use crate::error::Error;
use crate::esp::{EspContents, esp_contents};
use crate::hints;
use crate::identities::purpose;
use crate::iso_names;
use crate::menu::{menu, warnings as menu_warnings};
use crate::partition::PartitionRole;
use crate::partition_allocator::{Partitions, partitions};
use crate::plan::{IdentitySource, Plan};
use crate::premises::Premises;
use crate::record;
use crate::unreadable_isos;
use crate::volumes::volumes;
use boot_recipes::Catalogue;
use key_inventory::Inventory;
use key_spec::{Seed, Spec};
use partition_table::Guid;

/// The plan of the key that a [complete](Spec::complete) spec asks for.
///
/// ```text
/// premises ─┬─ volumes ─┬─ core images ─ EFI programs ─┐
///           │           └────────┐                     │
///           └─ entries ─────── menu ──────────────── contents ─ record ─ partitions ─ plan
/// ```
///
/// # Errors
/// [`Error`] says what is wrong with the spec or the inputs, or what does not fit.
pub fn resolve(spec: &Spec, inventory: &Inventory, catalogue: &Catalogue) -> Result<Plan, Error> {
    let renamed = iso_names::renamed(spec, inventory, catalogue);
    let (inventory, renamings) = match &renamed {
        Some((renamed, warnings)) => (renamed, warnings.as_slice()),
        None => (inventory, [].as_slice()),
    };
    let premises = Premises::new(spec, inventory, catalogue)?;
    let volumes = volumes(&premises)?;
    let DecidedEntries { entries, needs, mut warnings } = entries(&premises)?;
    let menu = menu(&premises, &volumes, &entries)?;
    let images = core_images(&premises, &volumes.boot)?;
    let EspContents { tree: esp, programs } = esp_contents(&premises, &images, &volumes.boot)?;
    let mut contents = contents(&premises, &entries, needs, &menu, esp)?;
    record::put(&premises, &mut contents)?;
    warnings.splice(..0, renamings.iter().cloned());
    if inventory.grub.font.is_none() {
        let what = "no unicode.pf2 beside GRUB: the menu stays in the text mode of the firmware";
        warnings.push(what.to_owned());
    }
    warnings.extend(menu_warnings(&premises));
    warnings.extend(unreadable_isos::warnings(&entries.isos, spec.isos.filesystem));
    let Partitions { all, image_len } = partitions(&premises, volumes, contents)?;
    let isos = all.iter().filter(|p| p.role == PartitionRole::Isos);
    warnings.extend(isos.flat_map(|p| hints::near_fats_limit(&inventory.isos, p)));
    Ok(Plan {
        name: spec.name().to_owned(),
        identity: match spec.seed() {
            Seed::Given(_) => IdentitySource::Seed,
            Seed::Name(_) => IdentitySource::Name,
            Seed::Contents => IdentitySource::Contents,
        },
        len: image_len,
        scheme: premises.scheme,
        sector_size: premises.sector_size,
        disk_signature: premises.identities.number(purpose::DISK_SIGNATURE),
        disk_guid: Guid(premises.identities.uuid(purpose::DISK_GUID)),
        time: premises.time.seconds,
        firmware: spec.key.firmware.clone(),
        memdisk: premises.memdisk().map(|m| m.origin.clone()),
        secure_boot: premises.secure_boot,
        grub: inventory.grub.clone(),
        core_image: images.bios,
        partitions: all,
        efi_programs: programs,
        entries,
        words: premises.words,
        grub_cfg: menu.grub_cfg,
        scripts: menu.scripts,
        warnings,
    })
}
