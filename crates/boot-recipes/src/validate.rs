//! From files to recipes that cannot surprise anyone later.

use crate::Error;
use crate::recipe::{Recipe, When};
use crate::template::expand;
use grub_config::{Name, Word};
use std::collections::BTreeMap;

/// The recipes in `files`, by priority.
pub(crate) fn recipes<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<Recipe>, Error> {
    let mut by_priority: BTreeMap<u32, (&str, Recipe)> = BTreeMap::new();
    let mut ids: BTreeMap<String, &str> = BTreeMap::new();
    for (file, text) in files {
        let recipe: Recipe = toml::from_str(text).map_err(|e| Error::Syntax {
            file: file.to_owned(),
            message: e.to_string().trim_end().to_owned(),
        })?;
        check(&recipe).map_err(|what| Error::Invalid { file: file.to_owned(), what })?;
        let second = file.to_owned();
        if let Some(first) = ids.insert(recipe.id.clone(), file) {
            return Err(Error::SameId { id: recipe.id, first: first.to_owned(), second });
        }
        let priority = recipe.priority;
        if let Some((first, _)) = by_priority.insert(priority, (file, recipe)) {
            return Err(Error::Tie { priority, first: first.to_owned(), second });
        }
    }
    let last_resort = |r: &Recipe| r.when == When::default() && r.is_refusal();
    match by_priority.last_key_value() {
        Some((_, (_, recipe))) if last_resort(recipe) => {}
        last => {
            let last = last.map_or("nothing", |(_, (file, _))| file).to_owned();
            return Err(Error::NoLastResort { last });
        }
    }
    Ok(by_priority.into_values().map(|(_, recipe)| recipe).collect())
}

/// What is wrong with a recipe by itself.
fn check(recipe: &Recipe) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !recipe.id.starts_with(|c: char| c.is_ascii_lowercase()) || !recipe.id.chars().all(plain) {
        return Err(format!("the id `{}` is not lower-case letters, digits and `-`", recipe.id));
    }
    Name::new(&recipe.class).map_err(|e| e.to_string())?;
    let check_text = |text: &str, names: &[&str]| {
        if text.trim().is_empty() {
            return Err("a text is empty".to_owned());
        }
        Word::literal(text).map_err(|e| e.to_string())?;
        expand(text, |name| names.contains(&name).then_some("x")).map(|_| ())
    };
    check_text(&recipe.title, &["volume_id", "stem"])?;
    match (&recipe.refuse, recipe.boot.is_empty()) {
        (Some(_), false) => return Err("it has both `refuse` and `boot`".to_owned()),
        (None, true) => return Err("it has neither `refuse` nor `boot`".to_owned()),
        (Some(refusal), true) => {
            check_text(&refusal.reason, &["volume_id", "stem", "looked_for"])?;
            check_text(&refusal.suggestion, &["volume_id", "stem"])?;
        }
        (None, false) => {}
    }
    if recipe.refuse.is_none() && recipe.when.all.is_empty() && recipe.when.any.is_empty() {
        return Err(
            "it boots ISOs that have nothing in common: `when` needs `all` or `any`".to_owned()
        );
    }
    for method in &recipe.boot {
        for arg in method.args() {
            check_text(arg, &[])?;
        }
        for candidates in method.files() {
            if candidates.is_empty() {
                return Err("a list of files to start is empty".to_owned());
            }
            if let Some(other) = candidates.iter().find(|c| !c.is_file()) {
                return Err(format!("`{other}` is no file that could be started"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Catalogue;

    const LAST: (&str, &str) = ("last.toml", include_str!("../recipes/unknown.toml"));
    const GOOD: &str = include_str!("../recipes/ipxe.toml");

    fn load(text: &str) -> Result<Vec<Recipe>, Error> {
        recipes([("x.toml", text), LAST])
    }

    #[test]
    fn mistakes_are_found_when_loading() {
        assert!(load(GOOD).is_ok());
        let boot = GOOD.find("[[boot]]").unwrap();
        for (wrong, message) in [
            (GOOD.replace("class", "clas"), "unknown field `clas`"),
            (GOOD.replace("kernel", "kernels"), "unknown field `kernels`"),
            (GOOD.replace("\"linux16\"", "\"linux17\""), "unknown variant `linux17`"),
            (GOOD.replace("any =", "some ="), "unknown field `some`"),
            (GOOD.replace("\"ipxe\"", "\"iPXE\""), "the id `iPXE`"),
            (GOOD.replace("\"network\"", "\"net work\""), "`net work`"),
            (GOOD.replace("iPXE network boot", "{brand}"), "`{brand}`"),
            (GOOD.replace("iPXE network boot", " "), "a text is empty"),
            (GOOD.replace("[\"/ipxe.krn\", \"/ipxe.lkrn\"]", "[]"), "`when` needs"),
            (GOOD.replace("kernel = [\"/ipxe.krn\", \"/ipxe.lkrn\"]", "kernel = []"), "is empty"),
            (GOOD.replace("kernel = [\"/ipxe.krn\"", "kernel = [\"/ipxe/\""), "no file that could"),
            (GOOD.replace("[\"/ipxe.krn\"", "[\"ipxe.krn\""), "is no marker"),
            (GOOD[..boot].to_owned(), "neither"),
            (format!("{GOOD}\n[refuse]\nreason = \"a\"\nsuggestion = \"b\""), "both"),
            (format!("{GOOD}\nargs = [\"a={{iso_path}}\"]"), "`{iso_path}`"),
            (format!("{GOOD}\nargs = [\"a\\nb\"]"), "U+000A"),
            (GOOD.replace("960", "1000"), "both have priority 1000"),
            (GOOD.replace("960", "2000"), "x.toml is the last"),
            (GOOD.replace("\"ipxe\"", "\"unknown\""), "both have the id `unknown`"),
        ] {
            let error = load(&wrong).unwrap_err().to_string();
            assert!(error.contains(message), "{message}:\n{error}\n{wrong}");
        }
        assert!(matches!(recipes([]), Err(Error::NoLastResort { .. })));
    }

    #[test]
    fn the_builtin_catalogue_is_valid() {
        let ids: Vec<String> =
            Catalogue::builtin().recipes().iter().map(|r| r.id().to_owned()).collect();
        assert_eq!(ids.len(), crate::builtin::FILES.len());
        for ((file, _), id) in crate::builtin::FILES.iter().zip({
            let mut sorted = ids.clone();
            sorted.sort();
            sorted
        }) {
            assert_eq!(*file, format!("{id}.toml"), "a recipe's file is named like its id");
        }
    }
}
