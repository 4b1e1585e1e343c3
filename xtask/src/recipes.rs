//! `cargo xtask recipes`: checks the recipes against each other, against the known ISOs and against
//! the table in the documentation.

use boot_recipes::{Available, Brand, Catalogue, EvidenceRank, Recipe, RecipeEvidence, Verdict};
use iso_probe::IsoFacts;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::prove::{self, Proven};
use crate::sh::{self, Error};

const RECIPES: &str = "crates/boot-recipes/recipes";
const FACTS: &str = "crates/boot-recipes/tests/facts";
/// The folders in [`FACTS`]: one with the facts of real ISO files, one with those from
/// descriptions.
const RECORDED: &str = "recorded";
const DESCRIBED: &str = "described";
const GOLDEN: &str = "crates/boot-recipes/tests/snapshots";
const TABLE: &str = "docs/isos.md";

/// Options of `recipes`.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct Options {
    /// Write docs/isos.md instead of comparing it
    #[arg(long)]
    write: bool,
}

/// Checks everything.
///
/// # Errors
/// An error that names all that is wrong.
pub fn run(options: &Options) -> Result<(), Error> {
    let root = sh::root();
    // Read from the folder, not compiled in, so that a new file counts at once.
    let files = texts(&root.join(RECIPES), "")?;
    let files = files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let catalogue = Catalogue::load(files).map_err(|e| Error::Objection(e.to_string()))?;
    let known = Known { recorded: facts(RECORDED)?, described: facts(DESCRIBED)? };
    let golden: BTreeSet<String> = texts(&root.join(GOLDEN), "")?.into_keys().collect();
    let proven = prove::proven()?;
    let mut complaints = complaints(&catalogue, &known, &golden);
    complaints.extend(unproven(&catalogue, &proven));
    let table = table(&catalogue, &known, &proven);
    let path = root.join(TABLE);
    if options.write {
        std::fs::write(&path, &table).map_err(Error::io(&path))?;
    } else if std::fs::read_to_string(&path).ok().as_deref() != Some(&table) {
        complaints
            .push(format!("{TABLE} is not what the recipes say; `cargo xtask recipes --write`"));
    }
    if !complaints.is_empty() {
        return Err(Error::Objection(complaints.join("\n")));
    }
    println!(
        "{} recipes, {} brands; {} recorded ISOs, {} described ones: all decided, none in two ways",
        catalogue.recipes().len(),
        catalogue.brands().len(),
        known.recorded.len(),
        known.described.len()
    );
    Ok(())
}

/// The facts of ISOs by their names.
#[derive(Debug, Default)]
struct Known {
    recorded: BTreeMap<String, IsoFacts>,
    described: BTreeMap<String, IsoFacts>,
}

impl Known {
    fn all(&self) -> impl Iterator<Item = (&String, &IsoFacts)> {
        self.recorded.iter().chain(&self.described)
    }
}

/// The facts in a folder of [`FACTS`].
fn facts(folder: &str) -> Result<BTreeMap<String, IsoFacts>, Error> {
    let mut facts = BTreeMap::new();
    for (name, text) in texts(&sh::root().join(FACTS).join(folder), "")? {
        let read = serde_json::from_str(&text);
        let read = read.map_err(|e| Error::Objection(format!("{FACTS}/{folder}/{name}: {e}")))?;
        facts.insert(name.trim_end_matches(".json").to_owned(), read);
    }
    Ok(facts)
}

/// The text files below a folder, by their path in it.
fn texts(folder: &Path, below: &str) -> Result<BTreeMap<String, String>, Error> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(Error::io(folder))? {
        let path = entry.map_err(Error::io(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            found.extend(texts(&path, &format!("{below}{name}/"))?);
        } else {
            let text = std::fs::read_to_string(&path).map_err(Error::io(&path))?;
            found.insert(format!("{below}{name}"), text);
        }
    }
    Ok(found)
}

fn decide<'c>(
    catalogue: &'c Catalogue,
    facts: &IsoFacts,
    name: &str,
) -> (&'c Recipe, Option<&'c Brand>) {
    let verdict = catalogue.recognise(facts, name, &Available { memdisk: true });
    let (recipe, brand) = match &verdict {
        Verdict::Boots(found) => (&found.recipe, found.brand.as_ref()),
        Verdict::Refused { recipe, .. } => (recipe, None),
    };
    let last = catalogue.recipes().len().saturating_sub(1);
    let named = catalogue.recipes().iter().find(|r| r.id() == recipe);
    let brand = catalogue.brands().iter().find(|b| brand.is_some_and(|id| id == b.id()));
    (named.unwrap_or(&catalogue.recipes()[last]), brand)
}

