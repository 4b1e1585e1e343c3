//! The payload's compression: a raw LZMA1 stream as `lzma_decompress.img` expects it.

use crate::Error;
use lzma_rust2::{LzmaOptions, LzmaWriter};
use std::io::Write as _;

/// How far back a match may reach. The decoder uses its own output as the window, so any size
/// works; most payloads are smaller than this, and memory stays near 12 MiB for those that are not.
const DICTIONARY: u32 = 1 << 20;

/// Compresses `payload`: lc 3, lp 0, pb 2, which the decoder has built in; neither a header nor an
/// end marker, since it knows the length and stops there.
pub(crate) fn compress(payload: &[u8]) -> Result<Vec<u8>, Error> {
    let failed = |e: std::io::Error| Error::Lzma { reason: e.to_string() };
    let mut options = LzmaOptions::with_preset(9);
    options.dict_size = DICTIONARY;
    (options.lc, options.lp, options.pb) = (3, 0, 2);
    let mut writer = LzmaWriter::new_no_header(Vec::new(), &options, false).map_err(failed)?;
    writer.write_all(payload).map_err(failed)?;
    writer.finish().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lzma_rust2::LzmaReader;
    use std::io::Read as _;

    #[test]
    fn a_decoder_that_knows_the_length_gives_it_back() {
        let payload: Vec<u8> = (0..300_000u32).map(|i| (i.wrapping_mul(i) >> 7) as u8).collect();
        let packed = compress(&payload).unwrap();
        // The range coder's first byte; a header would start with 0x5d.
        assert_eq!(packed[0], 0);
        let len = payload.len() as u64;
        let mut back = Vec::new();
        let mut reader =
            LzmaReader::new(packed.as_slice(), len, 3, 0, 2, DICTIONARY, None).unwrap();
        reader.read_to_end(&mut back).unwrap();
        assert_eq!(back, payload);
    }

    #[test]
    fn there_is_no_end_marker() {
        // With the length unknown, only a marker could end the stream: the decoder runs dry.
        let packed = compress(b"abc").unwrap();
        let mut reader =
            LzmaReader::new(packed.as_slice(), u64::MAX, 3, 0, 2, DICTIONARY, None).unwrap();
        assert!(reader.read_to_end(&mut Vec::new()).is_err());
    }
}
