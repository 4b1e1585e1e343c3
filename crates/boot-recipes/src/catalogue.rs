//! All recipes, in their order, and what they say about an ISO.

use crate::marker::Marker;
use crate::recipe::{Method, Recipe, When};
use crate::template::expand;
use crate::{Available, Boot, Error, MemdiskImage, Recognised, Verdict, builtin, validate};
use iso_probe::IsoFacts;

/// All recipes, by priority.
#[derive(Debug, Clone)]
pub struct Catalogue {
    recipes: Vec<Recipe>,
    /// What the booting recipes look for, for the last refusal.
    looked_for: String,
}

impl Catalogue {
    /// The recipes that come with this crate.
    ///
    /// # Panics
    /// Never: a test loads them.
    pub fn builtin() -> Self {
        Self::load(builtin::FILES.iter().copied())
            .expect("OK to unwrap: the files are constants, and a test loads them")
    }

    /// A catalogue of `(file name, text)` pairs.
    ///
    /// # Errors
    /// A file that is no recipe, a tie, or no recipe for what the others leave.
    pub fn load<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Error> {
        let recipes = validate::recipes(files)?;
        let looked_for: Vec<String> =
            recipes.iter().filter(|r| !r.is_refusal()).map(|r| conditions(&r.when)).collect();
        Ok(Self { recipes, looked_for: looked_for.join("; ") })
    }

    /// The recipes, in the order in which they are tried.
    pub fn recipes(&self) -> &[Recipe] {
        &self.recipes
    }

    /// What the first recipe that fits says about an ISO. `stem` is the ISO's file name without
    /// directory and extension, for titles.
    pub fn recognise(&self, facts: &IsoFacts, stem: &str, available: &Available) -> Verdict {
        let fitting = |recipe: &Recipe| {
            let why = why(&recipe.when, facts)?;
            self.verdict(recipe, why, facts, stem, available)
        };
        self.recipes.iter().find_map(fitting).expect(
            "OK to unwrap: `load` makes sure that the last recipe has no conditions, so that `why` \
             holds, and is a refusal, which `verdict` always gives",
        )
    }

    /// What the recipe called `id` says, whatever its conditions: the user knows better. The
    /// files that it starts have to be there all the same.
    ///
    /// # Errors
    /// No recipe is called so, or the ISO does not have the files.
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
        let why = "is to be booted by this recipe, says the spec".to_owned();
        self.verdict(recipe, why, facts, stem, available).ok_or_else(|| Error::DoesNotFit {
            recipe: id.to_owned(),
            wanted: recipe.boot.iter().map(wanted).collect::<Vec<_>>().join(", or "),
        })
    }

    /// What `recipe` makes of the ISO; `None` when files that it starts are missing.
    fn verdict(
        &self,
        recipe: &Recipe,
        why: String,
        facts: &IsoFacts,
        stem: &str,
        available: &Available,
    ) -> Option<Verdict> {
        // Which placeholders a text may have was checked when it was loaded.
        let text = |text: &str| {
            let value = |name: &str| match name {
                "volume_id" if facts.volume_id.is_empty() => Some(stem),
                "volume_id" => Some(facts.volume_id.as_str()),
                "stem" => Some(stem),
                "looked_for" => Some(self.looked_for.as_str()),
                _ => None,
            };
            expand(text, value).unwrap_or_else(|_| text.to_owned())
        };
        let title = text(&recipe.title);
        let refused = |reason, suggestion| {
            Some(Verdict::Refused {
                recipe: recipe.id.clone(),
                title: title.clone(),
                reason,
                suggestion,
            })
        };
        if let Some(refusal) = &recipe.refuse {
            return refused(text(&refusal.reason), text(&refusal.suggestion));
        }
        let possible: Vec<(&Method, Boot)> =
            recipe.boot.iter().filter_map(|m| Some((m, m.on(facts)?))).collect();
        if possible.is_empty() {
            return None;
        }
        let usable = possible.into_iter().find(|(_, b)| available.memdisk || !b.needs_memdisk());
        let Some((method, boot)) = usable else {
            return refused(
                format!(
                    "{title} can only be started with syslinux's memdisk, which is not at hand"
                ),
                "install the package syslinux-common, which has memdisk, and build again"
                    .to_owned(),
            );
        };
        let mut warnings: Vec<String> = method.warning().map(str::to_owned).into_iter().collect();
        if facts.truncated_listing {
            warnings.push("the ISO has more files than were looked at".to_owned());
        }
        Some(Verdict::Boots(Recognised {
            recipe: recipe.id.clone(),
            title,
            class: recipe.class.clone(),
            why,
            evidence: recipe.evidence,
            boot,
            warnings,
        }))
    }
}

impl Method {
    /// The files it starts, as this ISO spells them; `None` when one is missing.
    fn on(&self, facts: &IsoFacts) -> Option<Boot> {
        let first = |candidates: &[Marker]| {
            candidates.iter().find_map(|c| c.find(facts)).map(str::to_owned)
        };
        Some(match self {
            Self::Linux { kernel, initrds, args, .. } => Boot::Linux {
                kernel: first(kernel)?,
                initrds: initrds.iter().map(|i| first(i)).collect::<Option<_>>()?,
                args: args.clone(),
            },
            Self::Linux16 { kernel, initrd, args, .. } => Boot::Linux16 {
                kernel: first(kernel)?,
                initrd: if initrd.is_empty() { None } else { Some(first(initrd)?) },
                args: args.clone(),
            },
            Self::Memdisk { inside, args, .. } => Boot::Memdisk {
                image: if inside.is_empty() {
                    MemdiskImage::WholeIso
                } else {
                    MemdiskImage::Inside(first(inside)?)
                },
                args: args.clone(),
            },
        })
    }
}

/// Why `when` holds for `facts`, as the rest of a sentence; `None` when it does not.
fn why(when: &When, facts: &IsoFacts) -> Option<String> {
    if when.size_at_most.is_some_and(|most| facts.file_size_bytes > most)
        || when.none.iter().any(|m| m.find(facts).is_some())
    {
        return None;
    }
    let mut found = Vec::new();
    for marker in &when.all {
        found.push(marker.why(marker.find(facts)?));
    }
    if !when.any.is_empty() {
        found.push(when.any.iter().find_map(|m| Some(m.why(m.find(facts)?)))?);
    }
    Some(match found.as_slice() {
        [] => "is left over by every recipe".to_owned(),
        [all @ .., last] if !all.is_empty() => format!("has {} and {last}", all.join(", ")),
        one => format!("has {}", one.concat()),
    })
}

/// The positive conditions, for a person who wonders why their ISO was refused.
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

/// The files a method starts.
fn wanted(method: &Method) -> String {
    let files: Vec<String> = method
        .files()
        .iter()
        .map(|c| c.iter().map(Marker::to_string).collect::<Vec<_>>().join(" or "))
        .collect();
    files.join(" with ")
}
