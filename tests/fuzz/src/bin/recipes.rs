//! Facts as a hostile ISO would like them: the recipe that is chosen, the entry, and all of
//! grub.cfg. Whatever is in them, GRUB's reader finds the commands of an honest menu only, and the
//! files that the recipe named.
#![no_main]

use boot_recipes::{Available, Boot, Catalogue, Verdict};
use fuzz::Seeds;
use fuzz::facts::{catalogue_of, from_input, plan, to_input};
use iso_probe::IsoFacts;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use testbench::grub_tokenizer::{self, tokenize};

/// The facts that recipes are tested with, by their names.
fn isos() -> BTreeMap<String, IsoFacts> {
    testbench::known_isos()
}

fn seeds() -> Seeds {
    let input = |(name, facts): (String, IsoFacts)| {
        let bytes = to_input(&format!("{name}.iso"), &facts);
        (name, bytes)
    };
    isos().into_iter().map(input).collect()
}

fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(Catalogue::builtin)
}

/// The first words of all lines of the menus of known ISOs.
fn known() -> &'static BTreeSet<String> {
    static KNOWN: OnceLock<BTreeSet<String>> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let menus = isos().into_iter().filter_map(|(name, facts)| {
            Some(plan(&format!("{name}.iso"), &facts, catalogue()).ok()?.grub_cfg)
        });
        let words = menus.flat_map(|text| lines(&text)).filter_map(|line| line.into_iter().next());
        words.collect()
    })
}

fn lines(text: &str) -> Vec<Vec<String>> {
    tokenize(text, &|name| format!("<{name}>")).unwrap_or_else(|e| panic!("{e}:\n{text}"))
}

/// GRUB's name for a file that an entry loads: of the ISO, or of an EFI image in it.
fn loaded(path: &str, facts: &IsoFacts) -> String {
    let inside =
        facts.efi_images.keys().find_map(|image| path.strip_prefix(image)?.strip_prefix(':'));
    inside.map_or_else(|| format!("(loop){path}"), |inside| format!("(efiimage){inside}"))
}

fuzz::target!(seeds, |input| {
    let (name, facts) = from_input(input);
    let verdict = catalogue().recognise(&facts, &name, &Available { memdisk: true });
    // A key carries all recipes, for ISOs that are copied onto it later: this one is enough.
    let plan = match plan(&name, &facts, &catalogue_of(&verdict)) {
        Ok(plan) => plan,
        Err(error) => {
            let text = error.to_string();
            assert!(
                !matches!(error, key_plan::Error::Menu(_)),
                "an entry nobody can write: {text}"
            );
            // A refusal has a line for what was found and one for what to do instead.
            assert!(!text.is_empty() && text.lines().count() <= 3, "{text:?}");
            assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
            return;
        }
    };
    let lines = lines(&plan.grub_cfg);
    for line in &lines {
        let first = line.first().map_or("", String::as_str);
        assert!(known().contains(first), "{line:?} of\n{}", plan.grub_cfg);
    }
    if let Verdict::Boots(found) = verdict
        && let Boot::Linux { kernel, initrds, .. } = &found.boot
    {
        let loads = |command: &str, files: &[String]| {
            let mut lines = lines.iter().map(|line| grub_tokenizer::command(line));
            lines.any(|l| l.first().is_some_and(|c| c == command) && l[1..].starts_with(files))
        };
        assert!(loads("linux", &[loaded(kernel, &facts)]), "{kernel:?}");
        let files: Vec<String> = initrds.iter().map(|i| loaded(i, &facts)).collect();
        assert!(files.is_empty() || loads("initrd", &files), "{initrds:?}");
    }
    // What `bootkey plan` prints.
    let text = key_plan::text(&plan);
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
});
