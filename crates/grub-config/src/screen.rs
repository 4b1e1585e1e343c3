//! Messages on the screen.

use crate::{Command, Error, Statement, Title, Word, bare, name};

/// Characters in a line of a text screen, with a margin.
const WIDTH: usize = 76;
/// Seconds that [`pause`] waits: enough for a screen reader.
const PAUSE: u64 = 120;

/// `echo` for sentences, broken into lines that fit a text screen. `echo` takes a line like `-n`
/// for an option: begin with a word of your own.
///
/// # Errors
/// [`Error::ControlCharacter`].
pub fn say(text: &str) -> Result<Vec<Statement>, Error> {
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
    lines.iter().map(|line| Ok(Statement::echo(Word::literal(line)?))).collect()
}

/// The statements that give time to read, and say how to go on.
pub fn pause() -> [Statement; 2] {
    let how = Title::new("Press Escape to return to the menu.");
    let sleep = Command::new(name!("sleep")).arg(bare!("--interruptible"));
    [Statement::echo(how), sleep.arg(Word::number(PAUSE)).into()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    #[test]
    fn lines_fit_a_text_screen() {
        let word = "w".repeat(WIDTH);
        let text = format!(
            "This text is $longer than\n  a line of a text screen, so that it goes on in the next one; {word} {word}w"
        );
        let mut config: Config = say(&text).unwrap().into_iter().collect();
        config.extend(pause());
        insta::assert_snapshot!(config, @r#"
        echo 'This text is $longer than a line of a text screen, so that it goes on in the'
        echo 'next one;'
        echo 'wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww'
        echo 'wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww'
        echo 'Press Escape to return to the menu.'
        sleep --interruptible 120
        "#);
    }
}
