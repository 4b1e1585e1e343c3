//! A word of a command: what GRUB sees as one argument, whatever it contains.

use crate::text::check;
use crate::{Bare, Error, Glob, Id, Ident, Name, Title};
use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Bare(Bare),
    Text(String),
    /// A variable's name or a positional parameter's number.
    Variable(String),
    /// A pattern, which stands outside the quotes, so that GRUB expands it.
    Glob(Glob),
}

/// An argument: literal text, variables, or both joined.
///
/// ```
/// use grub_config::{Word, bare, ident};
/// assert_eq!(Word::literal("/it's $here.iso")?.to_string(), r"'/it'\''s $here.iso'");
/// assert_eq!(Word::from(ident!("isos")).to_string(), r#""${isos}""#);
/// assert_eq!(
///     Word::device(ident!("isos")).and(Word::positional(1)).to_string(),
///     r#""(${isos})${1}""#
/// );
/// assert_eq!(Word::from(bare!("--no-floppy")).to_string(), "--no-floppy");
/// assert!(Word::literal("two\nlines").is_err());
/// # Ok::<(), grub_config::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word(Vec<Part>);

impl Word {
    /// Text that GRUB takes as it is: a path, a label, a kernel argument, a value.
    ///
    /// GRUB takes a text like `--class` for an option even in quotes: put `bare!("--")` before
    /// an argument that comes from outside where the command has options.
    ///
    /// # Errors
    /// [`Error::ControlCharacter`]: no newline or other control character is ever quoted.
    pub fn literal(text: &str) -> Result<Self, Error> {
        check(text)?;
        Ok(Self(vec![Part::Text(text.to_owned())]))
    }

    /// No text at all: `''`.
    pub fn empty() -> Self {
        Self(vec![Part::Text(String::new())])
    }

    /// The device that a variable names, `"(${isos})"`: a path on it follows by [`and`](Self::and).
    pub fn device(variable: Ident) -> Self {
        let bracket = |text: &str| Part::Text(text.to_owned());
        Self(vec![bracket("("), Part::Variable(variable.as_str().to_owned()), bracket(")")])
    }

    /// A positional parameter of the function it stands in: `"${1}"`.
    pub fn positional(number: u8) -> Self {
        Self(vec![Part::Variable(number.to_string())])
    }

    /// All positional parameters, each a word of its own: `"${@}"`.
    pub fn positionals() -> Self {
        Self(vec![Part::Variable("@".to_owned())])
    }

    /// The number of the last command's error, 0 if it succeeded: `"${?}"`. A negated command always
    /// has 0 or 1.
    pub fn status() -> Self {
        Self(vec![Part::Variable("?".to_owned())])
    }

    /// A variable's name itself, as `export` and `unset` take it.
    pub fn name_of(variable: &Ident) -> Self {
        Bare::from(variable.clone()).into()
    }

    /// `>`, between the levels of a `default` that lies in a submenu.
    pub(crate) fn submenu_separator() -> Self {
        Self(vec![Part::Text(">".to_owned())])
    }

    /// A number.
    pub fn number(value: u64) -> Self {
        Bare::number(value).into()
    }

    /// This word with `more` joined to its end.
    #[must_use]
    pub fn and(mut self, more: impl Into<Word>) -> Self {
        self.0.extend(more.into().0);
        self
    }
}

/// The pattern as a word, for which GRUB puts a word for each file that it matches.
impl From<Glob> for Word {
    fn from(glob: Glob) -> Self {
        Self(vec![Part::Glob(glob)])
    }
}
impl From<Bare> for Word {
    fn from(bare: Bare) -> Self {
        Self(vec![Part::Bare(bare)])
    }
}
/// The variable's value, as one word whatever blanks it holds.
impl From<Ident> for Word {
    fn from(variable: Ident) -> Self {
        Self(vec![Part::Variable(variable.as_str().to_owned())])
    }
}
impl From<Id> for Word {
    fn from(id: Id) -> Self {
        Self(vec![Part::Text(id.as_str().to_owned())])
    }
}
impl From<Name> for Word {
    fn from(name: Name) -> Self {
        Bare::from(name).into()
    }
}
impl From<Title> for Word {
    fn from(title: Title) -> Self {
        Self(vec![Part::Text(title.as_str().to_owned())])
    }
}

/// Bare parts at the start stay bare; the rest goes into pairs of quotes, around patterns of file
/// names: single ones, in which nothing is special, unless a variable has to be expanded.
impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = self.0.iter().take_while(|p| matches!(p, Part::Bare(_))).count();
        let (bare, rest) = self.0.split_at(bare);
        for part in bare {
            if let Part::Bare(text) = part {
                write!(f, "{text}")?;
            }
        }
        for run in rest.chunk_by(|a, b| matches!(a, Part::Glob(_)) == matches!(b, Part::Glob(_))) {
            match run {
                [Part::Glob(_), ..] => {
                    for part in run {
                        if let Part::Glob(glob) = part {
                            write!(f, "{glob}")?;
                        }
                    }
                }
                quoted => in_quotes(f, quoted)?,
            }
        }
        Ok(())
    }
}

fn in_quotes(f: &mut fmt::Formatter<'_>, parts: &[Part]) -> fmt::Result {
    let expands = parts.iter().any(|p| matches!(p, Part::Variable(_)));
    f.write_str(if expands { "\"" } else { "'" })?;
    for part in parts {
        match part {
            Part::Variable(name) => write!(f, "${{{name}}}")?,
            Part::Bare(text) => f.write_str(text.as_str())?,
            Part::Glob(glob) => f.write_str(glob.as_str())?,
            Part::Text(text) if expands => {
                for c in text.chars() {
                    if matches!(c, '$' | '"' | '\\') {
                        f.write_str("\\")?;
                    }
                    write!(f, "{c}")?;
                }
            }
            Part::Text(text) => f.write_str(&text.replace('\'', r"'\''"))?,
        }
    }
    f.write_str(if expands { "\"" } else { "'" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{bare, glob, ident};

    #[test]
    fn quoting() {
        for (text, rendered) in [
            ("", "''"),
            ("'", r"''\'''"),
            (r#"\ $ " * ?"#, r#"'\ $ " * ?'"#),
            ("# no comment", "'# no comment'"),
            ("if", "'if'"),
            ("größe 日本", "'größe 日本'"),
        ] {
            assert_eq!(Word::literal(text).unwrap().to_string(), rendered);
        }
        let word = Word::literal(r#"a$b"c\d'"#).unwrap().and(ident!("v")).and(bare!("x"));
        assert_eq!(word.to_string(), r#""a\$b\"c\\d'${v}x""#);
        assert_eq!(
            Word::from(bare!("--set=")).and(Word::literal("a b").unwrap()).to_string(),
            "--set='a b'"
        );
        assert_eq!(Word::number(5).to_string(), "5");
        let word = Word::literal("(loop)").unwrap().and(glob!("/a*/")).and(glob!("b*"));
        assert_eq!(word.to_string(), "'(loop)'/a*/b*");
        let word = word.and(ident!("v")).and(glob!("?"));
        assert_eq!(word.to_string(), "'(loop)'/a*/b*\"${v}\"?");
        assert_eq!(Word::positionals().to_string(), "\"${@}\"");
    }
}
