//! The catalogue: all recipes, in their order, and what they say about an ISO.

use crate::brand::{Brand, version};
use crate::candidate::{Candidate, Reason};
use crate::evidence::{Shown, contradicted, initrds, rank, shown};
use crate::filesystems::readable;
use crate::fits::fits;
use crate::marker::{Marker, glob};
use crate::recipe::{AutoinstallRow, BootMethod, Engine, Recipe, UefiRow, When};
use crate::template::expand;
use crate::usable_method::usable_method;
use crate::{
    Answers, Arg, Autoinstall, Available, Boot, Error, Persistence, Recognised, Variant, Verdict,
    args, builtin, refusal, validate,
};
use grub_config::spelled_out;
use iso_probe::{IsoFacts, Machine};
use std::collections::BTreeMap;

/// All recipes and brands, ordered by priority.
#[derive(Debug, Clone)]
pub struct Catalogue {
    recipes: Vec<Recipe>,
    brands: Vec<Brand>,
    /// The conditions of the recipes that boot, in words, for the last recipe's refusal.
    looked_for: String,
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

    /// The answer of `recipe` about an ISO; `None` if the ISO lacks files that the recipe starts,
    /// or has them with another engine in the initrds.
    pub(crate) fn candidate<'c>(
        &'c self,
        recipe: &'c Recipe,
        reason: Reason,
        facts: &IsoFacts,
        stem: &str,
        available: &Available,
    ) -> Option<Candidate<'c>> {
        let brand = self.brands.iter().find(|b| fits(&b.when, facts).why().is_some());
        let volume_id = if facts.volume_id.is_empty() { stem } else { &facts.volume_id };
        let version = || version(facts, stem).unwrap_or_default();
        let known_as = brand.map_or_else(
            || volume_id.to_owned(),
            |b| blanks_once(&b.title.replace("{version}", &version())),
        );
        // Loading the recipe has checked that the text has no other placeholders.
        let text = |text: &str| {
            let value = |name: &str| match name {
                "volume_id" => Some(volume_id.to_owned()),
                "name" => Some(known_as.clone()),
                "stem" => Some(stem.to_owned()),
                "version" => Some(version()),
                _ => None,
            };
            expand(text, value).map_or_else(|_| text.to_owned(), |t| blanks_once(&t))
        };
        let title = text(&recipe.title);
        let refused = |reason: String, suggestion: String, boot: Option<Boot>| {
            let found = refusal::found(facts);
            let [title, reason, found, suggestion] =
                [&title, &reason, &found, &suggestion].map(|text| spelled_out(text));
            let last = recipe.when == When::default();
            let looked_for = if last { self.looked_for.clone() } else { String::new() };
            let id = recipe.id.clone();
            let verdict =
                Verdict::Refused { recipe: id, title, reason, found, suggestion, looked_for };
            let rank = rank(recipe, boot.as_ref(), facts);
            Some(Candidate { recipe, rank, boot, verdict })
        };
        if let Some(refusal) = &recipe.refuse {
            // The last recipe's own words are for ISOs about which there is nothing better to say.
            let own = Some(facts).filter(|_| recipe.when == When::default());
            let reason = own.and_then(refusal::reason).unwrap_or_else(|| text(&refusal.reason));
            return refused(reason, text(&refusal.suggestion), None);
        }
        let others: Vec<&Engine> = (self.recipes.iter().filter_map(|r| r.initrd.as_ref()))
            .filter(|other| recipe.initrd.as_ref().is_some_and(|own| own.names != other.names))
            .collect();
        // What the spec asks for is tried, whatever the initrd says.
        let forced = matches!(reason, Reason::Forced);
        let engine = recipe.initrd.as_ref().filter(|_| !forced);
        let engines = (engine, &others[..]);
        let ways =
            recipe.boot.iter().filter_map(|m| usable_method(m, recipe, brand, engines, facts));
        let is_other =
            |boot: &Boot| engine.is_some_and(|e| contradicted(e, &others, initrds(boot), facts));
        let possible: Vec<_> = ways.filter(|way| !is_other(&way.boot)).collect();
        if possible.is_empty() {
            return None;
        }
        let usable = possible.into_iter().find(|p| available.memdisk || !p.boot.needs_memdisk());
        let Some(way) = usable else {
            return refused(
                format!(
                    "{title} can only be started with syslinux's memdisk, which is not at hand"
                ),
                "install the package syslinux-common, which has memdisk, and build again"
                    .to_owned(),
                None,
            );
        };
        let own = initrds(&way.boot);
        if let Some(engine) = engine
            && !engine.iso_hook.is_empty()
            && shown(&engine.names, own.iter().copied(), facts) == Shown::Yes
            && shown(&engine.iso_hook, own.iter().copied(), facts) == Shown::No
        {
            return refused(text(&engine.without), OTHER_RELEASE.to_owned(), Some(way.boot));
        }
        let mut warnings = way.warnings;
        warnings
            .extend(recipe.warnings.iter().chain(brand.iter().flat_map(|b| &b.warnings)).cloned());
        if facts.volume_size_bytes > facts.file_size_bytes {
            warnings.push(format!(
                "the ISO says that it has {} bytes more than its file; every file in it is whole",
                facts.volume_size_bytes - facts.file_size_bytes
            ));
        }
        if facts.truncated_listing {
            warnings.push("the ISO has more files than were looked at".to_owned());
        }
        if matches!(way.boot, Boot::Linux { .. }) {
            warnings.extend(menus_without_entries(facts));
        }
        let known = readable(recipe, &own, facts);
        warnings.extend(known.warning.iter().cloned());
        let args = |texts: &[String]| -> Vec<Arg> { args::args(texts, facts) };
        let rank = rank(recipe, Some(&way.boot), facts);
        let why = match reason {
            Reason::Fits(why) => why,
            Reason::Forced => "is to be booted by this recipe, says the spec".to_owned(),
        };
        let boot = Some(way.boot.clone());
        let verdict = Verdict::Boots(Box::new(Recognised {
            recipe: recipe.id.clone(),
            brand: brand.map(|b| b.id.clone()),
            title,
            class: brand.map_or(&recipe.class, |b| &b.class).clone(),
            why: spelled_out(&why),
            evidence: brand.and_then(|b| b.evidence).unwrap_or(recipe.evidence),
            boot: way.boot,
            uefi: recipe.uefi.iter().flat_map(|row| efi_programs(row, facts)).collect(),
            follows: way.follows.as_deref().map(spelled_out),
            filesystems: known.filesystems,
            unread_filesystems: known.unread,
            ext4_checksums: known.ext4_checksums,
            variants: (recipe.variant.iter())
                .map(|v| Variant { title: v.title.clone(), args: args(&v.args) })
                .collect(),
            persistence: recipe.persistence.as_ref().map(|p| Persistence {
                args: args(&p.args),
                label: p.label.clone(),
                directories: p.directories.clone(),
                files: p.files.clone(),
                storage: p.storage.clone(),
            }),
            autoinstall: recipe.autoinstall.as_ref().map(|row| autoinstall(row, facts, stem)),
            warnings: warnings.iter().map(|text| spelled_out(text)).collect(),
        }));
        Some(Candidate { recipe, rank, boot, verdict })
    }
}

