//! The errors of specs: what is wrong, and where.

use core::ops::Range;
use thiserror::Error;

/// A spec that is not accepted. The message ends with an excerpt and a caret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is no TOML, or has an unknown key or a value that cannot be.
    #[error("{file}:{line}:{column}: {message}\n{excerpt}")]
    Parse {
        /// The spec's name.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong, with the key's name, and what can be written instead.
        message: String,
        /// The line and a caret below the place.
        excerpt: String,
    },
}

impl Error {
    /// The error about the bytes `span` of `text`.
    pub(crate) fn at(file: &str, text: &str, span: Range<usize>, message: String) -> Self {
        let place = TextPosition::of(text, span.start);
        // As many characters as there were, so that the caret stands below the place.
        let shown: String = place.content.chars().map(visible).collect();
        let marked = text.get(span).unwrap_or_default().lines().next().unwrap_or_default();
        let carets = "^".repeat(marked.chars().count().max(1));
        let (line, column) = (place.line, place.column);
        let gutter = " ".repeat(line.to_string().len());
        let indent = " ".repeat(column - 1);
        let excerpt = format!("{gutter} |\n{line} | {shown}\n{gutter} | {indent}{carets}");
        let (file, message) = (shown_text::shown(file), shown_text::shown_lines(&message));
        Self::Parse { file, line, column, message, excerpt }
    }

    /// The error made of one that the TOML parser, or the type of a value, reports.
    pub(crate) fn from_toml(file: &str, text: &str, mut error: toml::de::Error) -> Self {
        let what = error
            .message()
            .replace("unknown field", "unknown key")
            .replace("missing field", "missing key");
        let what = with_suggestion(what);
        // Without its input the error shows the keys that lead to the value instead.
        error.set_input(None);
        let shown = error.to_string();
        let keys = shown
            .strip_prefix(error.message())
            .and_then(|rest| rest.trim().strip_prefix("in `")?.strip_suffix('`'));
        let message = match keys {
            Some(keys) => format!("{keys}: {what}"),
            None => what,
        };
        Self::at(file, text, error.span().unwrap_or(0..0), message)
    }
}

/// A message about an unknown key, with the known one that was probably meant.
fn with_suggestion(message: String) -> String {
    let meant = message.strip_prefix("unknown key `").and_then(|rest| {
        let (typed, rest) = rest.split_once("`, expected ")?;
        let known = rest.split('`').skip(1).step_by(2);
        // Damerau's distance counts two letters that changed places as one mistake.
        let distance = |known: &&str| strsim::damerau_levenshtein(typed, known);
        // Of two at the same distance, the one of the same length.
        let nearest = known.min_by_key(|k| (distance(k), k.len().abs_diff(typed.len())))?;
        let few = distance(&nearest) <= typed.chars().count().max(3) / 3;
        few.then(|| (typed.to_owned(), nearest.to_owned(), rest.to_owned()))
    });
    match meant {
        Some((typed, nearest, known)) => {
            format!("unknown key `{typed}`; did you mean `{nearest}`? Expected {known}")
        }
        None => message,
    }
}

/// A character of an excerpt; a stand-in for one that [acts on text](shown_text::acts_on_text).
fn visible(c: char) -> char {
    match c {
        '\t' => ' ',
        c if shown_text::acts_on_text(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

/// A position in a text, as people count.
pub(crate) struct TextPosition<'a> {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The line, without its end.
    pub content: &'a str,
}

impl<'a> TextPosition<'a> {
    /// The position of byte `at` of `text`; its end if there is no such byte.
    pub(crate) fn of(text: &'a str, at: usize) -> Self {
        let at = (0..=at.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
        let (before, behind) = text.split_at(at);
        let start = before.rfind('\n').map_or(0, |i| i + 1);
        let end = behind.find('\n').map_or(text.len(), |i| at + i);
        Self {
            line: before.matches('\n').count() + 1,
            column: text[start..at].chars().count() + 1,
            content: text[start..end].trim_end_matches('\r'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_is_below_the_place() {
        let text = "a = 1\n\tgröße = \"x\"\r\n";
        let at = text.find('"').unwrap();
        let e = Error::at("f.toml", text, at..at + 3, "no".into());
        assert_eq!(e.to_string(), "f.toml:2:10: no\n  |\n2 |  größe = \"x\"\n  |          ^^^");
        let e = Error::at("f", "", 7..9, "empty".into());
        assert_eq!(e.to_string(), "f:1:1: empty\n  |\n1 | \n  | ^");
    }

    #[test]
    fn the_key_that_was_meant_is_named() {
        let said = |text: &str| {
            crate::Spec::parse("x", text)
                .unwrap_err()
                .to_string()
                .lines()
                .next()
                .unwrap()
                .to_owned()
        };
        for (text, typed, meant) in [
            ("[menu]\ntimout = 3", "menu: unknown key `timout`", "timeout"),
            ("[menu]\nsreial = true", "menu: unknown key `sreial`", "serial"),
            ("[iso]\n", "", ""),
            ("[ios]\n", "unknown key `ios`", "iso"),
            ("[[iso]]\npath = \"x\"\nTitle = \"y\"", "iso: unknown key `Title`", "title"),
            (
                "[xen.network]\ninterfaces = \"x\"",
                "xen.network: unknown key `interfaces`",
                "interface",
            ),
            ("[menu]\ncolour = \"red\"", "", ""),
        ] {
            let said = said(text);
            match meant {
                "" => assert!(!said.contains("did you mean"), "{said}"),
                _ => assert!(said.contains(&format!("{typed}; did you mean `{meant}`?")), "{said}"),
            }
        }
    }

    #[test]
    fn an_excerpt_does_not_act_on_a_terminal() {
        let e = Error::at("a\n\u{202e}.toml", "x = \"\u{202e}y\x1b\"", 4..9, "no \u{2066}".into());
        let text = e.to_string();
        assert!(text.starts_with("a\\n\\u{202e}.toml:1:5: no \\u{2066}\n"), "{text}");
        assert!(text.ends_with("1 | x = \"\u{fffd}y\u{fffd}\"\n  |     ^^^"), "{text}");
    }
}
