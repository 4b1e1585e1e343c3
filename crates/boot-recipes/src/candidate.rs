//! The answer of a recipe about an ISO, as one of several, and how sure it is.

use crate::evidence::{Shown, initrds, shown};
use crate::evidence_rank::EvidenceRank;
use crate::recipe::Recipe;
use crate::{Boot, Verdict};
use iso_probe::IsoFacts;

/// The reason to ask a recipe.
pub(crate) enum Reason {
    /// Its conditions hold, for this reason.
    Fits(String),
    /// The spec asks for it.
    Forced,
}

/// The answer of a recipe about an ISO.
pub(crate) struct Candidate<'c> {
    pub(crate) recipe: &'c Recipe,
    /// The best evidence for the recipe.
    pub(crate) rank: EvidenceRank,
    /// The commands that the recipe would start, even if it refuses because of them.
    pub(crate) boot: Option<Boot>,
    pub(crate) verdict: Verdict,
}

impl Candidate<'_> {
    /// Whether no other recipe can have better evidence. That holds if the evidence has at least
    /// the rank from which on the recipe is certain; except that an engine whose names are in an
    /// initrd is certain only if a menu speaks of it, too, because the same initrd may hold another
    /// engine.
    pub(crate) fn is_certain(&self, facts: &IsoFacts) -> bool {
        let no_rival_possible = self.recipe.initrd.is_none() || self.is_in_menu(facts);
        self.rank >= self.recipe.certain && (no_rival_possible || self.rank < EvidenceRank::Initrd)
    }

    /// The weight of the evidence: its rank first, then whether a menu speaks of the engine, which
    /// decides between two engines whose names are in one initrd.
    pub(crate) fn weight(&self, facts: &IsoFacts) -> (EvidenceRank, bool) {
        (self.rank, self.is_in_menu(facts))
    }

    fn is_in_menu(&self, facts: &IsoFacts) -> bool {
        let when = &self.recipe.when;
        let mut markers = when.all.iter().chain(&when.any);
        markers.any(|m| EvidenceRank::of(m) == EvidenceRank::Menu && m.find(facts).is_some())
    }

    pub(crate) fn is_other_engine_than(&self, other: &Self) -> bool {
        let names = |c: &Self| c.recipe.initrd.as_ref().map(|engine| engine.names.clone());
        names(self).is_some() && names(self) != names(other)
    }

    /// Whether an initrd that was not read to its end may show the recipe's engine, and not yet
    /// did.
    pub(crate) fn may_be_shown(&self, facts: &IsoFacts) -> bool {
        self.recipe.initrd.as_ref().zip(self.boot.as_ref()).is_some_and(|(engine, boot)| {
            shown(&engine.names, initrds(boot), facts) == Shown::Unread
        })
    }
}

/// The decision of the catalogue about an ISO.
pub(crate) struct Decision<'c> {
    pub(crate) candidate: Candidate<'c>,
    /// Whether initrds that were not read to their ends may change that.
    pub(crate) unsure: bool,
}
