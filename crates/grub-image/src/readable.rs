//! Text out of a file, for a message: on one line, of a bounded length, and nothing in it that a
//! terminal would act on.

use shown_text::shown;

/// Characters of a text that are shown.
const MOST: usize = 200;

/// The text, [shown] and cut where it gets long.
pub(crate) fn readable(text: &str) -> String {
    match text.char_indices().nth(MOST) {
        Some((end, _)) => shown(&text[..end]) + "…",
        None => shown(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_has_nothing_to_act_on() {
        assert_eq!(readable("a\x1b[2J\u{9b}\n·é"), "a\\u{1b}[2J\\u{9b}\\n·é");
        assert_eq!(readable(&"x".repeat(MOST)), "x".repeat(MOST));
        assert_eq!(readable(&"é".repeat(MOST + 1)), "é".repeat(MOST) + "…");
    }
}
