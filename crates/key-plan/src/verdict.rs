//! The verdict of the catalogue about an ISO, as the spec asks for it.

use boot_recipes::{Available, Catalogue, Error, Verdict};
use key_inventory::Iso;
use key_spec::{Iso as Asked, RecipeChoice};

/// The verdict about an ISO; `None` if it gets no menu entry.
///
/// # Errors
/// The spec names a recipe that there is not, or that does not suit the ISO.
pub(crate) fn verdict(
    asked: &Asked,
    iso: &Iso,
    catalogue: &Catalogue,
    available: &Available,
) -> Result<Option<Verdict>, Error> {
    let stem = stem(&iso.file_name);
    Ok(Some(match &asked.recipe {
        Some(RecipeChoice::NoEntry) => return Ok(None),
        Some(RecipeChoice::Id(id)) => {
            catalogue.recognise_as(id.as_str(), &iso.facts, stem, available)?
        }
        None => catalogue.recognise(&iso.facts, stem, available),
    }))
}

/// The file name without `.iso`.
pub(crate) fn stem(file_name: &str) -> &str {
    match file_name.len().checked_sub(4).and_then(|n| file_name.split_at_checked(n)) {
        Some((stem, ext)) if !stem.is_empty() && ext.eq_ignore_ascii_case(".iso") => stem,
        _ => file_name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems() {
        assert_eq!(
            ["a.iso", "A.ISO", ".iso", "a.img", "é"].map(stem),
            ["a", "A", ".iso", "a.img", "é"]
        );
    }
}
