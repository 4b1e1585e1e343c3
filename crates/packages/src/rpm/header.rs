//! The header structure of RPM packages, which both the signature header and the header have: an
//! index of tagged entries, then their values.
//! <https://rpm-software-management.github.io/rpm/manual/format_header.html>
//!
//! ```text
//! 8e ad e8 01  reserved[4]  nindex(be32)  hsize(be32)          16 bytes
//! tag(be32) type(be32) offset(be32) count(be32)                16 bytes, nindex times
//! values                                                       hsize bytes
//! ```

const MAGIC: [u8; 4] = [0x8e, 0xad, 0xe8, 0x01];
/// Length of the preamble, which is before the index, in bytes.
pub(super) const PREAMBLE: u64 = 16;
/// Length of an entry in the index, in bytes.
const ENTRY: usize = 16;
/// Most entries in the index; rpm reads no more either.
const MAX_ENTRIES: u64 = 0xffff;

const TYPE_INT16: u32 = 3;
const TYPE_INT32: u32 = 4;
const TYPE_INT64: u32 = 5;
const TYPE_STRING: u32 = 6;
const TYPE_STRING_ARRAY: u32 = 8;
const TYPE_I18NSTRING: u32 = 9;

/// A header in memory. Only its size has been checked, nothing in it.
#[derive(Debug)]
pub(super) struct Header {
    index: Vec<Entry>,
    values: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    tag: u32,
    kind: u32,
    offset: usize,
    count: usize,
}

/// The lengths in bytes of the index and of the values behind a preamble. The error says what is
/// wrong with the preamble.
pub(super) fn sizes(preamble: &[u8; PREAMBLE as usize]) -> Result<(u64, u64), String> {
    let [a, _, nindex, hsize] = words(preamble);
    if a != MAGIC {
        return Err("it does not begin with 8e ad e8 01".to_owned());
    }
    let number = |b| u64::from(u32::from_be_bytes(b));
    let entries = number(nindex);
    if entries > MAX_ENTRIES {
        return Err(format!("{entries} entries; at most {MAX_ENTRIES} are possible"));
    }
    Ok((entries * ENTRY as u64, number(hsize)))
}

/// The four words of 16 bytes.
fn words(bytes: &[u8; 16]) -> [[u8; 4]; 4] {
    let mut words = [[0; 4]; 4];
    for (word, four) in words.iter_mut().zip(bytes.as_chunks().0) {
        *word = *four;
    }
    words
}

impl Header {
    /// A header from the bytes behind its preamble, of which the first `index_len` are the index.
    pub(super) fn new(mut index: Vec<u8>, index_len: usize) -> Self {
        let values = index.split_off(index_len.min(index.len()));
        let entries = index.as_chunks::<ENTRY>().0.iter().map(|bytes| {
            let [tag, kind, offset, count] = words(bytes).map(u32::from_be_bytes);
            Entry { tag, kind, offset: offset as usize, count: count as usize }
        });
        Self { index: entries.collect(), values }
    }

    fn entry(&self, tag: u32) -> Option<(Entry, &[u8])> {
        let entry = *self.index.iter().find(|e| e.tag == tag)?;
        Some((entry, self.values.get(entry.offset..)?))
    }

    /// The first string of an entry.
    pub(super) fn string(&self, tag: u32) -> Option<String> {
        self.strings(tag)?.next().map(|s| String::from_utf8_lossy(s).into_owned())
    }

    /// The strings of an entry, as bytes, at most as many as the entry declares.
    pub(super) fn strings(&self, tag: u32) -> Option<impl Iterator<Item = &[u8]>> {
        let (entry, values) = self.entry(tag)?;
        let count = match entry.kind {
            TYPE_STRING => 1,
            TYPE_STRING_ARRAY | TYPE_I18NSTRING => entry.count,
            _ => return None,
        };
        // Each string ends with a NUL, so what follows the last NUL is none.
        let end = values.iter().rposition(|b| *b == 0)?;
        Some(values.get(..end)?.split(|b| *b == 0).take(count))
    }

    /// The first number of an entry.
    pub(super) fn number(&self, tag: u32) -> Option<u64> {
        self.numbers(tag)?.next()
    }

    /// The numbers of an entry, at most as many as there are bytes for.
    pub(super) fn numbers(&self, tag: u32) -> Option<impl Iterator<Item = u64>> {
        let (entry, values) = self.entry(tag)?;
        let size = match entry.kind {
            TYPE_INT16 => 2,
            TYPE_INT32 => 4,
            TYPE_INT64 => 8,
            _ => return None,
        };
        let number = |b: &[u8]| b.iter().fold(0, |n, b| n << 8 | u64::from(*b));
        Some(values.chunks_exact(size).take(entry.count).map(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(entries: &[(u32, u32, u32, u32)], values: &[u8]) -> Header {
        let words = entries.iter().flat_map(|(a, b, c, d)| [a, b, c, d]);
        let index: Vec<u8> = words.flat_map(|w| w.to_be_bytes()).collect();
        let len = index.len();
        Header::new([&index, values].concat(), len)
    }

    #[test]
    fn values_are_read_by_tag_and_type() {
        let h = header(
            &[(1, 6, 0, 1), (2, 8, 0, 3), (3, 4, 8, 2), (4, 6, 99, 1), (5, 4, 8, u32::MAX)],
            b"a\0bc\0d\0\0\0\0\0\x01\0\0\x01\0",
        );
        assert_eq!(h.string(1).as_deref(), Some("a"));
        let strings: Vec<_> = h.strings(2).unwrap().collect();
        assert_eq!(strings, [&b"a"[..], b"bc", b"d"]);
        assert_eq!(h.numbers(3).unwrap().collect::<Vec<_>>(), [1, 256]);
        assert_eq!(h.numbers(5).unwrap().count(), 2);
        assert_eq!(h.number(1), None);
        assert_eq!(h.string(3), None);
        assert_eq!(h.string(4), None);
        assert_eq!(h.string(9), None);
    }

    #[test]
    fn a_string_without_an_end_is_none() {
        assert_eq!(header(&[(1, 6, 0, 1)], b"abc").string(1), None);
        assert_eq!(header(&[(1, 6, 0, 1)], b"").string(1), None);
    }

    #[test]
    fn sizes_of_a_preamble() {
        let mut bytes = *b"\x8e\xad\xe8\x01\0\0\0\0\0\0\0\x02\0\0\0\x05";
        assert_eq!(sizes(&bytes), Ok((32, 5)));
        bytes[0] = 0;
        assert!(sizes(&bytes).is_err());
    }
}
