//! Sentences on the screen.

use grub_config::{Command, Error, Statement, Word, bare, ident, name};

/// Characters in a line of a text screen, with a margin.
const WIDTH: usize = 76;

/// A line.
pub(super) fn line(text: impl Into<Word>) -> Statement {
    Command::new(name!("echo")).arg(text).into()
}

/// Which file it is about. (`echo` would take a name like `-n` for an option.)
pub(super) fn file() -> Result<Statement, Error> {
    Ok(line(Word::literal("File: ")?.and(ident!("shown"))))
}

/// Sentences, broken into lines.
pub(super) fn say(text: &str) -> Result<Vec<Statement>, Error> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(last) if last.chars().count() + 1 + word.chars().count() <= WIDTH => {
                last.push(' ');
                last.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.iter().map(|text| Ok(line(Word::literal(text)?))).collect()
}

/// Leaves time to read.
pub(super) fn wait() -> Result<Vec<Statement>, Error> {
    let sleep = Command::new(name!("sleep")).arg(bare!("--interruptible")).arg(Word::number(120));
    let mut out = say("Press Escape to return to the menu.")?;
    out.push(sleep.into());
    Ok(out)
}
