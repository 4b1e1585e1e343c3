//! The recipe that wins where several fit an ISO.
//!
//! Recipes are asked in their order, and the first that fits and is certain wins. If none is certain, the
//! first that fits wins, unless a menu or an initrd shows that the ISO has another one's engine.

use crate::candidate::{Candidate, Decision, Reason};
use crate::evidence_rank::EvidenceRank;
use crate::fits::{Fits, fits};
use crate::recipe::When;
use crate::{Available, Catalogue, Verdict};
use grub_config::spelled_out;
use iso_probe::IsoFacts;

impl Catalogue {
    /// The verdict about an ISO, and whether initrds that were not read may change it.
    pub(crate) fn decide(
        &self,
        facts: &IsoFacts,
        stem: &str,
        available: &Available,
    ) -> Decision<'_> {
        let mut maybe = false;
        let mut fitting = Vec::new();
        for recipe in self.recipes() {
            let why = match fits(&recipe.when, facts) {
                Fits::Because(why) => why,
                Fits::Not => continue,
                Fits::Unread => {
                    maybe = true;
                    continue;
                }
            };
            let candidate = self.candidate(recipe, Reason::Fits(why), facts, stem, available);
            let Some(candidate) = candidate else { continue };
            if fitting.is_empty() && candidate.is_certain(facts) {
                return Decision { candidate, unsure: false };
            }
            fitting.push(candidate);
        }
        // Between names of files and a volume id the order of recipes decides: at boot GRUB knows
        // no more than these.
        let better = |best: usize, (at, other): (usize, &Candidate<'_>)| {
            let (first, best_one) = (&fitting[0], &fitting[best]);
            let stronger =
                other.rank >= EvidenceRank::Menu && other.weight(facts) > best_one.weight(facts);
            if stronger && other.is_other_engine_than(first) { at } else { best }
        };
        let best = fitting.iter().enumerate().fold(0, better);
        let unread = !facts.unread_initrds.is_empty();
        let unsure = match fitting.get(best) {
            // An initrd that was not read to its end may still show another candidate's engine, and
            // that candidate would then come first.
            Some(best_one) if best_one.rank == EvidenceRank::Initrd => {
                let shown = |other: &Candidate<'_>| (EvidenceRank::Initrd, other.weight(facts).1);
                fitting.iter().enumerate().any(|(at, other)| {
                    let wins = shown(other) > best_one.weight(facts)
                        || (at < best && shown(other) == best_one.weight(facts));
                    wins && other.may_be_shown(facts)
                })
            }
            _ => unread || maybe,
        };
        let candidate = fitting.into_iter().nth(best).expect(
            "OK to unwrap: `load` makes sure that the last recipe has no conditions, so that it \
             fits, and is a refusal, which always gives a candidate",
        );
        let candidate = self.explained(candidate, facts);
        Decision { unsure, candidate }
    }

    /// The same candidate. If it is the last resort because an initrd spoke against a recipe that
    /// fits otherwise, that becomes its reason.
    fn explained<'c>(&self, mut candidate: Candidate<'c>, facts: &IsoFacts) -> Candidate<'c> {
        if candidate.recipe.when == When::default()
            && let Verdict::Refused { reason, .. } = &mut candidate.verdict
        {
            let any = Available { memdisk: true };
            let contradicted = self.recipes().iter().filter(|r| r.initrd.is_some()).find_map(|r| {
                let why = fits(&r.when, facts).why()?;
                self.candidate(r, Reason::Forced, facts, "", &any).map(|_| (r, why))
            });
            if let Some((recipe, why)) = contradicted {
                *reason = spelled_out(&format!(
                    "it {why} and looks like {}, but nothing of that is in its initrd, which starts \
                     something else",
                    recipe.id
                ));
            }
        }
        candidate
    }
}
