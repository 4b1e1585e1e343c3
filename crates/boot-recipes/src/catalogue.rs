//! The catalogue: all recipes, in their order, and what they say about an ISO.

use crate::brand::Brand;
use crate::candidate::Reason;
use crate::fits::fits;
use crate::marker::Marker;
use crate::recipe::{BootMethod, Recipe, When};
use crate::{Available, Error, Verdict, builtin, validate};
use iso_probe::IsoFacts;

/// All recipes and brands, ordered by priority.
#[derive(Debug, Clone)]
pub struct Catalogue {
    recipes: Vec<Recipe>,
    brands: Vec<Brand>,
    /// The conditions of the recipes that boot, in words, for the last recipe's refusal.
    pub(crate) looked_for: String,
}

impl Catalogue {
    /// The catalogue of the recipes and brands that come with this crate.
    ///
    /// # Panics
    /// Never: a test loads them.
    pub fn builtin() -> Self {
        Self::load(builtin::FILES.iter().copied())
            .expect("OK to unwrap: the files are constants, and a test loads them")
    }

    /// A catalogue from `(file name, text)` pairs. Files below `brands/` are brands.
    ///
    /// # Errors
    /// A file that is no valid recipe or brand, two with the same id or priority, or a last recipe
    /// that does not refuse whatever the others left.
    pub fn load<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Error> {
        let (brands, recipes): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|(name, _)| name.starts_with("brands/"));
        let recipes = validate::recipes(recipes)?;
        let brands = validate::brands(brands)?;
        let looked_for: Vec<String> =
            recipes.iter().filter(|r| !r.is_refusal()).map(|r| conditions(&r.when)).collect();
        let mut recipes = recipes;
        for recipe in &mut recipes {
            if let Some(engine) = recipe.initrd.as_ref().filter(|engine| engine.enough)
                && !recipe.when.any.is_empty()
            {
                recipe.when.any.extend(engine.names.iter().cloned());
            }
        }
        Ok(Self { recipes, brands, looked_for: looked_for.join("; ") })
    }

    /// The recipes, in the order in which they are tried.
    pub fn recipes(&self) -> &[Recipe] {
        &self.recipes
    }

    /// The brands, in the order in which they are tried.
    pub fn brands(&self) -> &[Brand] {
        &self.brands
    }

    /// The classes that entries may have, each as often as a recipe or brand gives it.
    pub fn classes(&self) -> impl Iterator<Item = &str> {
        let recipes = self.recipes.iter().map(|r| r.class.as_str());
        recipes.chain(self.brands.iter().map(|b| b.class.as_str()))
    }

    /// The catalogue with the conditions that GRUB can check at boot. Recipes that show the ISO's
    /// own menu come last, for they are for ISOs that no other recipe knows.
    pub(crate) fn at_boot(&self) -> Self {
        let mut catalogue = self.clone();
        for recipe in &mut catalogue.recipes {
            if let Some(when) = recipe.at_boot.take() {
                recipe.when = when;
            }
        }
        let whole_menu =
            |r: &Recipe| r.boot.iter().any(|m| matches!(m, BootMethod::OwnMenu { .. }));
        catalogue.recipes.sort_by_key(|r| (r.when == When::default(), whole_menu(r)));
        catalogue
    }

    /// The verdict about an ISO: that of the first recipe that fits it, or of one with better
    /// evidence if that is not [certain](Recipe::certain). `stem` is the ISO's file name without
    /// directory and extension, for titles.
    ///
    /// A recipe does not fit if that depends on an initrd that was not unpacked:
    /// [`unread`](Self::unread) names those that have to be unpacked first.
    pub fn recognise(&self, facts: &IsoFacts, stem: &str, available: &Available) -> Verdict {
        self.decide(facts, stem, available).candidate.verdict
    }

    /// The ids of all recipes whose conditions hold, in the order in which they are tried.
    pub fn fitting<'c>(&'c self, facts: &'c IsoFacts) -> impl Iterator<Item = &'c str> {
        self.recipes.iter().filter(|r| fits(&r.when, facts).why().is_some()).map(Recipe::id)
    }

    /// The verdict of the recipe called `id`, whether its conditions hold or not: the user asked
    /// for it. The ISO must still have the files that the recipe starts.
    ///
    /// # Errors
    /// No recipe has this id, or the ISO does not have the files.
    pub fn recognise_as(
        &self,
        id: &str,
        facts: &IsoFacts,
        stem: &str,
        available: &Available,
    ) -> Result<Verdict, Error> {
        let recipe = self.recipes.iter().find(|r| r.id == id).ok_or_else(|| {
            let known: Vec<&str> = self.recipes.iter().map(Recipe::id).collect();
            Error::UnknownRecipe { given: id.to_owned(), known: known.join(", ") }
        })?;
        let candidate = self.candidate(recipe, Reason::Forced, facts, stem, available);
        candidate.map(|candidate| candidate.verdict).ok_or_else(|| Error::DoesNotFit {
            recipe: id.to_owned(),
            wanted: recipe.boot.iter().map(wanted).collect::<Vec<_>>().join(", or "),
        })
    }
}

/// The conditions of a recipe in words, for people who wonder why their ISO was refused. What the
/// ISO must not have is left out.
fn conditions(when: &When) -> String {
    let list = |markers: &[Marker], word: &str| {
        let names: Vec<String> = markers.iter().map(Marker::to_string).collect();
        names.join(word)
    };
    let mut parts = Vec::new();
    parts.extend((!when.all.is_empty()).then(|| list(&when.all, " with ")));
    parts.extend((!when.any.is_empty()).then(|| list(&when.any, " or ")));
    let mut text = parts.join(" with ");
    if let Some(most) = when.size_at_most {
        text.push_str(&format!(" (up to {} MiB)", most >> 20));
    }
    text
}

/// The files that a method starts, in words.
fn wanted(method: &BootMethod) -> String {
    match method {
        BootMethod::Inherit { tokens, kernel, .. } if kernel.is_empty() => {
            match tokens.as_slice() {
                [] => "an entry of the ISO's own menu".to_owned(),
                tokens => format!("an entry of the ISO's own menu with {}", tokens.join(" or ")),
            }
        }
        BootMethod::LoopbackCfg { .. } => "a sane loopback.cfg".to_owned(),
        BootMethod::OwnMenu { .. } => "a menu of its own at a usual place".to_owned(),
        _ => {
            let files: Vec<String> = method
                .files()
                .iter()
                .map(|c| c.iter().map(Marker::to_string).collect::<Vec<_>>().join(" or "))
                .collect();
            files.join(" with ")
        }
    }
}
