//! In which other ways an ISO starts: what its recipe has for the machine, or the day, on which the
//! usual one is not right.

use crate::plan::Variant;
use boot_recipes::{Boot, Recognised};
use grub_config::{IdSet, Title};
use iso_probe::IsoFacts;

/// What the ISO's own menu is called: it has ways that no recipe knows.
const OWN_MENU: &str = "its own menu";

/// A way to start an ISO before it has an id: those of the ISOs themselves come first, so that a
/// new variant does not rename an entry.
pub(crate) struct Way {
    pub(crate) title: String,
    pub(crate) boot: Boot,
    /// One more initrd, on partition 1.
    pub(crate) more_initrd: Option<String>,
}

impl Way {
    /// A way that takes no more than the ISO.
    pub(crate) fn new(title: &str, boot: Boot) -> Self {
        Self { title: Title::new(title).as_str().to_owned(), boot, more_initrd: None }
    }
}

/// The other ways to start what `found` tells of. `boot` is the usual one as it is on this key.
pub(crate) fn ways(found: &Recognised, boot: &Boot, facts: &IsoFacts) -> Vec<Way> {
    let mut ways: Vec<Way> = Vec::new();
    for variant in &found.variants {
        // Already so, when the ISO's own entry has the parameters.
        if !variant.args.iter().all(|arg| boot.args().any(|a| a == arg)) {
            ways.extend(boot.with(&variant.args).map(|boot| Way::new(&variant.title, boot)));
        }
    }
    let own = facts.loopback_cfg.as_ref().filter(|cfg| cfg.flaw.is_none());
    if let Some(cfg) = own.filter(|_| !matches!(boot, Boot::LoopbackCfg { .. })) {
        let boot = Boot::LoopbackCfg { config: cfg.path.clone() };
        ways.push(Way::new(OWN_MENU, boot));
    }
    ways
}

/// The ways with ids of their own; `stem` begins them.
pub(crate) fn variants(ways: Vec<Way>, stem: &str, ids: &mut IdSet) -> Vec<Variant> {
    let variant = |Way { title, boot, more_initrd }| {
        let id = ids.slug(&format!("{stem}-{title}"));
        Variant { id, title, boot, more_initrd }
    };
    ways.into_iter().map(variant).collect()
}
