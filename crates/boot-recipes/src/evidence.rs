//! The evidence for a recipe: what initrds show of the engine in them, and how much it weighs.

use crate::Boot;
use crate::evidence_rank::EvidenceRank;
use crate::marker::Marker;
use crate::recipe::{Engine, Recipe};
use iso_probe::IsoFacts;

/// Whether initrds have one of some names, as far as they were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// An initrd of the entry has it.
    Yes,
    /// All were read to their ends, and none has.
    No,
    /// That depends on an initrd that was not read yet.
    Unread,
    /// Nobody can tell: there are none, or one of them is damaged or no such file.
    Unknowable,
}

/// Whether one of `initrds` (paths in the ISO) has a file that one of `names` matches.
pub(crate) fn shown<'p>(
    names: &[Marker],
    initrds: impl IntoIterator<Item = &'p str> + Clone,
    facts: &IsoFacts,
) -> Shown {
    let of = |path: &str| facts.initrds.get(path);
    let has = |path: &str| of(path).is_some_and(|found| names.iter().any(|name| name.is_in(found)));
    if initrds.clone().into_iter().any(has) {
        return Shown::Yes;
    }
    if initrds.clone().into_iter().any(|path| facts.unread_initrds.iter().any(|p| p == path)) {
        return Shown::Unread;
    }
    let whole = |path: &str| of(path).is_some_and(|found| found.incomplete.is_none());
    let none = initrds.clone().into_iter().next().is_none();
    if none || !initrds.into_iter().all(whole) { Shown::Unknowable } else { Shown::No }
}

/// The initrds among the files that are loaded.
pub(crate) fn initrds(boot: &Boot) -> Vec<&str> {
    match boot {
        Boot::Linux { initrds, .. } => initrds.iter().map(String::as_str).collect(),
        Boot::Linux16 { initrd, .. } => initrd.iter().map(String::as_str).collect(),
        Boot::Modular { modules, .. } => modules.iter().map(|m| m.file.as_str()).collect(),
        Boot::Memdisk { .. } | Boot::LoopbackCfg { .. } | Boot::OwnMenu { .. } => Vec::new(),
    }
}

/// Whether `initrds`, all of them read to their ends, speak against `engine`: they hold none of its
/// names, and either every release of the engine has one, or they hold a name of another engine.
pub(crate) fn contradicted<'p>(
    engine: &Engine,
    others: &[&Engine],
    initrds: impl IntoIterator<Item = &'p str> + Clone,
    facts: &IsoFacts,
) -> bool {
    shown(&engine.names, initrds.clone(), facts) == Shown::No
        && (engine.every_release
            || others.iter().any(|o| shown(&o.names, initrds.clone(), facts) == Shown::Yes))
}

/// The best kind of evidence that speaks for a recipe that fits an ISO and would start `boot`.
pub(crate) fn rank(recipe: &Recipe, boot: Option<&Boot>, facts: &IsoFacts) -> EvidenceRank {
    let engine = recipe.initrd.as_ref();
    let by_engine = engine
        .zip(boot)
        .is_some_and(|(engine, boot)| shown(&engine.names, initrds(boot), facts) == Shown::Yes);
    if by_engine {
        return EvidenceRank::Initrd;
    }
    let held = recipe.when.all.iter().chain(&recipe.when.any).filter(|m| m.find(facts).is_some());
    // That some initrd has the engine says nothing if another is started.
    let most = if engine.is_some() { EvidenceRank::Headers } else { EvidenceRank::Initrd };
    held.map(|m| EvidenceRank::of(m).min(most)).max().unwrap_or(EvidenceRank::Label)
}
