//! The parts of an xz stream around its blocks, <https://tukaani.org/xz/xz-file-format.txt>.

/// `Stream Flags`: each block is followed by the CRC-32 of its data.
pub const FLAGS: [u8; 2] = [0, 1];
/// Bytes of a block's `Check`, which [`FLAGS`] mean.
pub const CHECK_LEN: u64 = 4;
/// Stream Header: `Magic Bytes`, `Stream Flags`, their CRC-32.
pub const HEADER: [u8; 12] =
    [0xfd, b'7', b'z', b'X', b'Z', 0, FLAGS[0], FLAGS[1], 0x69, 0x22, 0xde, 0x36];
/// `Footer Magic Bytes`, the last ones of a stream.
pub const FOOTER_MAGIC: [u8; 2] = *b"YZ";

/// Index and Stream Footer, which follow the blocks: `blocks` are their `Unpadded Size` and
/// `Uncompressed Size`.
pub fn index_and_footer(blocks: impl ExactSizeIterator<Item = (u64, u64)>) -> Vec<u8> {
    let mut index = vec![0];
    put_number(&mut index, blocks.len() as u64);
    for (unpadded, len) in blocks {
        put_number(&mut index, unpadded);
        put_number(&mut index, len);
    }
    index.resize(index.len().next_multiple_of(4), 0);
    index.extend(crc32fast::hash(&index).to_le_bytes());
    // OK to cast: `Backward Size` of an index that is in memory, in words less one.
    let mut footer = ((index.len() / 4 - 1) as u32).to_le_bytes().to_vec();
    footer.extend(FLAGS);
    index.extend(crc32fast::hash(&footer).to_le_bytes());
    index.extend(footer);
    index.extend(FOOTER_MAGIC);
    index
}

/// Writes a "Multibyte Integer".
fn put_number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        // OK to cast: seven bits.
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Takes a "Multibyte Integer" off the front of `rest`; `None` if there is none.
pub fn take_number(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headers_checksum_is_that_of_its_flags() {
        assert_eq!(HEADER[8..], crc32fast::hash(&FLAGS).to_le_bytes());
    }

    #[test]
    fn numbers_come_back() {
        for value in [0, 1, 0x7f, 0x80, 0x3fff, 0x4000, u64::MAX >> 1] {
            let mut bytes = Vec::new();
            put_number(&mut bytes, value);
            let mut rest = &bytes[..];
            assert_eq!((take_number(&mut rest), rest), (Some(value), &[][..]), "{value}");
            assert_eq!(take_number(&mut &bytes[..bytes.len() - 1]), None, "{value}");
        }
        assert_eq!(
            take_number(&mut &[0x80; 10][..]),
            None,
            "longer than the nine bytes there may be"
        );
    }
}
