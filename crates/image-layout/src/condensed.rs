//! Bytes that are mostly zeros, or much like those before them, kept without those.

use core::fmt;

/// Bytes in a line.
const LINE: usize = 256;

/// Bytes in a word.
const WORD: usize = 8;

/// The number of lines after which one is kept without reference to the one before, so that nobody
/// has to read from the front.
const ANEW: usize = 32;

/// Bytes of which many are zeros or repeat: of every 256, only those words of 8 are kept that
/// differ from the 256 before, or from zeros in the first and then every 32nd time.
///
/// A table of inodes takes a quarter of its bytes so: inodes of 256 bytes have most of their times,
/// owners and flags in common with the ones before.
#[derive(Clone, PartialEq, Eq)]
pub struct Condensed {
    len: usize,
    lines: Box<[Line]>,
    words: Box<[[u8; WORD]]>,
}

/// The words that are kept of a line, 256 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Line {
    /// Index of the first of its words that are kept.
    first: u32,
    /// A bit a word, the lowest for the first: which are kept.
    kept: u32,
}

impl Condensed {
    /// Condenses `bytes`; `None` for more than there are numbers for, 32 GiB.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let mut words = Vec::new();
        let mut lines = Vec::with_capacity(bytes.len().div_ceil(LINE));
        let mut before = [0; LINE];
        for (n, part) in bytes.chunks(LINE).enumerate() {
            if n % ANEW == 0 {
                before = [0; LINE];
            }
            let mut line = [0; LINE];
            line[..part.len()].copy_from_slice(part);
            let (new, _) = line.as_chunks::<WORD>();
            let (old, _) = before.as_chunks::<WORD>();
            let first = u32::try_from(words.len()).ok()?;
            let mut kept = 0;
            for (n, (word, _)) in new.iter().zip(old).enumerate().filter(|(_, (a, b))| a != b) {
                kept |= 1 << n;
                words.push(*word);
            }
            lines.push(Line { first, kept });
            before = line;
        }
        Some(Self { len: bytes.len(), lines: lines.into(), words: words.into() })
    }

    /// The number of bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no byte.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Turns line `n - 1`, which is in `line`, into line `n`.
    fn advance(&self, line: &mut [u8; LINE], n: usize) {
        if n.is_multiple_of(ANEW) {
            *line = [0; LINE];
        }
        let Line { first, kept } = self.lines[n];
        let (words, _) = line.as_chunks_mut::<WORD>();
        let changed = words.iter_mut().enumerate().filter(|(n, _)| kept >> n & 1 == 1);
        // OK to cast: an index of what is in memory.
        for ((_, word), new) in changed.zip(&self.words[first as usize..]) {
            *word = *new;
        }
    }

    /// Fills `buf` with the bytes from `at` on.
    ///
    /// # Panics
    /// When they end before `buf` is full.
    pub fn read_at(&self, at: usize, buf: &mut [u8]) {
        assert!(at.checked_add(buf.len()).is_some_and(|end| end <= self.len));
        let mut line = [0; LINE];
        let first = at / LINE;
        for n in first / ANEW * ANEW..first {
            self.advance(&mut line, n);
        }
        let (mut n, mut skip, mut left) = (first, at % LINE, buf);
        while !left.is_empty() {
            self.advance(&mut line, n);
            let (part, rest) = left.split_at_mut(left.len().min(LINE - skip));
            part.copy_from_slice(&line[skip..skip + part.len()]);
            (n, skip, left) = (n + 1, 0, rest);
        }
    }
}

impl fmt::Debug for Condensed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes, {} of them kept", self.len, self.words.len() * WORD)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_reads_as_what_it_was() {
        for len in [0, 1, 7, 8, 9, 255, 256, 257, 1000, ANEW * LINE, 2 * ANEW * LINE + 300] {
            let bytes: Vec<u8> =
                (0..len).map(|n| if n / 12 % 3 == 0 { (n * 7 % 253) as u8 } else { 0 }).collect();
            let condensed = Condensed::new(&bytes).unwrap();
            assert_eq!((condensed.len(), condensed.is_empty()), (len, len == 0));
            let starts = (0..=len).filter(|n| *n < 1100 || n % 97 == 0 || n + 600 > len);
            for start in starts {
                for end in [start, start + 1, start + 10, start + 300, len] {
                    let part = start..end.clamp(start, len);
                    let mut read = vec![0xEE; part.len()];
                    condensed.read_at(start, &mut read);
                    assert_eq!(read, bytes[part], "{start} of {len}");
                }
            }
        }
    }

    #[test]
    fn zeros_and_what_repeats_take_no_words() {
        let mut bytes = vec![0; 4096];
        (bytes[300], bytes[4095]) = (1, 2);
        // The word of the 1, zeros again in the line behind it, and the last one.
        let kept = |bytes: &[u8]| format!("{:?}", Condensed::new(bytes).unwrap());
        assert_eq!(kept(&bytes), "4096 bytes, 24 of them kept");
        let same = vec![7; LINE * ANEW];
        assert_eq!(kept(&same), "8192 bytes, 256 of them kept");
        assert_eq!(kept(&[&same[..], &same[..1]].concat()), "8193 bytes, 264 of them kept");
    }
}
