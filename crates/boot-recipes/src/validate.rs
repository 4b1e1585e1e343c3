//! Reading and checking of recipes and brands: whatever is wrong with one is found here.

use crate::brand::Brand;
use crate::marker::MarkerKind;
use crate::recipe::{BootMethod, FILESYSTEMS, Recipe, When};
use crate::recipe_evidence::RecipeEvidence;
use crate::template::expand;
use crate::{Arg, Error};
use grub_config::{Name, Word};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// The placeholders that a recipe's title and a refusal's reason may have, and a brand's title.
const IN_TITLES: &[&str] = &["name", "volume_id", "stem", "version"];
const IN_BRANDS: &[&str] = &["version"];
/// The placeholders of parameters whose values are known from the ISO.
const IN_ARGS: &[&str] = &["iso_label", "iso_uuid"];
/// The placeholders of parameters of a method that asks for the file that holds the system.
const IN_PAYLOAD_ARGS: &[&str] = &["payload", "payload_dir", "payload_top", "payload_name"];

/// The recipes in `files`, ordered by priority.
pub(crate) fn recipes<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<Recipe>, Error> {
    let all = in_order(files, check, |r: &Recipe| (&r.id, r.priority))?;
    let last_resort = |r: &Recipe| r.when == When::default() && r.is_refusal();
    match all.last() {
        Some((_, recipe)) if last_resort(recipe) => {}
        last => {
            let last = last.map_or("nothing", |(file, _)| file).to_owned();
            return Err(Error::NoLastResort { last });
        }
    }
    Ok(all.into_iter().map(|(_, recipe)| recipe).collect())
}

/// The brands in `files`, ordered by priority.
pub(crate) fn brands<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<Brand>, Error> {
    let all = in_order(files, check_brand, |b: &Brand| (&b.id, b.priority))?;
    Ok(all.into_iter().map(|(_, brand)| brand).collect())
}

/// The recipes or brands in `files`, checked and ordered by priority. Two with the same id or
/// priority are an error.
fn in_order<'a, T: DeserializeOwned>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
    check: fn(&T) -> Result<(), String>,
    key: fn(&T) -> (&String, u32),
) -> Result<Vec<(&'a str, T)>, Error> {
    let mut by_priority: BTreeMap<u32, (&str, T)> = BTreeMap::new();
    let mut ids: BTreeMap<String, &str> = BTreeMap::new();
    for (file, text) in files {
        let one: T = toml::from_str(text).map_err(|e| Error::Syntax {
            file: file.to_owned(),
            message: e.to_string().trim_end().to_owned(),
        })?;
        check(&one).map_err(|what| Error::Invalid { file: file.to_owned(), what })?;
        let second = file.to_owned();
        let (id, priority) = key(&one);
        if let Some(first) = ids.insert(id.clone(), file) {
            return Err(Error::SameId { id: id.clone(), first: first.to_owned(), second });
        }
        if let Some((first, _)) = by_priority.insert(priority, (file, one)) {
            return Err(Error::Tie { priority, first: first.to_owned(), second });
        }
    }
    Ok(by_priority.into_values().collect())
}

fn check_id(id: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !id.starts_with(|c: char| c.is_ascii_lowercase()) || !id.chars().all(plain) {
        return Err(format!("the id `{id}` is not lower-case letters, digits and `-`"));
    }
    Ok(())
}

fn check_text(text: &str, names: &[&str]) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("a text is empty".to_owned());
    }
    Word::literal(text).map_err(|e| e.to_string())?;
    expand(text, |name| names.contains(&name).then(|| "x".to_owned())).map(|_| ())
}

fn check_arg(text: &str) -> Result<(), String> {
    check_arg_of(text, &[])
}

/// Checks a parameter that may also have the placeholders `more`.
fn check_arg_of(text: &str, more: &[&str]) -> Result<(), String> {
    let known = [IN_ARGS, more].concat();
    check_text(text, &[&known[..], &["iso_path", "iso_name", "fs_uuid", "part_label"]].concat())?;
    if text.contains(char::is_whitespace) {
        return Err(format!("`{text}` is more than one parameter"));
    }
    Arg::template(text, |name| known.contains(&name).then(|| "x".to_owned())).map(|_| ())
}

