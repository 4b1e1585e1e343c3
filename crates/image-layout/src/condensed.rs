//! Bytes that are mostly zeros, kept without them.

use core::fmt;

/// Bytes in a line.
const LINE: usize = 256;

/// Bytes in a word.
const WORD: usize = 8;

/// Bytes of which many are zeros: of every 256, only those words of 8 are kept that are not zero.
/// A table of inodes takes less than half as much so.
#[derive(Clone, PartialEq, Eq)]
pub struct Condensed {
    len: usize,
    lines: Box<[Line]>,
    words: Box<[[u8; WORD]]>,
}

/// 256 bytes.
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
        for line in bytes.chunks(LINE) {
            let first = u32::try_from(words.len()).ok()?;
            let mut kept = 0;
            for (n, part) in line.chunks(WORD).enumerate() {
                let mut word = [0; WORD];
                word[..part.len()].copy_from_slice(part);
                if word != [0; WORD] {
                    kept |= 1 << n;
                    words.push(word);
                }
            }
            lines.push(Line { first, kept });
        }
        Some(Self { len: bytes.len(), lines: lines.into(), words: words.into() })
    }

    /// How many bytes they are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no byte.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The word that holds the byte `at`.
    fn word(&self, at: usize) -> [u8; WORD] {
        let (line, n) = (self.lines[at / LINE], at % LINE / WORD);
        if line.kept >> n & 1 == 0 {
            return [0; WORD];
        }
        // OK to cast: a count of bits, and an index of what is in memory.
        self.words[(line.first + (line.kept & ((1 << n) - 1)).count_ones()) as usize]
    }

    /// Fills `buf` with the bytes from `at` on.
    ///
    /// # Panics
    /// When they end before `buf` is full.
    pub fn read_at(&self, at: usize, buf: &mut [u8]) {
        assert!(at.checked_add(buf.len()).is_some_and(|end| end <= self.len));
        let mut done = 0;
        while done < buf.len() {
            let skip = (at + done) % WORD;
            let len = (WORD - skip).min(buf.len() - done);
            let word = self.word(at + done);
            buf[done..done + len].copy_from_slice(&word[skip..skip + len]);
            done += len;
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
        for len in [0, 1, 7, 8, 9, 255, 256, 257, 1000] {
            let bytes: Vec<u8> =
                (0..len).map(|n| if n / 12 % 3 == 0 { (n * 7 % 256) as u8 } else { 0 }).collect();
            let condensed = Condensed::new(&bytes).unwrap();
            assert_eq!((condensed.len(), condensed.is_empty()), (len, len == 0));
            for start in 0..=len {
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
    fn zeros_take_no_words() {
        let mut bytes = vec![0; 4096];
        (bytes[300], bytes[4095]) = (1, 2);
        let condensed = Condensed::new(&bytes).unwrap();
        assert_eq!(format!("{condensed:?}"), "4096 bytes, 16 of them kept");
    }
}
