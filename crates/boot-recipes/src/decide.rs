//! The choice of the recipe that decides about an ISO, and of the initrds to read until it is
//! certain.

use crate::candidate::{Candidate, Decision, Reason};
use crate::evidence::{Shown, initrds, shown};
use crate::filesystems::are_unsure;
use crate::fits::{Fits, fits};
use crate::marker::{Marker, MarkerKind};
use crate::rank::Rank;
use crate::recipe::When;
use crate::{Available, Catalogue, Verdict};
use grub_config::spelled_out;
use iso_probe::{IsoFacts, IsoImage, ProbeError};
use std::io::{Read, Seek};

impl Catalogue {
    /// Unpacks as many initrds of an ISO, and as much of them, as the verdict about it depends on;
    /// see [`unread`](Self::unread).
    ///
    /// # Errors
    /// [`ProbeError`] if the image cannot be read.
    pub fn read_initrds<R: Read + Seek>(
        &self,
        image: &mut IsoImage<R>,
        recipe: Option<&str>,
        filesystem: Option<&str>,
    ) -> Result<(), ProbeError> {
        while let Some(initrd) = self.unread(image.facts(), recipe, filesystem) {
            let initrd = initrd.to_owned();
            image.read_initrd_until(&initrd, |facts, name| {
                let counts = filesystem.is_some() && name.starts_with("lib/modules/");
                (counts || self.initrd_markers().any(|marker| marker.matches_name(name)))
                    && self.unread(facts, recipe, filesystem).is_none()
            })?;
        }
        Ok(())
    }

    /// All markers about names in initrds.
    fn initrd_markers(&self) -> impl Iterator<Item = &Marker> {
        let engines = self.recipes().iter().filter_map(|r| r.initrd.as_ref());
        let in_recipes = self.recipes().iter().map(|r| &r.when);
        in_recipes
            .chain(self.brands().iter().map(|b| &b.when))
            .flat_map(|when| when.all.iter().chain(&when.any).chain(&when.none))
            .filter(|marker| marker.kind() == MarkerKind::Initrd)
            .chain(engines.flat_map(|e| e.names.iter().chain(&e.iso_hook)))
    }

    /// The initrd that has to be unpacked next, because its contents may change the verdict about
    /// an ISO; `None` when the verdict is certain.
    ///
    /// `recipe` is the id of the recipe that the spec asks for, if it does. `filesystem` is the
    /// kind of file system that the ISO will lie on, by the name that recipes have for it, if
    /// known.
    pub fn unread<'f>(
        &self,
        facts: &'f IsoFacts,
        recipe: Option<&str>,
        filesystem: Option<&str>,
    ) -> Option<&'f str> {
        let next = facts.unread_initrds.first()?;
        let any = Available { memdisk: true };
        let (candidate, unsure) = match recipe {
            Some(id) => {
                let asked = self.recipes().iter().find(|r| r.id == id)?;
                (self.candidate(asked, Reason::Forced, facts, "", &any)?, false)
            }
            None => {
                let decision = self.decide(facts, "", &any);
                (decision.candidate, decision.unsure)
            }
        };
        let Candidate { recipe: deciding, boot, .. } = &candidate;
        let own = boot.as_ref().map(initrds).unwrap_or_default();
        let unread = |path: &&str| facts.unread_initrds.iter().find(|u| u == path);
        let next_own = own.iter().find_map(unread);
        let brand = self.brands().iter().map(|b| fits(&b.when, facts)).find(|f| *f != Fits::Not);
        if unsure || brand == Some(Fits::Unread) {
            return Some(next_own.unwrap_or(next));
        }
        let hook = recipe.is_none()
            && deciding.initrd.as_ref().is_some_and(|engine| {
                !engine.iso_hook.is_empty()
                    && shown(&engine.iso_hook, own.iter().copied(), facts) == Shown::Unread
            });
        let drivers = || filesystem.is_some_and(|fs| are_unsure(deciding, fs, &own, facts));
        next_own.filter(|_| hook || drivers()).map(String::as_str)
    }

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
        // Names of files against a volume id is left to the order: at boot, GRUB knows no more.
        let better = |best: usize, (at, other): (usize, &Candidate<'_>)| {
            let (first, best_one) = (&fitting[0], &fitting[best]);
            let stronger = other.rank >= Rank::Menu && other.weight(facts) > best_one.weight(facts);
            if stronger && other.is_other_engine_than(first) { at } else { best }
        };
        let best = fitting.iter().enumerate().fold(0, better);
        let unread = !facts.unread_initrds.is_empty();
        let unsure = match fitting.get(best) {
            // Another one may still turn out to be shown by its initrd, and come first then.
            Some(best_one) if best_one.rank == Rank::Initrd => {
                let shown = |other: &Candidate<'_>| (Rank::Initrd, other.weight(facts).1);
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

    /// The same candidate; if it is the last resort because an initrd spoke against what else
    /// speaks for a recipe, with that as its reason.
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
