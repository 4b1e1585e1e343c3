//! The ways to start that recipes name are translated.
#![allow(clippy::disallowed_methods)] // a test reads files
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The recipes, a directory for each kind.
const RECIPES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../boot-recipes/recipes");

#[test]
fn every_way_of_a_recipe_is_translated() {
    let mut titles = BTreeSet::new();
    for kind in fs::read_dir(RECIPES).unwrap().map(Result::unwrap) {
        for recipe in fs::read_dir(kind.path()).unwrap().map(Result::unwrap) {
            titles.extend(ways_of(&recipe.path()));
        }
    }
    assert!(titles.contains("to RAM"), "{titles:?}");
    let known: BTreeSet<String> = menu_words::of("de").unwrap().ways.keys().cloned().collect();
    let missing: Vec<_> = titles.difference(&known).collect();
    assert!(missing.is_empty(), "no words in translations.toml for {missing:?}");
}

/// The titles of a recipe's variants.
fn ways_of(recipe: &Path) -> Vec<String> {
    let table: toml::Table = toml::from_str(&fs::read_to_string(recipe).unwrap()).unwrap();
    let variants =
        table.get("variant").and_then(toml::Value::as_array).cloned().unwrap_or_default();
    variants.iter().map(|v| v["title"].as_str().unwrap().to_owned()).collect()
}
