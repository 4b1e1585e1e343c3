//! The size of an initrd, packed and unpacked.

/// The factor by which an initrd is assumed to grow when unpacked, if the file does not say how
/// long its contents are.
const USUAL_RATIO: u64 = 4;

/// The size of an initrd: the file's length, and that of its contents when a kernel unpacks them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InitrdSize {
    /// The file's length, in bytes.
    pub packed: u64,
    /// The length of the unpacked contents, in bytes.
    pub unpacked: u64,
    /// Whether `unpacked` is an estimate, because the file does not say it.
    pub estimated: bool,
}

impl InitrdSize {
    /// The size of an initrd, from its length, its first bytes (18 are enough) and its last ones.
    pub fn of(packed: u64, head: &[u8], tail: &[u8]) -> Self {
        // A stated length below the file's is not believed: gzip's trailer gives the length modulo
        // 2^32, and the file's last bytes may be no trailer. Nor is one above 1024 times the
        // file's.
        let stated = stated(head, tail).filter(|len| (packed..=packed << 10).contains(len));
        Self {
            packed,
            unpacked: stated.unwrap_or(packed.saturating_mul(USUAL_RATIO)),
            estimated: stated.is_none(),
        }
    }
}

/// The unpacked length that gzip's trailer or zstd's frame header states, if there is one.
fn stated(head: &[u8], tail: &[u8]) -> Option<u64> {
    if head.starts_with(&[0x1f, 0x8b]) {
        return Some(u64::from(u32::from_le_bytes(*tail.last_chunk()?)));
    }
    let rest = head.strip_prefix(&[0x28, 0xb5, 0x2f, 0xfd])?;
    let (descriptor, rest) = rest.split_first()?;
    let single_segment = descriptor & 0x20 != 0;
    let dictionary = [0, 1, 2, 4].get(usize::from(descriptor & 3))?;
    let rest = rest.get(usize::from(!single_segment) + dictionary..)?;
    match (descriptor >> 6, single_segment) {
        (0, false) => None,
        (0, true) => Some(u64::from(*rest.first()?)),
        (1, _) => Some(u64::from(u16::from_le_bytes(*rest.first_chunk()?)) + 256),
        (2, _) => Some(u64::from(u32::from_le_bytes(*rest.first_chunk()?))),
        _ => Some(u64::from_le_bytes(*rest.first_chunk()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(unpacked: u64, estimated: bool) -> InitrdSize {
        InitrdSize { packed: 1000, unpacked, estimated }
    }

    #[test]
    fn the_length_is_what_the_format_says() {
        let gzip = |tail: [u8; 4]| InitrdSize::of(1000, &[0x1f, 0x8b, 8, 0], &tail);
        assert_eq!(gzip([0x10, 0x27, 0, 0]), size(10_000, false));
        assert_eq!(gzip([0; 4]), size(4000, true), "padding behind it");
        assert_eq!(gzip([0xff; 4]), size(4000, true), "more than deflate can pack");
        let zstd = |more: &[u8]| {
            InitrdSize::of(1000, &[&[0x28, 0xb5, 0x2f, 0xfd], more].concat(), b"....")
        };
        assert_eq!(zstd(&[0xa0, 0x10, 0x27, 0, 0]), size(10_000, false));
        assert_eq!(
            zstd(&[0x80, 0x58, 0x10, 0x27, 0, 0]),
            size(10_000, false),
            "a window before it"
        );
        assert_eq!(zstd(&[0x60, 0x10, 0x27]), size(10_256, false));
        assert_eq!(zstd(&[0xe3, 1, 2, 3, 4, 0x10, 0x27, 0, 0, 0, 0, 0, 0]), size(10_000, false));
        assert_eq!(zstd(&[0x04, 0x58]), size(4000, true), "it says none");
        assert_eq!(zstd(&[0xa0]), size(4000, true), "cut short");
        assert_eq!(InitrdSize::of(1000, b"070701", b"...."), size(4000, true));
        assert_eq!(InitrdSize::of(u64::MAX, b"", b"").unpacked, u64::MAX);
    }
}
