//! The initrds that have to be read until it is certain which recipe wins.

use crate::candidate::{Candidate, Reason};
use crate::evidence::{Shown, initrds, shown};
use crate::filesystems::are_unsure;
use crate::fits::{Fits, fits};
use crate::marker::{Marker, MarkerKind};
use crate::{Available, Catalogue};
use iso_probe::{IsoFacts, IsoImage, ProbeError};

impl Catalogue {
    /// Unpacks as many initrds of an ISO, and as much of them, as the verdict about it depends on;
    /// see [`unread`](Self::unread).
    ///
    /// # Errors
    /// [`ProbeError`] if the image cannot be read.
    pub fn read_initrds(
        &self,
        image: &mut IsoImage<'_>,
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
}
