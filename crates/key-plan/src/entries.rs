//! Which ISO gets which menu entry.

use crate::Error;
use crate::inventory::{Inventory, Iso};
use crate::plan::Entry;
use boot_recipes::{Available, Boot, Catalogue, Recognised, Verdict};
use grub_config::{IdSet, Name, Title};
use key_spec::{Iso as Asked, Spec};
use std::collections::BTreeMap;

/// The spec's word for "carry this file, but make no menu entry for it".
const NO_RECIPE: &str = "none";

/// The entries of all ISOs, and warnings about them.
pub(crate) fn entries(
    spec: &Spec,
    inventory: &Inventory,
    catalogue: &Catalogue,
    ids: &mut IdSet,
) -> Result<(Vec<Entry>, Vec<String>), Error> {
    let mut names = BTreeMap::new();
    for iso in &inventory.isos {
        if let Some(first) = names.insert(iso.file_name.as_str(), iso) {
            return Err(Error::SameName {
                name: iso.file_name.clone(),
                first: first.shown.clone(),
                second: iso.shown.clone(),
            });
        }
    }
    let available = Available { memdisk: inventory.memdisk.is_some() };
    let mut warnings = Vec::new();
    let mut entries = Vec::new();
    for (asked, iso) in spec.iso.iter().zip(&inventory.isos) {
        if asked.recipe.as_ref().is_some_and(|r| r.as_str() == NO_RECIPE) {
            continue;
        }
        let stem = stem(&iso.file_name);
        let verdict = match &asked.recipe {
            Some(id) => catalogue
                .recognise_as(id.as_str(), &iso.facts, stem, &available)
                .map_err(|source| Error::Recipe { iso: iso.shown.clone(), source })?,
            None => catalogue.recognise(&iso.facts, stem, &available),
        };
        match verdict {
            Verdict::Boots(found) => {
                warnings.extend(found.warnings.iter().map(|w| format!("{}: {w}", iso.shown)));
                if asked.args.as_ref().is_some_and(|a| a.as_str().contains(['"', '\'', '\\'])) {
                    let what = "`args`: GRUB hands quotes and backslashes to the kernel with a \
                                backslash before them; a parameter with blanks cannot be given";
                    warnings.push(format!("{}: {what}", iso.shown));
                }
                entries.push(entry(asked, iso, found, ids)?);
            }
            Verdict::Refused { title, reason, suggestion, .. } => {
                let iso = iso.shown.clone();
                return Err(Error::CannotBoot { iso, title, reason, suggestion });
            }
        }
    }
    Ok((entries, warnings))
}

/// A file name without `.iso`.
fn stem(file_name: &str) -> &str {
    match file_name.len().checked_sub(4).and_then(|n| file_name.split_at_checked(n)) {
        Some((stem, ext)) if !stem.is_empty() && ext.eq_ignore_ascii_case(".iso") => stem,
        _ => file_name,
    }
}

fn entry(asked: &Asked, iso: &Iso, mut found: Recognised, ids: &mut IdSet) -> Result<Entry, Error> {
    let title = asked.title.as_ref().map_or(found.title.as_str(), |t| t.as_str());
    let (Boot::Linux { args, .. } | Boot::Linux16 { args, .. } | Boot::Memdisk { args, .. }) =
        &mut found.boot;
    let more = asked.args.iter().flat_map(|a| a.as_str().split_whitespace());
    args.extend(more.map(str::to_owned));
    Ok(Entry {
        id: ids.slug(stem(&iso.file_name)),
        title: Title::new(title).as_str().to_owned(),
        class: Name::new(&found.class)?,
        file: iso.file_name.clone(),
        len: iso.len,
        shown: iso.shown.clone(),
        recipe: found.recipe,
        why: found.why,
        boot: found.boot,
    })
}