/// Checks one recipe by itself. The error says what is wrong.
fn check(recipe: &Recipe) -> Result<(), String> {
    check_id(&recipe.id)?;
    Name::new(&recipe.class).map_err(|e| e.to_string())?;
    check_text(&recipe.title, IN_TITLES)?;
    match (&recipe.refuse, recipe.boot.is_empty()) {
        (Some(_), false) => return Err("it has both `refuse` and `boot`".to_owned()),
        (None, true) => return Err("it has neither `refuse` nor `boot`".to_owned()),
        (Some(refusal), true) => {
            check_text(&refusal.reason, IN_TITLES)?;
            check_text(&refusal.suggestion, IN_TITLES)?;
        }
        (None, false) => {}
    }
    if recipe.refuse.is_none() && recipe.when.all.is_empty() && recipe.when.any.is_empty() {
        return Err(
            "it boots ISOs that have nothing in common: `when` needs `all` or `any`".to_owned()
        );
    }
    if let Some(text) = &recipe.lost_at_boot {
        check_text(text, &[])?;
    }
    if recipe.evidence != RecipeEvidence::None
        && recipe.places.iter().all(|place| place.trim().is_empty())
    {
        return Err("it names no place where it can be checked".to_owned());
    }
    if let Some(engine) = &recipe.initrd {
        let mut markers = engine.names.iter().chain(&engine.iso_hook);
        if let Some(other) = markers.find(|m| m.kind() != MarkerKind::Initrd) {
            return Err(format!("`{other}` is no name in an initrd"));
        }
        if engine.names.is_empty() || engine.iso_hook.is_empty() != engine.without.is_empty() {
            return Err("`initrd` needs `names`, and `without` if it has `iso_hook`".to_owned());
        }
    }
    for arg in recipe.parameters() {
        check_arg(arg)?;
    }
    for method in &recipe.boot {
        let more = if method.has_payload() { IN_PAYLOAD_ARGS } else { &[] };
        method.args().iter().try_for_each(|arg| check_arg_of(arg, more))?;
    }
    if let Some(row) = &recipe.autoinstall {
        row.args.iter().try_for_each(|arg| check_arg_of(arg, &["answers"]))?;
        match row.put.as_deref().map(|put| (put, put.split_once(':'))) {
            None | Some(("cidata", None)) => {}
            Some((_, Some(("initrd", path)))) if path.starts_with('/') && path.len() > 1 => {}
            Some((_, Some(("isos", name)))) if !name.is_empty() && !name.contains('/') => {}
            Some((put, _)) => {
                return Err(format!("`{put}` is no place: `initrd:/NAME`, `isos:NAME`, `cidata`"));
            }
        }
    }
    if let Some(row) = &recipe.persistence {
        let paths = row.directories.iter().chain(row.files.keys());
        for text in paths.chain(&row.label) {
            check_text(text, &[])?;
        }
        if row.label.as_ref().is_some_and(|label| label.len() > 14) {
            return Err("a label of persistence leaves no room for a number".to_owned());
        }
    }
    let texts = recipe.variant.iter().map(|v| &v.title);
    let texts = texts.chain(recipe.persistence.iter().map(|p| &p.storage));
    let texts = texts.chain(recipe.autoinstall.iter().map(|a| &a.answers));
    for text in texts.chain(&recipe.warnings) {
        check_text(text, &[])?;
    }
    if let Some(row) = &recipe.uefi {
        if row.programs.is_empty() || recipe.refuse.is_some() {
            return Err("`uefi` names no program that could be started".to_owned());
        }
        for path in &row.programs {
            check_text(path, &[])?;
            if !path.starts_with('/') {
                return Err(format!("`{path}` is no path of an EFI program"));
            }
        }
    }
    for name in recipe.filesystems.always.iter().chain(&recipe.filesystems.with_driver) {
        if !FILESYSTEMS.contains(&name.as_str()) {
            return Err(format!("`{name}` is no file system of: {}", FILESYSTEMS.join(", ")));
        }
    }
    let shown = recipe.initrd.iter().flat_map(|_| &recipe.filesystems.always);
    if let Some(name) =
        recipe.filesystems.with_engine.iter().find(|n| !shown.clone().any(|s| s == *n))
    {
        return Err(format!("`{name}` is to come with an engine, and is not in `always` of one"));
    }
    for method in &recipe.boot {
        for candidates in method.files() {
            if candidates.is_empty() {
                return Err("a list of files to start is empty".to_owned());
            }
            if let Some(other) = candidates.iter().find(|c| !c.is_file()) {
                return Err(format!("`{other}` is no file that could be started"));
            }
        }
        if let BootMethod::OwnMenu { grub, isolinux, efi_images, .. } = method
            && let Some(other) =
                grub.iter().chain(isolinux).chain(efi_images).find(|c| !c.is_file())
        {
            return Err(format!("`{other}` is no file that could be a menu"));
        }
        if let Some(warning) = method.warning() {
            check_text(warning, &[])?;
        }
    }
    let adapts = !recipe.add.is_empty() || !recipe.drop.is_empty() || !recipe.rewrite.is_empty();
    let linux = |m: &BootMethod| {
        matches!(
            m,
            BootMethod::Inherit { .. }
                | BootMethod::InheritMultiboot2 { .. }
                | BootMethod::Linux { .. }
                | BootMethod::Linux16 { .. }
        )
    };
    if adapts && !recipe.boot.iter().any(linux) {
        return Err("`add`, `drop` and `rewrite` are for Linux kernels".to_owned());
    }
    Ok(())
}

