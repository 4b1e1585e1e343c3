//! Texts of recipes as words of GRUB's language: placeholders become its variables.

use crate::args::is_divider;
use crate::marker::token;
use crate::recipe::{Recipe, Rewrite};
use crate::template::pieces;
use grub_config::{Command, Error, Ident, Statement, Word, bare, ident, matches, name};

/// The variable that holds what a placeholder stands for. The menu of found ISOs, and the head of
/// the script, set them.
fn variable(placeholder: &str) -> Option<Ident> {
    Some(match placeholder {
        "iso_path" => ident!("iso_path"),
        "iso_name" => ident!("iso_name"),
        "iso_label" | "volume_id" => ident!("iso_label"),
        "iso_uuid" => ident!("iso_uuid"),
        "fs_uuid" => ident!("fs_uuid"),
        "part_label" => ident!("part_label"),
        "name" => ident!("name"),
        "stem" => ident!("shown"),
        // What looks like a version in a label is not worth the time; the file's name has it.
        _ => return None,
    })
}

/// A text with its placeholders as variables; those that nobody knows at boot are left out.
pub(super) fn word(text: &str) -> Result<Word, Error> {
    let mut words: Vec<Word> = Vec::new();
    // Which braces there are was checked when the recipe was loaded.
    let pieces = pieces(text).unwrap_or_else(|_| vec![(text, None)]);
    let last = pieces.len().saturating_sub(1);
    for (n, (before, placeholder)) in pieces.into_iter().enumerate() {
        let value = placeholder.and_then(variable);
        // "FreeDOS {version}" without a version has no blank at its end.
        let left_out = n != last && value.is_none();
        let before = if left_out { before.trim_end() } else { before };
        if !before.is_empty() {
            words.push(Word::literal(before)?);
        }
        words.extend(value.map(Word::from));
    }
    Ok(words.into_iter().reduce(Word::and).unwrap_or_else(Word::empty))
}

/// The parameters of a kernel, and what has to be run before they mean something.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    pub(super) before: Vec<Statement>,
    pub(super) words: Vec<Word>,
}

/// A recipe's fixed row with what it adds, in the order that an entry made at build time has.
pub(super) fn parameters(row: &[String], recipe: &Recipe) -> Result<Parameters, Error> {
    let mut out = Parameters::default();
    let at = row.iter().position(|arg| is_divider(arg)).unwrap_or(row.len());
    let (own, installed) = row.split_at(at);
    let mut number = 0;
    for text in own.iter().chain(&recipe.add).chain(installed) {
        let rule = recipe.rewrite.iter().find(|r| token(&r.from, text));
        out.words.push(match rule {
            None => word(text)?,
            Some(rule) if !rule.only_if_unsafe => word(&rule.to)?,
            Some(rule) => {
                number += 1;
                let chosen = Ident::new(&format!("parameter{number}"))?;
                out.before.push(if_safe(&chosen, text, rule)?);
                chosen.into()
            }
        });
    }
    Ok(out)
}

/// Sets `chosen` to `text`, or to what the rule says where the label has characters that GRUB
/// would not hand on as they are.
fn if_safe(chosen: &Ident, text: &str, rule: &Rewrite) -> Result<Statement, Error> {
    let safe = matches("^[A-Za-z0-9._+-]*$", ident!("iso_label"))?;
    let uuid = Command::new(name!("probe")).arg(bare!("--set=iso_uuid")).arg(bare!("--fs-uuid"));
    let replaced = vec![
        uuid.arg(Word::literal("(loop)")?).into(),
        Statement::set(chosen.clone(), word(&rule.to)?),
    ];
    let as_it_is = vec![Statement::set(chosen.clone(), word(text)?)];
    Ok(grub_config::If::new(safe, as_it_is).otherwise(replaced).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders() {
        for (text, rendered) in [
            ("quiet", "'quiet'"),
            ("findiso={iso_path}", r#""findiso=${iso_path}""#),
            ("a={fs_uuid}:{iso_path}?x", r#""a=${fs_uuid}:${iso_path}?x""#),
            ("FreeDOS {version}", "'FreeDOS'"),
            ("Slackware {version} installer", "'Slackware installer'"),
            ("{name}", r#""${name}""#),
            ("it's $x", r"'it'\''s $x'"),
        ] {
            assert_eq!(word(text).unwrap().to_string(), rendered);
        }
    }
}
