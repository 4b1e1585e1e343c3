//! The globs of markers in the forms that GRUB understands: its own file name patterns for paths,
//! and extended regular expressions for volume ids.

use grub_config::{Error, Glob, Word};

/// GRUB's device for the opened ISO.
const LOOP: &str = "(loop)";

/// A path in the opened ISO as a word of GRUB's. GRUB expands a pattern to all files that match.
///
/// Once GRUB (seen in 2.06) has expanded a pattern whose last components have no `*` or `?`, it
/// never closes the device again, and the next ISO cannot be opened. So each component without
/// one, behind the first that has one, gets a `?` for its last character.
pub(super) fn in_loop(path: &str) -> Result<Word, Error> {
    if !is_pattern(path) {
        return Word::literal(&format!("{LOOP}{path}"));
    }
    let mut behind = false;
    let mut components = Vec::new();
    for component in path.split('/') {
        let mut chars = component.chars();
        components.push(match chars.next_back() {
            Some(_) if behind && !is_pattern(component) => format!("{}?", chars.as_str()),
            _ => component.to_owned(),
        });
        behind |= is_pattern(component);
    }
    Ok(Word::literal(LOOP)?.and(Glob::new(&components.join("/"))?))
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// A regular expression for all texts that match one of `globs`. It allows either case of each
/// ASCII letter, as markers do, because GRUB's `regexp` has no option for that.
pub(super) fn regex(globs: &[&str]) -> String {
    let all: Vec<String> = globs.iter().map(|glob| one(glob)).collect();
    format!("^({})$", all.join("|"))
}

fn one(glob: &str) -> String {
    let mut out = String::new();
    for c in glob.chars() {
        match c {
            '*' => out.push_str(".*"),
            '?' => out.push('.'),
            c if c.is_ascii_alphabetic() => {
                out.extend(['[', c.to_ascii_lowercase(), c.to_ascii_uppercase(), ']']);
            }
            '.' | '[' | ']' | '{' | '}' | '(' | ')' | '+' | '^' | '$' | '|' | '\\' => {
                out.extend(['\\', c]);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_of_labels() {
        assert_eq!(regex(&["d-live *"]), "^([dD]-[lL][iI][vV][eE] .*)$");
        assert_eq!(regex(&["a+?", "1.0"]), r"^([aA]\+.|1\.0)$");
    }

    #[test]
    fn paths() {
        assert_eq!(in_loop("/it's").unwrap().to_string(), r"'(loop)/it'\''s'");
        assert_eq!(in_loop("/live/vmlinuz*").unwrap().to_string(), "'(loop)'/live/vmlinuz*");
        let word = in_loop("/boot/*/loader/linux").unwrap();
        assert_eq!(word.to_string(), "'(loop)'/boot/*/loade?/linu?");
        assert!(in_loop("/with blank*").is_err());
    }
}