/// Checks one brand by itself. The error says what is wrong.
fn check_brand(brand: &Brand) -> Result<(), String> {
    check_id(&brand.id)?;
    Name::new(&brand.class).map_err(|e| e.to_string())?;
    check_text(&brand.title, IN_BRANDS)?;
    check_text(&brand.title, IN_TITLES)?;
    if brand.places.iter().all(|place| place.trim().is_empty()) {
        return Err("it names no place where it can be checked".to_owned());
    }
    if brand.evidence.is_some() && brand.because.trim().is_empty() {
        return Err("its evidence needs a `because`".to_owned());
    }
    if brand.when.all.is_empty() && brand.when.any.is_empty() {
        return Err("`when` needs `all` or `any`".to_owned());
    }
    let rewrite = brand.rewrite.iter().map(|r| &r.to);
    for arg in brand.add.iter().chain(&brand.static_args).chain(rewrite) {
        check_arg(arg)?;
    }
    brand.warnings.iter().try_for_each(|text| check_text(text, &[]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Catalogue;

    const LAST: (&str, &str) = ("last.toml", include_str!("../recipes/refusals/unknown.toml"));
    const GOOD: &str = include_str!("../recipes/tools/ipxe.toml");
    const LIVE: &str = include_str!("../recipes/engines/casper.toml");
    const BRAND: &str = include_str!("../recipes/brands/ubuntu.toml");

    fn load(text: &str) -> Result<Vec<Recipe>, Error> {
        recipes([("x.toml", text), LAST])
    }

    #[test]
    fn mistakes_are_found_when_loading() {
        assert!(load(GOOD).is_ok());
        let boot = GOOD.find("[[boot]]").unwrap();
        for (wrong, message) in [
            (GOOD.replace("class", "clas"), "unknown field `clas`"),
            (GOOD.replace("certain", "#"), "missing field `certain`"),
            (GOOD.replace("certain = \"paths\"", "certain = \"hope\""), "unknown variant `hope`"),
            (GOOD.replace("places", "warnings"), "no place where it can be checked"),
            (LIVE.replace("names = [\"initrd:", "names = [\"token:"), "is no name in an initrd"),
            (LIVE.replace("without =", "#"), "`initrd` needs"),
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
            (format!("{GOOD}\nargs = [\"a={{isopath}}\"]"), "`{isopath}`"),
            (format!("{GOOD}\nargs = [\"a\\nb\"]"), "U+000A"),
            (
                format!(
                    "{LIVE}\n[[boot]]\nmethod = \"linux\"\nkernel = [\"/x\"]\nargs = [\"a={{payload_dir}}\"]"
                ),
                "`{payload_dir}`",
            ),
            (format!("{GOOD}\nargs = [\"a b\"]"), "more than one parameter"),
            (GOOD.replace("programs = [\"/*", "programs = [\"*"), "no path of an EFI"),
            (GOOD.replace("960", "1000"), "both have priority 1000"),
            (GOOD.replace("960", "2000"), "x.toml is the last"),
            (GOOD.replace("\"ipxe\"", "\"unknown\""), "both have the id `unknown`"),
            (LIVE.replace("{iso_path}", "{iso}"), "`{iso}`"),
            (LIVE.replace("\"fat\"", "\"vfat\""), "`vfat` is no file system"),
            (LIVE.replace("with_engine = [", "with_engine = [\"f2fs\", "), "`f2fs` is to come"),
            (LIVE.replace("\"initrd:scripts/", "\"initrd:share/"), "is_telling"),
        ] {
            let error = load(&wrong).unwrap_err().to_string();
            assert!(error.contains(message), "{message}:\n{error}\n{wrong}");
        }
        assert!(matches!(recipes([]), Err(Error::NoLastResort { .. })));
        assert!(brands([("brands/x.toml", BRAND)]).is_ok());
        for (wrong, message) in [
            (BRAND.replace("any =", "none ="), "`when` needs"),
            (BRAND.replace("places =", "add ="), "no place where it can be checked"),
            (BRAND.replace("{version}", "{vendor}"), "`{vendor}`"),
            (format!("{BRAND}\nadd = [\"a\"]"), "unknown field `add`"),
        ] {
            let error = brands([("brands/x.toml", wrong.as_str())]).unwrap_err().to_string();
            assert!(error.contains(message), "{message}:\n{error}\n{wrong}");
        }
        let twice = [("brands/x.toml", BRAND), ("brands/y.toml", BRAND)];
        assert!(matches!(brands(twice), Err(Error::SameId { .. })));
    }

    #[test]
    fn the_builtin_catalogue_is_valid() {
        let catalogue = Catalogue::builtin();
        let mut ids: Vec<String> = catalogue.recipes().iter().map(|r| r.id().to_owned()).collect();
        ids.extend(catalogue.brands().iter().map(|b| format!("brands/{}", b.id())));
        assert_eq!(ids.len(), crate::builtin::FILES.len());
        for (file, _) in crate::builtin::FILES {
            let name = file.trim_end_matches(".toml");
            let id =
                if name.starts_with("brands/") { name } else { name.rsplit('/').next().unwrap() };
            assert!(ids.iter().any(|i| i == id), "{file}: a file is named like its id");
        }
        for recipe in catalogue.recipes() {
            let said =
                recipe.evidence() == crate::RecipeEvidence::None || !recipe.because().is_empty();
            assert!(said, "{} does not say why we believe it", recipe.id());
        }
    }
}
