//! The expansion of words from the text to the arguments of a command, by the rules of GRUB's
//! `execute.c`.

use super::environment::Environment;
use super::glob;
use super::lexer::variable;
use crate::configs::budget::Spent;
use crate::configs::files::Files;

/// The arguments of a command: its words, with variables and patterns expanded.
pub(super) fn expand<'w>(
    words: impl Iterator<Item = &'w str>,
    environment: &Environment,
    files: &mut dyn Files,
) -> Result<Vec<String>, Spent> {
    let mut out = Vec::new();
    let mut arguments = Arguments { done: Vec::new(), last: None };
    for word in words {
        arguments.word(word, environment, files)?;
        arguments.next();
    }
    for pattern in arguments.done {
        files.budget().charge_bytes(pattern.len())?;
        match glob::expand(&pattern, files)? {
            Some(paths) => out.extend(paths),
            None => out.push(glob::unescape(&pattern)),
        }
    }
    Ok(out)
}

/// Arguments in the making, as patterns: characters that were quoted are escaped.
struct Arguments {
    done: Vec<String>,
    /// The argument that is being put together; `None` as long as nothing was added, because a word
    /// that consists of empty variables makes no argument.
    last: Option<String>,
}

impl Arguments {
    fn put(&mut self, text: &str) {
        self.last.get_or_insert_default().push_str(text);
    }

    fn next(&mut self) {
        self.done.extend(self.last.take());
    }

    fn word(
        &mut self,
        raw: &str,
        environment: &Environment,
        files: &mut dyn Files,
    ) -> Result<(), Spent> {
        files.budget().charge_bytes(raw.len())?;
        let mut rest = raw;
        while let Some(c) = rest.chars().next() {
            let len = match c {
                '\\' => {
                    let len = rest.chars().nth(1).map_or(1, |c| 1 + c.len_utf8());
                    if !rest.starts_with("\\\n") {
                        self.put(&rest[..len]);
                    }
                    len
                }
                '\'' => {
                    let inner = rest[1..].split('\'').next().unwrap_or_default();
                    self.put(&glob::escape(inner));
                    inner.len() + 2
                }
                '"' => 1 + self.double_quoted(&rest[1..], environment, files)?,
                '$' if rest.starts_with("$\"") => {
                    2 + self.translated(&rest[2..], environment, files)?
                }
                '$' => {
                    let (name, len) = variable(rest).unwrap_or(("", 1));
                    self.variable(name, environment, files)?;
                    len
                }
                _ => {
                    let len = rest.find(['\\', '\'', '"', '$']).unwrap_or(rest.len());
                    self.put(&rest[..len]);
                    len
                }
            };
            rest = rest.get(len..).unwrap_or_default();
        }
        Ok(())
    }

    /// Adds a text in double quotes, given from behind the first quote, and returns its length with
    /// the second.
    fn double_quoted(
        &mut self,
        text: &str,
        environment: &Environment,
        files: &mut dyn Files,
    ) -> Result<usize, Spent> {
        self.put("");
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let rest = &text[at..];
            at += match c {
                '"' => return Ok(at + 1),
                '\\' => match rest.chars().nth(1) {
                    Some(c @ ('$' | '"' | '\\')) => {
                        self.put(&glob::escape(c.encode_utf8(&mut [0; 4])));
                        2
                    }
                    Some('\n') => 2,
                    _ => {
                        self.put("\\\\");
                        1
                    }
                },
                '$' => {
                    let (name, len) = variable(rest).unwrap_or(("", 1));
                    for (n, value) in values(name, environment, true).into_iter().enumerate() {
                        if n > 0 {
                            self.next();
                        }
                        files.budget().charge_bytes(value.len())?;
                        self.put(&glob::escape(&value));
                    }
                    len
                }
                _ => {
                    let len = rest.find(['\\', '"', '$']).unwrap_or(rest.len());
                    self.put(&glob::escape(&rest[..len]));
                    len
                }
            };
        }
        Ok(text.len())
    }

    /// Adds a text that GRUB would translate, in which only variables with names and numbers are
    /// expanded.
    fn translated(
        &mut self,
        text: &str,
        environment: &Environment,
        files: &mut dyn Files,
    ) -> Result<usize, Spent> {
        self.put("");
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let rest = &text[at..];
            at += match c {
                '"' => return Ok(at + 1),
                '\\' => {
                    let escaped = rest.chars().nth(1);
                    let put = escaped.filter(|c| *c != '\n').map_or(String::new(), |c| match c {
                        '$' | '"' | '\\' => c.to_string(),
                        c => format!("\\{c}"),
                    });
                    self.put(&glob::escape(&put));
                    1 + escaped.map_or(0, char::len_utf8)
                }
                '$' => match variable(rest) {
                    Some((name, len)) => {
                        let value = environment.get(name);
                        files.budget().charge_bytes(value.len())?;
                        self.put(&glob::escape(value));
                        len
                    }
                    None => {
                        self.put("$");
                        1
                    }
                },
                c => {
                    self.put(&glob::escape(c.encode_utf8(&mut [0; 4])));
                    c.len_utf8()
                }
            };
        }
        Ok(text.len())
    }

    /// Adds a variable outside of quotes: its value is split at blanks, and patterns in it count.
    fn variable(
        &mut self,
        name: &str,
        environment: &Environment,
        files: &mut dyn Files,
    ) -> Result<(), Spent> {
        let values = values(name, environment, false);
        files.budget().charge(values.len())?;
        for (n, value) in values.into_iter().enumerate() {
            if n > 0 {
                self.next();
            }
            for (n, part) in value.split_whitespace().enumerate() {
                if n > 0 {
                    self.next();
                }
                // Each word takes more memory than its bytes.
                files.budget().charge_bytes(32 + part.len())?;
                self.put(&value_as_pattern(part));
            }
        }
        Ok(())
    }
}

/// The value of a variable outside of quotes as a pattern, in which a backslash stands for itself.
fn value_as_pattern(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(c);
        if c == '\\' {
            out.push('\\');
            if matches!(chars.peek(), Some('?' | '*')) {
                out.push('\\');
            }
        }
    }
    out
}

/// The values of a variable: `$@` may have several, others have one or none.
fn values(name: &str, environment: &Environment, quoted: bool) -> Vec<String> {
    let parameters = environment.parameters();
    let value = match (name, parameters) {
        ("@", Some(all)) => return all.to_vec(),
        ("*", Some(all)) if quoted => all.join(" "),
        ("*", Some(all)) => return all.to_vec(),
        ("#", Some(all)) => all.len().to_string(),
        ("@" | "*" | "#", None) => return Vec::new(),
        (name, parameters) if name.starts_with(|c: char| c.is_ascii_digit()) => {
            let number = name.parse::<usize>().unwrap_or(0);
            let value = number.checked_sub(1).and_then(|n| parameters?.get(n));
            return value.cloned().into_iter().collect();
        }
        (name, _) => environment.get(name).to_owned(),
    };
    if value.is_empty() { Vec::new() } else { vec![value] }
}
