//! The variants of an ISO's entry: other ways to start it, for machines on which the usual one does
//! not work.

use crate::entry::Variant;
use boot_recipes::{Boot, Recognised};
use grub_config::{IdSet, Title};
use iso_probe::IsoFacts;

/// The titles of the variants that no recipe names. `menu_words` translates them.
const OWN_MENU: &str = "its own menu";
pub(crate) const PERSISTENCE: &str = "persistence";
pub(crate) const WITHOUT_PERSISTENCE: &str = "without persistence";
pub(crate) const UNATTENDED: &str = "unattended installation";
pub(crate) const WITH_QUESTIONS: &str = "with questions";

/// A variant that has no id yet: ids are given to the entries of all ISOs first, so that a new
/// variant never changes the id of an entry.
#[derive(Debug)]
pub(crate) struct UnnamedVariant {
    pub(crate) title: String,
    pub(crate) boot: Boot,
    /// The path of one more initrd, on GRUB's partition.
    pub(crate) answers_initrd: Option<String>,
}

impl UnnamedVariant {
    /// A variant that needs no file besides the ISO.
    pub(crate) fn new(title: &str, boot: Boot) -> Self {
        Self { title: Title::new(title).as_str().to_owned(), boot, answers_initrd: None }
    }
}

/// The variants of an ISO: those of its recipe, and the ISO's own menu if that would work. `boot`
/// is the usual way to start the ISO on this key.
pub(crate) fn of_recipe(found: &Recognised, boot: &Boot, facts: &IsoFacts) -> Vec<UnnamedVariant> {
    let mut variants: Vec<UnnamedVariant> = Vec::new();
    for variant in &found.variants {
        // A variant whose parameters the usual way has already would change nothing.
        if !variant.args.iter().all(|arg| boot.args().any(|a| a == arg)) {
            let with = boot.with(&variant.args);
            variants.extend(with.map(|boot| UnnamedVariant::new(&variant.title, boot)));
        }
    }
    let own = facts.loopback_cfg.as_ref().filter(|cfg| cfg.flaw.is_none());
    if let Some(cfg) = own.filter(|_| !matches!(boot, Boot::LoopbackCfg { .. })) {
        let boot = Boot::LoopbackCfg { config: cfg.path.clone() };
        variants.push(UnnamedVariant::new(OWN_MENU, boot));
    }
    variants
}

/// The variants with ids, which begin with `stem`.
pub(crate) fn with_ids(unnamed: Vec<UnnamedVariant>, stem: &str, ids: &mut IdSet) -> Vec<Variant> {
    let variant = |UnnamedVariant { title, boot, answers_initrd }| {
        let id = ids.slug(&format!("{stem}-{title}"));
        Variant { id, title, boot, answers_initrd }
    };
    unnamed.into_iter().map(variant).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_titles_are_translated() {
        let ways = &menu_words::of("de").unwrap().ways;
        for title in [OWN_MENU, PERSISTENCE, WITHOUT_PERSISTENCE, UNATTENDED, WITH_QUESTIONS] {
            assert!(ways.contains_key(title), "{title}");
        }
    }
}
