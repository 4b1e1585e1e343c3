//! The parameters of a kernel: the ISO's own ones, without those that lead to a CD, with ours.

use crate::arg::Arg;
use crate::brand::Brand;
use crate::marker::token;
use crate::recipe::{Recipe, Rewrite};
use iso_probe::IsoFacts;

/// What no entry hands on: what its boot loader takes for itself, and settings for the way it was
/// started there.
const NEVER: &[&str] = &["BOOT_IMAGE=*", "initrd=*", "vga=*", "BOOTIF=*", "${*"];

/// Words behind which parameters are for the installed system.
const DIVIDERS: &[&str] = &["---", "--"];

/// Whether what follows is for the installed system.
pub(crate) fn is_divider(text: &str) -> bool {
    DIVIDERS.contains(&text)
}

/// The value of a placeholder that is known from the ISO.
pub(crate) fn known(name: &str, facts: &IsoFacts) -> Option<String> {
    match name {
        "iso_label" => Some(facts.volume_id.clone()),
        "iso_uuid" => facts.volume_uuid.clone(),
        _ => None,
    }
}

/// A recipe's text as a parameter; `None` when it needs what this ISO does not have.
pub(crate) fn arg(text: &str, facts: &IsoFacts) -> Option<Arg> {
    Arg::template(text, |name| known(name, facts)).ok()
}

/// All of a recipe's texts.
pub(crate) fn args(texts: &[String], facts: &IsoFacts) -> Vec<Arg> {
    texts.iter().filter_map(|text| arg(text, facts)).collect()
}

/// Whether GRUB hands a parameter on as it is, and the kernel takes it for one.
pub(crate) fn is_safe(text: &str) -> bool {
    !text.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '\'' | '"' | '\\'))
}

/// From what the entry (or the recipe's own row) says to what we say.
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

/// Puts more where the running system looks for them: before what is for the installed one. What
/// forbids one of them goes: `nopersistence`, which live-boot heeds more than `persistence`.
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
