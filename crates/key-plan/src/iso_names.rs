//! The names of ISOs on the key, where nobody has chosen them.

use crate::verdict::verdict;
use boot_recipes::{Available, Catalogue, Verdict};
use key_inventory::Inventory;
use key_spec::Spec;

/// The inventory with other names for the ISOs that would not boot under their own, and a warning
/// about each; `None` if there are none.
///
/// A system that gets its ISO's name as a kernel parameter finds no `ubuntu (1).iso`. A browser
/// made that name, not a person; one that the spec gives is left as it is, and refused later.
pub(crate) fn renamed(
    spec: &Spec,
    inventory: &Inventory,
    catalogue: &Catalogue,
) -> Option<(Inventory, Vec<String>)> {
    let available = Available { memdisk: inventory.memdisk.is_some() };
    let mut changed: Option<Inventory> = None;
    let mut warnings = Vec::new();
    for (n, (asked, iso)) in spec.iso.iter().zip(&inventory.isos).enumerate() {
        let better = plain(&iso.file_name);
        let hostile = |c: char| c.is_control() || grub_config::reorders_text(c);
        // Names that no file on the key may have are refused later.
        if asked.name.is_some() || better == iso.file_name || iso.file_name.chars().any(hostile) {
            continue;
        }
        // OK to ignore an error: a recipe that does not exist or does not fit is reported later.
        let verdict = verdict(asked, iso, catalogue, &available);
        let Ok(Some(Verdict::Boots(found))) = verdict else { continue };
        if found.boot.stumbles_over(&iso.file_name).is_none() {
            continue;
        }
        warnings.push(format!(
            "{}: it is `{better}` on the key, because the system in it is told its name, and gets no \
             other characters",
            iso.shown
        ));
        let isos = &mut changed.get_or_insert_with(|| inventory.clone()).isos;
        if let Some(iso) = isos.get_mut(n) {
            iso.file_name = better;
        }
    }
    changed.map(|inventory| (inventory, warnings))
}

/// The name with `_` in place of every character that GRUB or a kernel would not hand on as it is.
pub(crate) fn plain(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._+-".contains(c) { c } else { '_' };
    name.chars().map(plain).collect()
}
