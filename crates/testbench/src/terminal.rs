//! What a guest printed on its serial port, as text that can be searched.

/// Takes the bytes of a terminal session and keeps the text: escape sequences go, and a jump of
/// the cursor to another row counts as a new line, since menus and installers draw that way.
#[derive(Debug, Default)]
pub(crate) struct Terminal {
    text: Vec<u8>,
    state: State,
    parameters: Vec<u8>,
    row: Option<u32>,
}

#[derive(Debug, Default, Clone, Copy)]
enum State {
    #[default]
    Plain,
    Escape,
    /// `ESC (` and its like: one more byte names a character set.
    Charset,
    /// `ESC [`, parameters, one final byte (ECMA-48's control sequences).
    Control,
}

impl Terminal {
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        for &b in bytes {
            self.state = match (self.state, b) {
                (_, 0x1B) => State::Escape,
                (State::Escape, b'[') => {
                    self.parameters.clear();
                    State::Control
                }
                (State::Escape, b'(' | b')' | b'#' | b'%') => State::Charset,
                (State::Escape | State::Charset, _) => State::Plain,
                (State::Control, 0x40..=0x7E) => {
                    self.control(b);
                    State::Plain
                }
                (State::Control, _) => {
                    self.parameters.push(b);
                    State::Control
                }
                (State::Plain, b'\r' | 0 | 7 | 0x0E | 0x0F) => State::Plain,
                (State::Plain, _) => {
                    self.text.push(b);
                    State::Plain
                }
            };
        }
    }

    fn control(&mut self, final_byte: u8) {
        if matches!(final_byte, b'H' | b'f' | b'd') {
            let row = self.parameters.split(|&b| b == b';').next();
            let row = row.and_then(|r| std::str::from_utf8(r).ok()?.parse().ok());
            if self.row != row && self.text.last().is_some_and(|&b| b != b'\n') {
                self.text.push(b'\n');
            }
            self.row = row;
        }
    }

    /// Where `token` ends, when it occurs at or after `from`.
    pub(crate) fn find(&self, token: &str, from: usize) -> Option<usize> {
        let text = self.text.get(from..)?;
        let at = text.windows(token.len().max(1)).position(|w| w == token.as_bytes())?;
        Some(from + at + token.len())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.text).into_owned()
    }

    /// The last 60 lines.
    pub(crate) fn tail(&self) -> String {
        let text = self.text();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(60)..].join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(bytes: &[u8]) -> String {
        let mut t = Terminal::default();
        // Byte by byte: sequences arrive in pieces.
        bytes.chunks(1).for_each(|b| t.take(b));
        t.text()
    }

    #[test]
    fn text_survives_and_sequences_go() {
        assert_eq!(seen(b"\x1b[0;31mred\x1b[m\r\nnext\x1b(B!"), "red\nnext!");
    }

    #[test]
    fn a_word_typed_within_a_row_stays_one_word_and_rows_are_lines() {
        let grub = b"\x1b[5;3Hl\x1b[5;4Hs\x1b[6;1Hfile\x1b[7;1Hother";
        assert_eq!(seen(grub), "ls\nfile\nother");
    }

    #[test]
    fn a_search_goes_on_where_the_last_one_ended() {
        let mut t = Terminal::default();
        t.take(b"one two one");
        let first = t.find("one", 0);
        assert_eq!(first, Some(3));
        assert_eq!(t.find("one", 3), Some(11));
        assert_eq!(t.find("one", 11), None);
        assert_eq!(t.find("three", 0), None);
    }

    #[test]
    fn the_tail_is_sixty_lines() {
        let mut t = Terminal::default();
        (0..100).for_each(|i| t.take(format!("line {i}\r\n").as_bytes()));
        assert_eq!(t.tail().lines().next(), Some("line 40"));
        assert_eq!(t.tail().lines().last(), Some("line 99"));
    }
}
