//! The kinds of firmware that a spec names, translated into GRUB's platforms.

use grub_image::Platform;
use key_inventory::platform;
use key_spec::Spec;
use partition_table::Scheme;

/// GRUB's platforms for the kinds of firmware that start the key.
pub(crate) fn platforms(spec: &Spec) -> Vec<Platform> {
    spec.key.firmware.iter().copied().map(platform).collect()
}

pub(crate) fn scheme(table: key_spec::Table) -> Scheme {
    match table {
        key_spec::Table::Mbr => Scheme::Mbr,
        key_spec::Table::Gpt => Scheme::Gpt,
        key_spec::Table::Hybrid => Scheme::Hybrid,
    }
}
