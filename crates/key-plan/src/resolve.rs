//! The steps from a spec and an inventory to a plan. All are pure, and each makes its decisions.

use crate::contents::contents;
use crate::cores::core_images;
use crate::entries::{DecidedEntries, entries};
use crate::error::Error;
use crate::esp::{EspContents, esp_contents};
use crate::iso_entries::unreadable;
use crate::menu::menu;
use crate::partitions::{Partitions, partitions};
use crate::plan::Plan;
use crate::premises::Premises;
use crate::volumes::volumes;
use boot_recipes::Catalogue;
use key_inventory::Inventory;
use key_spec::Spec;
use partition_table::Guid;

/// The plan of the key that a [complete](Spec::complete) spec asks for.
///
/// ```text
/// premises ─┬─ volumes ─┬─ core images ─ EFI programs ─┐
///           │           └────────┐                     │
///           └─ entries ─────── menu ──────────────── contents ─ partitions ─ plan
/// ```
///
/// # Errors
/// [`Error`] says what is wrong with the spec or the inputs, or what does not fit.
pub fn resolve(spec: &Spec, inventory: &Inventory, catalogue: &Catalogue) -> Result<Plan, Error> {
    let premises = Premises::new(spec, inventory, catalogue)?;
    let volumes = volumes(&premises)?;
    let DecidedEntries { entries, needs, mut warnings } = entries(&premises)?;
    let menu = menu(&premises, &volumes, &entries)?;
    let images = core_images(&premises, &volumes.boot)?;
    let EspContents { tree: esp, programs } = esp_contents(&premises, &images, &volumes.boot)?;
    let contents = contents(&premises, &entries, needs, &menu, esp)?;
    if inventory.grub.font.is_none() {
        let what = "no unicode.pf2 beside GRUB: the menu stays in the text mode of the firmware";
        warnings.push(what.to_owned());
    }
    warnings.extend(unreadable(&entries.isos, spec.isos.filesystem));
    let Partitions { all, image_len } = partitions(&premises, volumes, contents)?;
    Ok(Plan {
        name: spec.key.name.to_string(),
        len: image_len,
        scheme: premises.scheme,
        sector_size: premises.sector_size,
        disk_signature: premises.identities.number("disk/signature"),
        disk_guid: Guid(premises.identities.uuid("disk/guid")),
        time: premises.time.seconds,
        firmware: spec.key.firmware.clone(),
        memdisk: premises.memdisk().map(|m| m.origin.clone()),
        secure_boot: premises.secure_boot,
        grub: inventory.grub.clone(),
        core_image: images.bios,
        partitions: all,
        efi_programs: programs,
        entries,
        grub_cfg: menu.grub_cfg,
        scripts: menu.scripts,
        warnings,
    })
}
