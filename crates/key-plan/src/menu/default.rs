//! The default entry: the one that starts if nobody chooses.

use super::fixed::Fixed;
use super::variants;
use crate::entry::Entries;
use crate::error::Error;
use grub_config::{DefaultEntry, Title};
use key_spec::DefaultEntry as WantedDefault;
use menu_words::Words;

/// The default entry that the spec wants, or an error if the menu will have no such entry.
pub(super) fn default_entry(
    wanted: &WantedDefault,
    entries: &Entries,
    uefi: bool,
    words: &Words,
) -> Result<DefaultEntry, Error> {
    let Entries { isos, xen } = entries;
    let mut have: Vec<(String, String)> =
        isos.iter().map(|e| (e.id.to_string(), e.title.clone())).collect();
    have.extend(xen.iter().map(|e| (e.id.to_string(), e.title.clone())));
    have.extend(variants::any(isos).then(|| (variants::ID.into(), words.more_ways.clone())));
    have.extend(Fixed::of(uefi).map(|f| (f.id().into(), f.title(words).into())));
    // grub.cfg gets the entry's number: GRUB would compare a name with both titles and ids, and
    // take the first that matches.
    let place = match wanted {
        WantedDefault::Saved => return Ok(DefaultEntry::Saved),
        WantedDefault::Number(n) => usize::try_from(*n).ok().filter(|n| *n < have.len()),
        WantedDefault::Named(name) => {
            let title = Title::new(name.as_str());
            have.iter()
                .position(|(id, _)| id == name.as_str())
                .or_else(|| have.iter().position(|(_, t)| t == title.as_str()))
                // An English title stands for the entry in every language.
                .or_else(|| {
                    let same = |f: &Fixed| f.title(*menu_words::ENGLISH) == title.as_str();
                    let id = Fixed::of(uefi).find(same)?.id();
                    have.iter().position(|(have, _)| have == id)
                })
        }
    };
    let found = place.and_then(|n| u32::try_from(n).ok()).map(DefaultEntry::Index);
    let variant = || match wanted {
        WantedDefault::Named(name) => variants::path_to(isos, name.as_str(), words),
        _ => None,
    };
    found.or_else(variant).ok_or_else(|| Error::NoSuchEntry {
        wanted: match wanted {
            WantedDefault::Saved => "saved".to_owned(),
            WantedDefault::Number(n) => n.to_string(),
            WantedDefault::Named(name) => format!("{name:?}"),
        },
        have: have.into_iter().map(|(_, title)| format!("\"{title}\"")).collect(),
    })
}
