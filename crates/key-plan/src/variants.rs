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
    title: String,
    boot: Boot,
}

/// The other ways to start what `found` tells of. `boot` is the usual one as it is on this key.
pub(crate) fn ways(found: &Recognised, boot: &Boot, facts: &IsoFacts) -> Vec<Way> {
    let mut ways: Vec<Way> = Vec::new();
    for variant in &found.variants {
        let title = Title::new(&variant.title).as_str().to_owned();
        // Already so, when the ISO's own entry has the parameters.
        if !variant.args.iter().all(|arg| boot.args().any(|a| a == arg)) {
            ways.extend(boot.with(&variant.args).map(|boot| Way { title, boot }));
        }
    }
    let own = facts.loopback_cfg.as_ref().filter(|cfg| cfg.flaw.is_none());
    if let Some(cfg) = own.filter(|_| !matches!(boot, Boot::LoopbackCfg { .. })) {
        let boot = Boot::LoopbackCfg { config: cfg.path.clone() };
        ways.push(Way { title: OWN_MENU.to_owned(), boot });
    }
    ways
}

/// The ways with ids of their own; `stem` begins them.
pub(crate) fn variants(ways: Vec<Way>, stem: &str, ids: &mut IdSet) -> Vec<Variant> {
    let variant =
        |Way { title, boot }| Variant { id: ids.slug(&format!("{stem}-{title}")), title, boot };
    ways.into_iter().map(variant).collect()
}