/// The complaints beyond those of loading the recipes.
fn complaints(catalogue: &Catalogue, known: &Known, golden: &BTreeSet<String>) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut decided = BTreeSet::new();
    for name in known.recorded.keys().filter(|name| known.described.contains_key(*name)) {
        complaints.push(format!("{name}: is both in {FACTS}/{RECORDED} and in {DESCRIBED}"));
    }
    for (name, one) in known.all() {
        let (recipe, _) = decide(catalogue, one, name);
        decided.insert(recipe.id());
        if !golden.contains(&format!("verdicts__{name}.snap")) {
            complaints.push(format!("{name}: no golden verdict in {GOLDEN}"));
        }
        let mut fitting: Vec<u32> = catalogue
            .recipes()
            .iter()
            .filter(|r| catalogue.fitting(one).any(|id| id == r.id()))
            .map(Recipe::priority)
            .collect();
        let all = fitting.len();
        fitting.dedup();
        if fitting.len() != all {
            complaints.push(format!("{name}: two recipes fit with the same priority"));
        }
    }
    for recipe in catalogue.recipes().iter().filter(|r| !decided.contains(r.id())) {
        complaints.push(format!("{}: no ISO in {FACTS} is decided by it", recipe.id()));
    }
    for file in golden {
        // Only snapshots of verdicts belong to ISOs; other tests have theirs in the same folder.
        let Some(name) = file.strip_prefix("verdicts__") else { continue };
        let name = name.trim_end_matches(".snap");
        if known.all().all(|(other, _)| other != name) {
            complaints.push(format!("{GOLDEN}/{file}: of no known ISO"));
        }
    }
    complaints
}

/// The complaints about recipes that claim more than is proven, and about proofs of no recipe.
fn unproven(catalogue: &Catalogue, proven: &Proven) -> Vec<String> {
    let claims = |recipe: &&Recipe| matches!(recipe.evidence(), RecipeEvidence::Booted);
    let unproven = (catalogue.recipes().iter().filter(claims))
        .filter(|recipe| !proven.contains_key(recipe.id()))
        .map(|recipe| {
            format!("{}: claims to be booted, and {} has no proof", recipe.id(), prove::PROOF)
        });
    let is_known = |id: &&String| catalogue.recipes().iter().any(|recipe| recipe.id() == *id);
    let unknown = proven.keys().filter(|id| !is_known(id));
    unproven.chain(unknown.map(|id| format!("{id}: in {}, and no recipe", prove::PROOF))).collect()
}

/// The evidence of a recipe: what of it is proven, and what else is believed.
fn evidence(recipe: &Recipe, proven: &Proven) -> String {
    let word = word(recipe.evidence());
    let Some(isos) = proven.get(recipe.id()) else { return word.to_owned() };
    let isos = isos.iter().map(|(iso, on)| format!("{iso} ({})", on.join(", ")));
    let booted = format!("booted: {}", isos.collect::<Vec<_>>().join(", "));
    match recipe.evidence() {
        RecipeEvidence::Booted => booted,
        _ => format!("{booted}; others: {word}"),
    }
}

