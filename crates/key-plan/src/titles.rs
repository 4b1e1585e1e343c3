//! The titles of the menu's entries: the one that the spec gives, else the one that the recipe
//! makes of the ISO, followed by the file's name where several entries would have the same title.

use crate::entry::{Entries, IsoEntry, Variant};
use crate::premises::Premises;
use crate::verdict::stem;
use boot_recipes::Recognised;
use grub_config::Title;
use key_spec::{Iso, Spec};
use menu_words::Words;
use std::collections::BTreeMap;

/// The title of an ISO's entry.
pub(crate) fn of_entry(asked: &Iso, found: &Recognised) -> Title {
    let given = asked.title.as_ref().map(|t| Title::new(t.as_str()));
    given.unwrap_or_else(|| found.menu_title())
}

/// The title that the menu shows for a variant, in the language of `words`.
pub(crate) fn of_variant(entry: &IsoEntry, variant: &Variant, words: &Words) -> Title {
    Title::new(&format!("{}: {}", entry.title, words.way(&variant.title)))
}

/// All texts of the menu.
pub(crate) fn all<'a>(
    premises: &Premises<'a>,
    entries: &'a Entries,
) -> impl Iterator<Item = &'a str> {
    let words = premises.words;
    let variants = entries.isos.iter().flat_map(|e| &e.variants).map(|v| words.way(&v.title));
    let isos = entries.isos.iter().map(|e| e.title.as_str());
    let xen = entries.xen.iter().map(|e| e.title.as_str());
    words.all().into_iter().chain(isos).chain(variants).chain(xen)
}

/// Adds the file's name to titles that several entries share, for example two spins of a
/// distribution. Titles that the spec gives stay as they are.
pub(crate) fn tell_apart(entries: &mut [IsoEntry], spec: &Spec) {
    let given = spec.iso.iter().filter_map(|i| Some(Title::new(i.title.as_ref()?.as_str())));
    let given: Vec<Title> = given.collect();
    let mut titles: BTreeMap<String, usize> = BTreeMap::new();
    for entry in entries.iter() {
        *titles.entry(entry.title.clone()).or_default() += 1;
    }
    for entry in entries {
        let name = stem(&entry.file);
        let several = titles.get(&entry.title).is_some_and(|n| *n > 1);
        if several && entry.title != name && !given.iter().any(|t| t.as_str() == entry.title) {
            entry.title = Title::new(&format!("{} ({name})", entry.title)).as_str().to_owned();
        }
    }
}
