//! The submenu "More ways to start", which holds the variants of all ISOs. The first screen keeps
//! one line for each ISO, so that it stays short, also for those who have it read out.

use super::iso_entry::{KeyTraits, Start, menu_entry};
use crate::entry::IsoEntry;
use crate::titles;
use grub_config::{DefaultEntry, Error, Id, IdSet, MenuEntry, Name, Statement, Title, name};
use menu_words::Words;

/// The submenu's id.
pub(crate) const ID: &str = "more-ways";

/// The entries of ISOs that have variants, in the order of the menu.
fn those(entries: &[IsoEntry]) -> impl Iterator<Item = &IsoEntry> {
    entries.iter().filter(|e| !e.variants.is_empty())
}

/// Whether the menu has this submenu.
pub(crate) fn any(entries: &[IsoEntry]) -> bool {
    those(entries).next().is_some()
}

/// The submenu; `None` if no entry has variants. If several have, each gets a submenu of its own in
/// it, so that no list is longer than the first screen's.
pub(super) fn submenu(
    entries: &[IsoEntry],
    key: KeyTraits<'_>,
) -> Result<Option<Statement>, Error> {
    let several = those(entries).nth(1).is_some();
    let mut body = Vec::new();
    for entry in those(entries) {
        let mut list = Vec::new();
        for variant in &entry.variants {
            let title = titles::of_variant(entry, variant, key.words);
            let start = Start {
                boot: &variant.boot,
                answers_initrd: variant.answers_initrd.as_deref(),
                chainload: false,
            };
            let one = menu_entry(entry, variant.id.clone(), title, start, key)?;
            list.push(Statement::MenuEntry(one));
        }
        if several {
            let inner = MenuEntry::new(entry.id.clone(), Title::new(&entry.title), list);
            body.push(open_to_all(inner.class(entry.class.clone()), key));
        } else {
            body.extend(list);
        }
    }
    if body.is_empty() {
        return Ok(None);
    }
    let mut outer = MenuEntry::new(Id::new(ID)?, Title::new(&key.words.more_ways), body);
    if key.icons {
        outer = outer.class(Name::new(ID)?);
    }
    Ok(Some(open_to_all(outer.class(name!("system")), key)))
}

fn open_to_all(entry: MenuEntry, key: KeyTraits<'_>) -> Statement {
    Statement::Submenu(if key.locked { entry.unrestricted() } else { entry })
}

/// The path in the menu to the variant with the id `name`, or else to the first with this title, in
/// the language of `words` or in English.
pub(crate) fn path_to(entries: &[IsoEntry], name: &str, words: &Words) -> Option<DefaultEntry> {
    let title = Title::new(name);
    let all = || those(entries).flat_map(|e| e.variants.iter().map(move |v| (e, v)));
    let (entry, variant) = all()
        .find(|(_, v)| v.id.as_str() == name)
        .or_else(|| all().find(|(e, v)| titles::of_variant(e, v, words) == title))
        .or_else(|| all().find(|(e, v)| titles::of_variant(e, v, *menu_words::ENGLISH) == title))?;
    let mut path = vec![Id::new(ID).ok()?];
    if those(entries).nth(1).is_some() {
        path.push(entry.id.clone());
    }
    path.push(variant.id.clone());
    Some(DefaultEntry::Path(path))
}

/// Reserves the id of the submenu.
pub(crate) fn claim(ids: &mut IdSet) -> Result<(), Error> {
    ids.claim(Id::new(ID)?).map(|_| ())
}
