//! A PC's text screen: the 80 by 25 characters that the graphics adapter shows in text mode,
//! whoever wrote them.

/// Where it is in the guest's memory.
pub(crate) const ADDRESS: u64 = 0xb8000;
const COLUMNS: usize = 80;
const LINES: usize = 25;
/// Its length: of each character, its code and then its colours.
pub(crate) const LEN: usize = COLUMNS * LINES * 2;

/// Its lines. What is not ASCII is a `?`.
pub(crate) fn lines(memory: &[u8]) -> Vec<String> {
    let shown = |pair: &[u8; 2]| match pair[0] {
        0 => ' ',
        code if code.is_ascii_graphic() || code == b' ' => char::from(code),
        _ => '?',
    };
    let line = |bytes: &[u8]| bytes.as_chunks().0.iter().map(shown).collect();
    memory.chunks_exact(2 * COLUMNS).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_from_colours() {
        let mut memory = vec![0; LEN];
        memory[160..168].copy_from_slice(b"a\x07\xc4\x07b\x1b\x1bc");
        let lines = lines(&memory);
        assert_eq!((lines.len(), lines[0].len()), (LINES, COLUMNS));
        assert_eq!(lines[1].trim_end(), "a?b?");
    }
}