/// The table of recognised ISOs for the documentation.
fn table(catalogue: &Catalogue, known: &Known, proven: &Proven) -> String {
    let mut out = format!(
        "# Which ISOs boot from a key\n\n\
         Made from the recipes by `cargo xtask recipes --write`; changes belong in\n\
         `crates/boot-recipes/recipes`. Evidence, from the best down: *booted*, by `bootkey try --all`: the ISOs\n\
         and the firmware (the proof itself: [isos-proof.json](isos-proof.json)) · *engine booted*: the system's own initrd code was booted by hand from an entry of this\n\
         project's, with a stand-in for the rest (QEMU, BIOS, November 2026) · read in the *source* of what\n\
         boots · *reported* by people or shipped by a multiboot project. What is not *booted* may need\n\
         another parameter in some release; tell us.\n\n\
         *Certain from* is the kind of evidence in an ISO that settles the recipe: names in its *initrd*,\n\
         *headers* of kernels, parameters in its *menu*, *paths*, its *label*. With less, a recipe with\n\
         better evidence decides.\n\n\
         Each kind is tested with ISOs. {} are *recorded*: real ISO files were read. {} are *described*:\n\
         by hand, as far as recipes look at them, after what is known of the real ones.\n\n\
         ## Kinds that boot\n\n\
         | kind | recorded ISOs | described ISOs | certain from | evidence | why we believe it | where to check |\n\
         |---|---|---|---|---|---|---|\n",
        known.recorded.len(),
        known.described.len(),
    );
    let by_recipe = |facts: &BTreeMap<String, IsoFacts>| {
        let mut of: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, one) in facts {
            let (recipe, brand) = decide(catalogue, one, name);
            let better = brand.and_then(Brand::evidence).map(|e| format!(" ({})", word(e)));
            let shown = format!("{name}{}", better.unwrap_or_default());
            of.entry(recipe.id().to_owned()).or_default().push(shown);
        }
        move |r: &Recipe| of.get(r.id()).map(|names| names.join(", ")).unwrap_or_default()
    };
    let (recorded, described) = (by_recipe(&known.recorded), by_recipe(&known.described));
    for recipe in catalogue.recipes().iter().filter(|r| !r.is_refusal()) {
        let (evidence, because) = (&*evidence(recipe, proven), recipe.because());
        let places = recipe.places().join("; ");
        let certain = rank(recipe.certain());
        let (recorded, described) = (recorded(recipe), described(recipe));
        let row = [recipe.id(), &recorded, &described, certain, evidence, because, &places];
        out.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    out.push_str(
        "\n## Kinds that are refused, with the reason\n\n\
         | kind | recorded ISOs | described ISOs | certain from | reason | instead | where to check |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for recipe in catalogue.recipes() {
        let Some((reason, suggestion)) = recipe.refusal() else { continue };
        out.push_str(&format!(
            "| {} | {} | {} | {} | {reason} | {suggestion} | {} |\n",
            recipe.id(),
            recorded(recipe),
            described(recipe),
            rank(recipe.certain()),
            recipe.places().join("; ")
        ));
    }
    out.push_str(
        "\n## Brands that are known by name\n\n\
         | brand | evidence, if better than its kind's | where to check |\n|---|---|---|\n",
    );
    let mut brands: Vec<[String; 3]> = (catalogue.brands().iter())
        .map(|b| {
            let evidence = b.evidence().map(|e| format!("{}: {}", word(e), b.because()));
            let title = b.title().replace(" {version}", "");
            [title, evidence.unwrap_or_default(), b.places().join("; ")]
        })
        .collect();
    brands.sort();
    for row in brands {
        out.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    out
}

fn word(evidence: RecipeEvidence) -> &'static str {
    match evidence {
        RecipeEvidence::Booted => "booted",
        RecipeEvidence::EngineBooted => "engine booted",
        RecipeEvidence::Source => "source",
        RecipeEvidence::Reported => "reported",
        _ => "–",
    }
}

fn rank(rank: EvidenceRank) -> &'static str {
    match rank {
        EvidenceRank::Initrd => "initrd",
        EvidenceRank::Headers => "headers",
        EvidenceRank::Menu => "menu",
        EvidenceRank::Paths => "paths",
        _ => "label",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_very_catalogue_passes() {
        run(&Options::default()).unwrap();
    }

    #[test]
    fn what_is_missing_is_named() {
        let catalogue = Catalogue::builtin();
        let all =
            complaints(&catalogue, &Known::default(), &BTreeSet::from(["verdicts__x.snap".into()]));
        assert!(all.iter().any(|c| c.starts_with("casper: no ISO")), "{all:?}");
        assert!(all.iter().any(|c| c.ends_with("x.snap: of no known ISO")), "{all:?}");
        let proven = Proven::from([("no-such-recipe".to_owned(), BTreeMap::default())]);
        let all = unproven(&catalogue, &proven);
        assert!(all.iter().any(|c| c.starts_with("ipxe: claims to be booted")), "{all:?}");
        assert!(all.iter().any(|c| c.starts_with("no-such-recipe: in ")), "{all:?}");
        let described = BTreeMap::from([("data".to_owned(), IsoFacts::default())]);
        let recorded = described.clone();
        let all = complaints(&catalogue, &Known { recorded, described }, &BTreeSet::new());
        assert!(all[0].starts_with("data: is both"), "{all:?}");
        assert!(all.contains(&format!("data: no golden verdict in {GOLDEN}")), "{all:?}");
    }
}
