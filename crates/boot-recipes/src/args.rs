//! The parameters of a kernel: the ISO's own, changed as a recipe and a brand say.

use crate::arg::Arg;
use crate::brand::Brand;
use crate::marker::token;
use crate::recipe::{Recipe, Rewrite};
use iso_probe::IsoFacts;

/// Globs for parameters that are always left out: they are meant for the ISO's own boot loader, or
/// describe how that loader was started.
const NEVER: &[&str] = &["BOOT_IMAGE=*", "initrd=*", "vga=*", "BOOTIF=*", "${*"];

/// Words that divide parameters: what follows one is for the system to be installed.
const DIVIDERS: &[&str] = &["---", "--"];

/// Whether the parameters behind `text` are for the system to be installed.
pub(crate) fn is_divider(text: &str) -> bool {
    DIVIDERS.contains(&text)
}

/// The value of the placeholder `name`, if the ISO's facts give it.
pub(crate) fn known(name: &str, facts: &IsoFacts) -> Option<String> {
    match name {
        "iso_label" => Some(facts.volume_id.clone()),
        "iso_uuid" => facts.volume_uuid.clone(),
        _ => None,
    }
}

/// The value of the placeholder `name` that refers to the file that holds the system, `path`.
fn of_payload(name: &str, path: &str) -> Option<String> {
    let (directory, file) = path.rsplit_once('/')?;
    Some(match name {
        "payload" => path.to_owned(),
        "payload_dir" if directory.is_empty() => "/".to_owned(),
        "payload_dir" => directory.to_owned(),
        "payload_top" => directory.split('/').nth(1).unwrap_or_default().to_owned(),
        "payload_name" => file.to_owned(),
        _ => return None,
    })
}

/// The parameters that the texts of a method mean for this ISO, whose system lies in `payload`.
pub(crate) fn with_payload(texts: &[String], payload: Option<&str>, facts: &IsoFacts) -> Vec<Arg> {
    let value =
        |name: &str| known(name, facts).or_else(|| payload.and_then(|p| of_payload(name, p)));
    texts.iter().filter_map(|text| Arg::template(text, value).ok()).collect()
}

/// The parameter that a recipe's text means for this ISO; `None` if the ISO lacks a value that the
/// text refers to.
pub(crate) fn arg(text: &str, facts: &IsoFacts) -> Option<Arg> {
    Arg::template(text, |name| known(name, facts)).ok()
}

/// The parameters that a recipe's texts mean for this ISO, as [`arg`] makes them.
pub(crate) fn args(texts: &[String], facts: &IsoFacts) -> Vec<Arg> {
    texts.iter().filter_map(|text| arg(text, facts)).collect()
}

/// Whether GRUB hands a parameter on unchanged, and the kernel takes it for a single one.
pub(crate) fn is_safe(text: &str) -> bool {
    !text.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '\'' | '"' | '\\'))
}

/// The parameters to boot with, made from `own`: those of the ISO's entry, or of the recipe's
/// method. Parameters are dropped, replaced and added as the recipe and the brand say.
pub(crate) fn adapted(
    own: Vec<Arg>,
    recipe: &Recipe,
    brand: Option<&Brand>,
    facts: &IsoFacts,
) -> Vec<Arg> {
    let drop = |arg: &Arg| {
        let listed = recipe.drop.iter().chain(brand.iter().flat_map(|b| &b.drop));
        let mut globs = listed.map(String::as_str).chain(NEVER.iter().copied());
        arg.as_literal().is_some_and(|text| text.is_empty() || globs.any(|g| token(g, text)))
    };
    let rules: Vec<&Rewrite> =
        recipe.rewrite.iter().chain(brand.iter().flat_map(|b| &b.rewrite)).collect();
    let rewritten = |given: Arg| {
        let Some(text) = given.as_literal() else { return given };
        let rule =
            rules.iter().find(|r| token(&r.from, text) && !(r.only_if_unsafe && is_safe(text)));
        rule.and_then(|r| arg(&r.to, facts)).unwrap_or(given)
    };
    let mut out: Vec<Arg> = Vec::new();
    for given in own.into_iter().filter(|a| !drop(a)) {
        let given = rewritten(given);
        let divider = given.as_literal().is_some_and(is_divider);
        if divider || !out.contains(&given) {
            out.push(given);
        }
    }
    let add: Vec<Arg> = args(&recipe.add, facts)
        .into_iter()
        .chain(brand.iter().flat_map(|b| args(&b.add, facts)))
        .filter(|a| !out.contains(a))
        .collect();
    add_to(&mut out, add);
    out
}

/// Adds parameters for the system that boots, in front of those for the system to be installed.
///
/// A flag that forbids an added one is removed: live-boot, for example, heeds `nopersistence` more
/// than `persistence`.
pub(crate) fn add_to(args: &mut Vec<Arg>, more: impl IntoIterator<Item = Arg>) {
    let more: Vec<Arg> = more.into_iter().collect();
    let forbids = |arg: &Arg| {
        let allowed = arg.as_literal().and_then(|literal| literal.strip_prefix("no"));
        allowed.is_some_and(|flag| more.iter().any(|m| m.as_literal() == Some(flag)))
    };
    args.retain(|arg| !forbids(arg));
    let divider = |a: &Arg| a.as_literal().is_some_and(is_divider);
    let at = args.iter().position(divider).unwrap_or(args.len());
    args.splice(at..at, more);
}
