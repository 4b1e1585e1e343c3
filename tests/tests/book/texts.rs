//! The texts in TOML: specs, lists of keys, and a recipe.

use crate::markdown::{Page, pages, repository};
use boot_recipes::Catalogue;
use key_spec::{Spec, Variations};
use std::fs;

/// The recipes that bootkey has, by their files, and one more.
fn recipes_and(text: &str) -> Vec<(String, String)> {
    let mut all = vec![("engines/examplelinux.toml".to_owned(), text.to_owned())];
    for folder in ["brands", "engines", "installers", "refusals", "tools"] {
        let files = fs::read_dir(repository().join("crates/boot-recipes/recipes").join(folder));
        for file in files.unwrap().map(|entry| entry.unwrap()) {
            let name = format!("{folder}/{}", file.file_name().to_string_lossy());
            all.push((name, fs::read_to_string(file.path()).unwrap()));
        }
    }
    all
}

/// Whether such a text can be read as one of those, or why not as any.
fn read(text: &str) -> Result<(), String> {
    let spec = match Spec::parse("text", text) {
        Ok(_) => return Ok(()),
        Err(e) => e.to_string(),
    };
    if Variations::parse("text", text).is_ok() {
        return Ok(());
    }
    let files = recipes_and(text);
    let recipes = Catalogue::load(files.iter().map(|(name, text)| (&**name, &**text)));
    recipes.map(|_| ()).map_err(|recipe| format!("{text}\n{spec}\n{recipe}"))
}

#[test]
fn what_the_book_shows_in_toml_can_be_read() {
    let mut count = 0;
    // The records of decisions quote what never was.
    for (path, page) in pages().iter().filter(|(path, _)| !path.starts_with("docs/adr")) {
        for (_, text) in Page::read(page).code.iter().filter(|(language, _)| language == "toml") {
            read(text).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
            count += 1;
        }
    }
    assert!(count > 12, "{count}");
}

#[test]
fn texts_that_are_none_are_told() {
    read("[key]\nname = \"x\"\n").unwrap();
    read("[key]\nnames = \"x\"\n").unwrap_err();
    read("id = \"examplelinux\"\n").unwrap_err();
}
