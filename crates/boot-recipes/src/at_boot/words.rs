//! The texts of recipes as words of GRUB's script language: placeholders become variables.

use crate::args::is_divider;
use crate::marker::token;
use crate::recipe::{Recipe, Rewrite};
use crate::template::pieces;
use grub_config::{Command, Error, Ident, Statement, Word, bare, ident, matches, name};

/// The variable that holds the value of a placeholder. The menu of found ISOs and the beginning of
/// the script set them.
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
        "payload" => ident!("payload"),
        "payload_dir" => ident!("payload_dir"),
        "payload_top" => ident!("payload_top"),
        "payload_name" => ident!("payload_name"),
        // `version` is left out: finding one in a label takes time, and the file's name, which the
        // menu shows, mostly has it.
        _ => return None,
    })
}

/// A recipe's text as a word, with variables for its placeholders; those that GRUB does not know
/// are left out.
pub(super) fn word(text: &str) -> Result<Word, Error> {
    let mut words: Vec<Word> = Vec::new();
    // Loading the recipe has checked the braces.
    let pieces = pieces(text).unwrap_or_else(|_| vec![(text, None)]);
    let last = pieces.len().saturating_sub(1);
    for (n, (before, placeholder)) in pieces.into_iter().enumerate() {
        let value = placeholder.and_then(variable);
        // "FreeDOS {version}" without a version becomes "FreeDOS", with no blank at its end.
        let left_out = n != last && value.is_none();
        let before = if left_out { before.trim_end() } else { before };
        if !before.is_empty() {
            words.push(Word::literal(before)?);
        }
        words.extend(value.map(Word::from));
    }
    Ok(words.into_iter().reduce(Word::and).unwrap_or_else(Word::empty))
}

/// The parameters of a kernel, and the statements that set the variables in them.
#[derive(Debug, Clone, Default)]
pub(super) struct Parameters {
    pub(super) before: Vec<Statement>,
    words: Vec<Word>,
    /// The index in `words` from which on parameters are for the system to be installed.
    divider: usize,
}

impl Parameters {
    /// The words, with `more` parameters for the system that boots.
    pub(super) fn with(mut self, more: impl IntoIterator<Item = Word>) -> Vec<Word> {
        self.words.splice(self.divider..self.divider, more);
        self.words
    }
}

/// The parameters of a recipe's method (`row`) with those that the recipe adds, in the same order
/// as in an entry that is made with the key.
pub(super) fn parameters(row: &[String], recipe: &Recipe) -> Result<Parameters, Error> {
    let mut out = Parameters::default();
    let at = row.iter().position(|arg| is_divider(arg)).unwrap_or(row.len());
    let (own, installed) = row.split_at(at);
    out.divider = own.len() + recipe.add.len();
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

/// The statement that sets `chosen` to `text`, or to what the rule puts in its place if the label
/// has characters that GRUB would not hand on unchanged.
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
