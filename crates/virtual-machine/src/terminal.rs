//! The text that a guest printed on its serial port, to be searched.

/// The bytes of text that are kept: what a guest prints for ever does not fill our memory.
const MOST: usize = 8 << 20;

/// A reader of a terminal session's bytes that keeps the text. Escape sequences are dropped. A jump
/// of the cursor to another row counts as a new line, since menus and installers draw that way; a
/// jump to about where the cursor is does not, since firmware does that in the middle of a word.
#[derive(Debug)]
pub(crate) struct Terminal {
    text: Vec<u8>,
    state: State,
    parameters: Vec<u8>,
    /// The cursor's row, from 1, known since the first jump; wrong once the screen has scrolled.
    row: Option<u32>,
    /// The column of the next character, from 1.
    column: u32,
}

impl Default for Terminal {
    fn default() -> Self {
        let (text, parameters) = (Vec::new(), Vec::new());
        Self { text, state: State::Plain, parameters, row: None, column: 1 }
    }
}

#[derive(Debug, Clone, Copy)]
enum State {
    Plain,
    Escape,
    /// `ESC (` and its like: one more byte names a character set.
    Charset,
    /// `ESC [`, parameters, one final byte (ECMA-48's control sequences).
    Control,
}

impl Terminal {
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        let bytes = if self.text.len() < MOST { bytes } else { &[] };
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
                (State::Plain, _) => {
                    self.plain(b);
                    State::Plain
                }
            };
        }
    }

    fn plain(&mut self, b: u8) {
        match b {
            b'\n' => {
                self.row = self.row.map(|row| row.saturating_add(1));
                self.text.push(b);
            }
            b'\r' => self.column = 1,
            8 => self.column = self.column.saturating_sub(1),
            b'\t' => self.text.push(b),
            0..0x20 => {}
            _ => {
                let continues = (0x80..0xC0).contains(&b); // a character of UTF-8 that began before
                self.column = self.column.saturating_add(u32::from(!continues));
                self.text.push(b);
            }
        }
    }

    fn control(&mut self, final_byte: u8) {
        if !matches!(final_byte, b'H' | b'f') {
            return;
        }
        let mut numbers = self.parameters.split(|&b| b == b';').map(|digits| {
            let digits = std::str::from_utf8(digits).unwrap_or_default();
            digits.parse().unwrap_or(1)
        });
        let row = numbers.next();
        let column: u32 = numbers.next().unwrap_or(1);
        let near = column > 1 && column.abs_diff(self.column) <= 1;
        let stays = near || row == self.row;
        if !stays && self.text.last().is_some_and(|&b| b != b'\n') {
            self.text.push(b'\n');
        }
        (self.row, self.column) = (row, column);
    }

    /// The offset of the end of `token`, if it occurs at or after `from`.
    pub(crate) fn find(&self, token: &str, from: usize) -> Option<usize> {
        let text = self.text.get(from..)?;
        let at = text.windows(token.len().max(1)).position(|w| w == token.as_bytes())?;
        Some(from + at + token.len())
    }

    /// The text at and after the offset `from`, whole characters only, and where it ends.
    pub(crate) fn since(&self, from: usize) -> (String, usize) {
        let bytes = self.text.get(from..).unwrap_or_default();
        let end = match std::str::from_utf8(bytes) {
            Err(e) if e.error_len().is_none() => e.valid_up_to(),
            _ => bytes.len(),
        };
        let text = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned();
        (text, from + end)
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
    fn a_jump_to_where_the_cursor_is_splits_no_word() {
        // As SeaBIOS sends it, when it has a moment in the middle of a line.
        let bios = "\x1b[20;02H   \u{2502} is h\x1b[20;09H\x1b[20;10Highlighted.\r\n\
                    bef\x1b[21;03H\x1b[21;04Hore\x1b[05;80H \x1b[05;03HGNU\r\nlast";
        assert_eq!(seen(bios.as_bytes()), "   \u{2502} is highlighted.\nbefore\n GNU\nlast");
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
    fn a_character_that_comes_in_two_pieces_is_one() {
        let mut t = Terminal::default();
        t.take("a\u{e9}".as_bytes().get(..2).unwrap());
        let (first, end) = t.since(0);
        t.take(&[0xa9, b'b', 0xff, b'c']);
        assert_eq!((first.as_str(), end), ("a", 1));
        assert_eq!(t.since(end), ("\u{e9}b\u{fffd}c".to_owned(), 6));
    }

    #[test]
    fn what_is_printed_for_ever_is_not_kept_for_ever() {
        let mut t = Terminal::default();
        (0..MOST / 4096 + 3).for_each(|_| t.take(&[b'y'; 4096]));
        assert_eq!(t.text.len(), MOST);
    }

    #[test]
    fn the_tail_is_sixty_lines() {
        let mut t = Terminal::default();
        (0..100).for_each(|i| t.take(format!("line {i}\r\n").as_bytes()));
        assert_eq!(t.tail().lines().next(), Some("line 40"));
        assert_eq!(t.tail().lines().last(), Some("line 99"));
    }
}
