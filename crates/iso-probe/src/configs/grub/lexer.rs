//! The lexer, which makes tokens of a text, by the rules of GRUB's `yylex.l`.

use std::ops::Range;

/// A token, with where it lies in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Range<usize>,
}

/// The kind of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A word, with its quotes and variables as they stand in the text.
    Word,
    /// The end of a line.
    Newline,
    /// `;`.
    Semicolon,
    /// `{`.
    Open,
    /// `}`.
    Close,
    /// The end of the text.
    End,
    /// A text that no statement may have, with the reason.
    Bad(&'static str),
}

/// A lexer, which reads tokens from a text.
#[derive(Debug, Clone)]
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    /// A lexer that reads `text` from byte `at` on.
    pub(super) fn new(text: &'t str, at: usize) -> Self {
        Self { text, at }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next token.
    pub(super) fn token(&mut self) -> Token {
        let blanks = self.rest().len() - self.rest().trim_start_matches([' ', '\t']).len();
        self.at += blanks;
        if self.rest().starts_with('#') {
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        }
        let start = self.at;
        let special = |kind, len| (kind, len);
        let (kind, len) = match self.rest().as_bytes() {
            [] => special(TokenKind::End, 0),
            [b'\n', ..] => special(TokenKind::Newline, 1),
            [b'{', ..] => special(TokenKind::Open, 1),
            [b'}', ..] => special(TokenKind::Close, 1),
            [b';', b';', ..] => special(TokenKind::Bad("`;;` is no end of a command"), 2),
            [b';', ..] => special(TokenKind::Semicolon, 1),
            [b'|' | b'&' | b'<' | b'>', ..] => {
                special(TokenKind::Bad("GRUB knows no pipes, lists and redirections"), 1)
            }
            _ => word(self.rest()),
        };
        self.at += len;
        let span = start..self.at;
        // These are tokens of GRUB's lexer that its grammar never uses.
        let kind = match self.text.get(span.clone()) {
            Some("[[" | "]]") => TokenKind::Bad("GRUB knows no `[[`"),
            _ => kind,
        };
        Token { kind, span }
    }
}

/// The length of the word that `text` starts with, and whether it is one.
fn word(text: &str) -> (TokenKind, usize) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let rest = text.get(at..).unwrap_or_default();
        at += match byte {
            b'{' | b'}' | b'|' | b'&' | b';' | b'<' | b'>' | b' ' | b'\t' | b'\n' => break,
            b'\\' => match rest.chars().nth(1) {
                Some(escaped) => 1 + escaped.len_utf8(),
                None => return (TokenKind::Bad("nothing follows the backslash"), at + 1),
            },
            b'\'' => match rest.get(1..).and_then(|rest| rest.find('\'')) {
                Some(len) => len + 2,
                None => return (TokenKind::Bad("the quote has no end"), text.len()),
            },
            b'"' => match double_quoted(rest, true) {
                Ok(len) => len,
                Err((what, len)) => return (TokenKind::Bad(what), at + len),
            },
            b'$' if rest.starts_with("$\"") => match double_quoted(&rest[1..], false) {
                Ok(len) => len + 1,
                Err((what, len)) => return (TokenKind::Bad(what), at + 1 + len),
            },
            b'$' => match variable(rest) {
                Some((_, len)) => len,
                None => return (TokenKind::Bad("`$` without the name of a variable"), at + 1),
            },
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
    }
    (TokenKind::Word, at)
}

/// The length of the text in double quotes that `text` starts with.
fn double_quoted(text: &str, variables: bool) -> Result<usize, (&'static str, usize)> {
    let mut chars = text.char_indices().skip(1);
    let mut bad = None;
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                chars.next();
            }
            '"' => {
                return match bad {
                    Some(what) => Err((what, at + 1)),
                    None => Ok(at + 1),
                };
            }
            '$' if variables && variable(&text[at..]).is_none() => {
                bad = Some("`$` without the name of a variable");
            }
            _ => {}
        }
    }
    Err(("the quote has no end", text.len()))
}

/// The name of the variable that `text`, which starts with `$`, refers to, and the length of that
/// reference.
pub(super) fn variable(text: &str) -> Option<(&str, usize)> {
    let after = text.strip_prefix('$')?;
    if let Some(inner) = after.strip_prefix('{') {
        let len = name(inner)?;
        return inner[len..].starts_with('}').then(|| (&inner[..len], len + 3));
    }
    let len = name(after)?;
    Some((&after[..len], len + 1))
}

/// The length of the name of a variable that `text` starts with.
fn name(text: &str) -> Option<usize> {
    let first = text.bytes().next()?;
    let len = |fits: fn(&u8) -> bool| text.bytes().take_while(fits).count();
    match first {
        b'?' | b'#' | b'*' | b'@' => Some(1),
        b'0'..=b'9' => Some(len(u8::is_ascii_digit)),
        b'_' | b'a'..=b'z' | b'A'..=b'Z' => Some(len(|b| b.is_ascii_alphanumeric() || *b == b'_')),
        _ => None,
    }
}

/// Whether `text` can be the name of a function, or of a loop's variable.
pub(super) fn is_name(text: &str) -> bool {
    let first = text.bytes().next();
    first.is_some_and(|b| b.is_ascii_alphabetic() || b == b'_') && name(text) == Some(text.len())
}
