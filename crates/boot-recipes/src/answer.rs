//! How a recipe answers about an ISO, step by step.

use crate::brand::Brand;
use crate::candidate::{Candidate, Reason};
use crate::evidence::{Shown, contradicted, initrds, rank, shown};
use crate::filesystems::readable;
use crate::fits::fits;
use crate::marker::glob;
use crate::recipe::{AutoinstallRow, Engine, Recipe, Refusal, UefiRow, When};
use crate::template::expand;
use crate::title::{self, blanks_once, version};
use crate::usable_method::{UsableMethod, usable_method};
use crate::{
    Answers, Arg, Autoinstall, Available, Boot, Catalogue, Persistence, Recognised, Variant,
    Verdict, args, refusal,
};
use grub_config::spelled_out;
use iso_probe::{IsoFacts, Machine};
use std::collections::BTreeMap;

/// The advice about an ISO whose initrd cannot find it.
const OTHER_RELEASE: &str = "take a newer release of it, or write this ISO to a key of its own, as \
                             its makers describe";

impl Catalogue {
    /// The answer of `recipe` about an ISO; `None` if the ISO lacks files that the recipe starts,
    /// or if its initrds hold another engine than the recipe's.
    pub(crate) fn candidate<'c>(
        &'c self,
        recipe: &'c Recipe,
        reason: Reason,
        facts: &IsoFacts,
        stem: &str,
        available: &Available,
    ) -> Option<Candidate<'c>> {
        let question = Question::new(self, recipe, facts, stem);
        if let Some(refusal) = &recipe.refuse {
            return Some(question.refused_by(refusal));
        }
        // What the spec asks for is tried, whatever the initrd says.
        let engine = recipe.initrd.as_ref().filter(|_| !matches!(reason, Reason::Forced));
        let possible = question.possible_methods(engine);
        if possible.is_empty() {
            return None;
        }
        let mut possible = possible.into_iter();
        let usable = possible.find(|p| available.memdisk || !p.boot.needs_memdisk());
        let Some(method) = usable else { return Some(question.lacks_memdisk()) };
        if let Some(engine) = engine.filter(|e| question.lacks_hook(e, &method.boot)) {
            let reason = question.text(&engine.without);
            return Some(question.refused(reason, OTHER_RELEASE.to_owned(), Some(method.boot)));
        }
        Some(question.boots(method, reason))
    }
}

/// The question to a recipe: whether and how an ISO boots.
struct Question<'c, 'f> {
    catalogue: &'c Catalogue,
    recipe: &'c Recipe,
    brand: Option<&'c Brand>,
    facts: &'f IsoFacts,
    /// The ISO's file name without directory and extension.
    stem: &'f str,
}

impl<'c, 'f> Question<'c, 'f> {
    fn new(
        catalogue: &'c Catalogue,
        recipe: &'c Recipe,
        facts: &'f IsoFacts,
        stem: &'f str,
    ) -> Self {
        let brand = catalogue.brands().iter().find(|b| fits(&b.when, facts).why().is_some());
        Self { catalogue, recipe, brand, facts, stem }
    }

    /// A text of the recipe about this ISO.
    fn text(&self, text: &str) -> String {
        let Self { brand, facts, stem, .. } = *self;
        let volume_id = if facts.volume_id.is_empty() { stem } else { &facts.volume_id };
        let version = || version(facts, stem).unwrap_or_default();
        // Loading the recipe has checked that the text has no other placeholders.
        let value = |name: &str| match name {
            "volume_id" => Some(volume_id.to_owned()),
            "name" => Some(title::name(brand, volume_id, facts, stem)),
            "stem" => Some(stem.to_owned()),
            "version" => Some(version()),
            _ => None,
        };
        expand(text, value).map_or_else(|_| text.to_owned(), |t| blanks_once(&t))
    }

    fn title(&self) -> String {
        self.text(&self.recipe.title)
    }

    /// Whether the recipe is the last one, for ISOs about which there is nothing better to say.
    fn is_last(&self) -> bool {
        self.recipe.when == When::default()
    }

