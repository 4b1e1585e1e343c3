//! The payload's compression: a raw LZMA1 stream as `lzma_decompress.img` expects it.

use crate::Error;
use lzma_rust2::{DICT_SIZE_MIN, LzmaOptions, LzmaWriter, MfType};
use std::io::Write as _;

/// How hard to look for matches: the finder, the length that is good enough to stop at, how many
/// candidates are looked at (0: as many as that length suggests), and how far back. The decoder
/// uses its own output as the window, so any distance works.
type Effort = (MfType, u32, i32, u32);

/// What is tried for a payload of `len` bytes; the smallest result is taken.
fn efforts(len: usize) -> &'static [Effort] {
    const ALL: u32 = 1 << 20;
    match len {
        // Chance decides by a handful of bytes, and each takes a few milliseconds only.
        0..0x2_0000 => {
            &[(MfType::Bt4, 64, 0, ALL), (MfType::Bt4, 273, 0, ALL), (MfType::Bt4, 36, 16, ALL)]
        }
        0x2_0000..0x4_0000 => &[(MfType::Bt4, 64, 0, ALL)],
        0x4_0000..0x8_0000 => &[(MfType::Hc4, 32, 8, 1 << 19)],
        // 4 % more bytes than the most thorough in half of its time, and still fewer than GRUB's
        // own program. The time goes into waiting for memory: few candidates, and a distance
        // whose table of hashes stays in the processor's cache.
        _ => &[(MfType::Hc4, 20, 5, 1 << 18)],
    }
}

/// Compresses `payload`: lc 3, lp 0, pb 2, which the decoder has built in; neither a header nor an
/// end marker, since it knows the length and stops there.
pub(crate) fn compress(payload: &[u8]) -> Result<Vec<u8>, Error> {
    let mut best: Option<Vec<u8>> = None;
    for effort in efforts(payload.len()) {
        let stream = compress_with(payload, *effort)?;
        if best.as_ref().is_none_or(|b| stream.len() < b.len()) {
            best = Some(stream);
        }
    }
    // OK to unwrap: there is at least one effort.
    Ok(best.expect("an effort"))
}

fn compress_with(payload: &[u8], effort: Effort) -> Result<Vec<u8>, Error> {
    let failed = |e: std::io::Error| Error::Lzma { reason: e.to_string() };
    let mut options = LzmaOptions::with_preset(9);
    (options.lc, options.lp, options.pb) = (3, 0, 2);
    (options.mf, options.nice_len, options.depth_limit, options.dict_size) = effort;
    // What the encoder sets aside grows with the dictionary; more than the payload is no use.
    let len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    options.dict_size = options.dict_size.min(len.max(DICT_SIZE_MIN));
    let mut writer = LzmaWriter::new_no_header(Vec::new(), &options, false).map_err(failed)?;
    writer.write_all(payload).map_err(failed)?;
    writer.finish().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DICTIONARY: u32 = 1 << 20;
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