/// The advice about an ISO whose initrd cannot find it.
const OTHER_RELEASE: &str = "take a newer release of it, or write this ISO to a key of its own, as \
                             its makers describe";

/// A warning for each of the ISO's menus that could not be read properly, if no menu has an entry
/// that starts Linux.
fn menus_without_entries(facts: &IsoFacts) -> impl Iterator<Item = String> {
    let menus = facts.configs.iter().filter(|_| facts.boot_entries.is_empty());
    menus.filter_map(|(path, menu)| {
        let trouble = menu.trouble.as_ref()?;
        Some(format!("no entry of its menu {path} was found to start Linux: {trouble}"))
    })
}

/// The way to install without questions that `row` means for the ISO file called `stem`.
fn autoinstall(row: &AutoinstallRow, facts: &IsoFacts, stem: &str) -> Autoinstall {
    let put = row.put.as_deref().map(|put| match put.split_once(':') {
        Some(("initrd", path)) => Answers::Initrd(path.to_owned()),
        Some((_, name)) => Answers::Isos(format!("/autoinstall/{stem}/{name}")),
        None => Answers::Cidata,
    });
    let value = |name: &str| match (name, &put) {
        ("answers", Some(Answers::Isos(path))) => Some(path.clone()),
        _ => args::known(name, facts),
    };
    let args = row.args.iter().filter_map(|text| Arg::template(text, value).ok()).collect();
    Autoinstall { args, put, answers: row.answers.clone() }
}

/// The EFI programs that `row` names and the ISO has, one for each processor.
fn efi_programs(row: &UefiRow, facts: &IsoFacts) -> BTreeMap<Machine, String> {
    let mut found = BTreeMap::new();
    for pattern in &row.programs {
        for (path, machine) in &facts.efi_programs {
            if glob(pattern, path) {
                found.entry(*machine).or_insert_with(|| path.clone());
            }
        }
    }
    found
}

/// The conditions that an ISO must meet, in words, for people who wonder why theirs was refused.
/// What it must not have is left out.
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

/// Words with one blank between them: a version that is not known leaves two.
fn blanks_once(text: &str) -> String {
    text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