    fn refused(&self, reason: String, suggestion: String, boot: Option<Boot>) -> Candidate<'c> {
        let Self { catalogue, recipe, facts, .. } = *self;
        let (title, found) = (self.title(), refusal::found(facts));
        let [title, reason, found, suggestion] =
            [&title, &reason, &found, &suggestion].map(|text| spelled_out(text));
        let looked_for = if self.is_last() { catalogue.looked_for.clone() } else { String::new() };
        let id = recipe.id.clone();
        let verdict = Verdict::Refused { recipe: id, title, reason, found, suggestion, looked_for };
        Candidate { recipe, rank: rank(recipe, boot.as_ref(), facts), boot, verdict }
    }

    /// The answer of a recipe that refuses whatever fits it.
    fn refused_by(&self, refusal: &Refusal) -> Candidate<'c> {
        let own = if self.is_last() { refusal::reason(self.facts) } else { None };
        let reason = own.unwrap_or_else(|| self.text(&refusal.reason));
        self.refused(reason, self.text(&refusal.suggestion), None)
    }

    fn lacks_memdisk(&self) -> Candidate<'c> {
        let title = self.title();
        self.refused(
            format!("{title} can only be started with syslinux's memdisk, which is not at hand"),
            "install the package syslinux-common, which has memdisk, and build again".to_owned(),
            None,
        )
    }

    /// The recipe's methods for which the ISO has all files. Those whose initrds hold another
    /// engine than `engine` are left out.
    fn possible_methods(&self, engine: Option<&Engine>) -> Vec<UsableMethod> {
        let Self { recipe, brand, facts, .. } = *self;
        let engines = self.catalogue.recipes().iter().filter_map(|r| r.initrd.as_ref());
        let others: Vec<&Engine> = engines
            .filter(|other| recipe.initrd.as_ref().is_some_and(|own| own.names != other.names))
            .collect();
        let is_other =
            |boot: &Boot| engine.is_some_and(|e| contradicted(e, &others, initrds(boot), facts));
        let methods = recipe.boot.iter();
        methods
            .filter_map(|m| usable_method(m, recipe, brand, (engine, &others), facts))
            .filter(|method| !is_other(&method.boot))
            .collect()
    }

    /// Whether the initrds have the engine, but not its part that finds the ISO.
    fn lacks_hook(&self, engine: &Engine, boot: &Boot) -> bool {
        let of = |names| shown(names, initrds(boot), self.facts);
        !engine.iso_hook.is_empty()
            && of(&engine.names) == Shown::Yes
            && of(&engine.iso_hook) == Shown::No
    }

    /// The answer that the ISO boots by `method`.
    fn boots(&self, method: UsableMethod, reason: Reason) -> Candidate<'c> {
        let Self { recipe, brand, facts, stem, .. } = *self;
        let known = readable(recipe, &initrds(&method.boot), facts);
        let warnings = self.warnings(&method, known.warning.as_deref());
        let args = |texts: &[String]| -> Vec<Arg> { args::args(texts, facts) };
        let rank = rank(recipe, Some(&method.boot), facts);
        let why = match reason {
            Reason::Fits(why) => why,
            Reason::Forced => "is to be booted by this recipe, says the spec".to_owned(),
        };
        let boot = Some(method.boot.clone());
        let verdict = Verdict::Boots(Box::new(Recognised {
            recipe: recipe.id.clone(),
            brand: brand.map(|b| b.id.clone()),
            title: self.title(),
            class: brand.map_or(&recipe.class, |b| &b.class).clone(),
            why: spelled_out(&why),
            evidence: brand.and_then(|b| b.evidence).unwrap_or(recipe.evidence),
            boot: method.boot,
            uefi: recipe.uefi.iter().flat_map(|row| efi_programs(row, facts)).collect(),
            follows: method.follows.as_deref().map(spelled_out),
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
            warnings,
        }));
        Candidate { recipe, rank, boot, verdict }
    }

    /// The warnings about an ISO that boots; `file_system` is the one about the file system that it
    /// may lie on.
    fn warnings(&self, method: &UsableMethod, file_system: Option<&str>) -> Vec<String> {
        let Self { recipe, brand, facts, .. } = *self;
        let mut warnings = method.warnings.clone();
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
        if matches!(method.boot, Boot::Linux { .. }) {
            warnings.extend(menus_without_entries(facts));
        }
        warnings.extend(file_system.map(str::to_owned));
        warnings.iter().map(|text| spelled_out(text)).collect()
    }
}

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
