//! The other ways in which an ISO starts: what its recipe has for a machine on which the usual one
//! is not right.

use crate::entry::Variant;
use boot_recipes::{Boot, Recognised};
use grub_config::{IdSet, Title};
use iso_probe::IsoFacts;

/// The title of the ISO's own menu, which has entries that no recipe knows.
const OWN_MENU: &str = "its own menu";

/// A variant before it has an id: those of the ISOs' entries come first, so that a new variant
/// does not rename an entry.
#[derive(Debug)]
pub(crate) struct UnnamedVariant {
    pub(crate) title: String,
    pub(crate) boot: Boot,
    /// One more initrd, on GRUB's partition.
    pub(crate) more_initrd: Option<String>,
}

impl UnnamedVariant {
    /// A variant that needs no more than the ISO.
    pub(crate) fn new(title: &str, boot: Boot) -> Self {
        Self { title: Title::new(title).as_str().to_owned(), boot, more_initrd: None }
    }
}

/// The other ways to start what `found` tells of. `boot` is the usual one as it is on this key.
pub(crate) fn of_recipe(found: &Recognised, boot: &Boot, facts: &IsoFacts) -> Vec<UnnamedVariant> {
    let mut variants: Vec<UnnamedVariant> = Vec::new();
    for variant in &found.variants {
        // Already so, when the ISO's own entry has the parameters.
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

/// The variants with ids of their own; `stem` begins them.
pub(crate) fn with_ids(unnamed: Vec<UnnamedVariant>, stem: &str, ids: &mut IdSet) -> Vec<Variant> {
    let variant = |UnnamedVariant { title, boot, more_initrd }| {
        let id = ids.slug(&format!("{stem}-{title}"));
        Variant { id, title, boot, more_initrd }
    };
    unnamed.into_iter().map(variant).collect()
}
