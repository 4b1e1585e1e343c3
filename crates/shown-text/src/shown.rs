//! Texts for messages.

use crate::acts_on_text;
use core::fmt;

/// A name or a path for people: UTF-8 as it is, but characters that [act on text](acts_on_text),
/// and bytes that are no UTF-8, as escapes.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a>(pub &'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                put(f, c)?;
            }
            write!(f, "{}", chunk.invalid().escape_ascii())?;
        }
        Ok(())
    }
}

fn put(out: &mut impl fmt::Write, c: char) -> fmt::Result {
    if acts_on_text(c) { write!(out, "{}", c.escape_default()) } else { out.write_char(c) }
}

/// Any text as a part of a one-line message.
pub fn shown(text: &str) -> String {
    Shown(text.as_bytes()).to_string()
}

/// A whole message. The ends of its lines stay, so a name in it must have been [`shown`] before,
/// or it could begin a line.
pub fn shown_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // OK to ignore: writing to a String does not fail.
        let _ = if c == '\n' { fmt::Write::write_char(&mut out, c) } else { put(&mut out, c) };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_has_nothing_to_act_on() {
        assert_eq!(shown("a\x1b[2J\u{9b}\n·é 日本"), "a\\u{1b}[2J\\u{9b}\\n·é 日本");
        for odd in
            ['\u{202e}', '\u{2066}', '\u{200f}', '\u{feff}', '\u{ad}', '\u{200b}', '\u{e0041}']
        {
            let text = shown(&format!("a{odd}b"));
            assert!(text.is_ascii() && text.len() > 6, "{text}");
        }
        assert_eq!(shown("می\u{200c}خواهم"), "می\u{200c}خواهم");
        assert_eq!(Shown(b"a\xff\x9b\t").to_string(), "a\\xff\\x9b\\t");
    }

    #[test]
    fn a_message_keeps_its_lines_and_nothing_else() {
        assert_eq!(shown_lines("a\nb\r\n\u{202e}"), "a\nb\\r\n\\u{202e}");
    }
}
