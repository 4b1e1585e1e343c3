//! The order of the initrds that GRUB loads. A kernel unpacks them one over the other, so that a file in
//! a later one replaces that of the same name in an earlier one.
//!
//! ```text
//! as a recipe says     early_initrds (microcode)   initrds, beside the kernel   more_initrds
//! as the ISO's entry   those of the entry, in its order                         more_initrds
//! ```
//!
//! The initrd with the answers for an installer comes last of all: it lies on the key, not in the
//! ISO, and the menu entry adds it behind the initrds listed here.

use crate::choose::beside;
use crate::marker::Marker;
use iso_probe::{BootEntry, IsoFacts};

/// The initrds of one of the ISO's own entries, and behind them those that a recipe adds.
pub(crate) fn of_entry(entry: &BootEntry, more: &[Marker], facts: &IsoFacts) -> Vec<String> {
    let mut all = entry.initrds.clone();
    add_files(&mut all, more, facts);
    all
}

/// The initrds of a recipe: for each row of `initrds` the one that belongs to the kernel. `None` if the
/// ISO has none for a row.
pub(crate) fn of_recipe(
    kernel: &str,
    early: &[Marker],
    initrds: &[Vec<Marker>],
    more: &[Marker],
    facts: &IsoFacts,
) -> Option<Vec<String>> {
    let mut all = Vec::new();
    add_files(&mut all, early, facts);
    for candidates in initrds {
        all.push(beside(kernel, candidates, facts)?);
    }
    add_files(&mut all, more, facts);
    Some(all)
}

/// Adds all files of the ISO that `markers` name and that are not among `files` already.
fn add_files(files: &mut Vec<String>, markers: &[Marker], facts: &IsoFacts) {
    for path in markers.iter().flat_map(|marker| marker.files(facts)) {
        if !files.iter().any(|file| file == path) {
            files.push(path.to_owned());
        }
    }
}
