//! The hash of a name in a hashed directory: half MD4, three rounds of eight steps.
//!
//! Bytes are taken as signed, as `s_flags` says, so that those beyond ASCII borrow from the
//! bytes before them. <https://docs.kernel.org/filesystems/ext4/directory.html>

/// The state that MD4 starts with where a file system has no seed.
const START: [u32; 4] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476];
/// Bytes that one transformation takes.
const CHUNK: usize = 32;
/// The hash that no name may have: it marks the end of a directory that is read by hashes.
const END: u32 = 0xFFFF_FFFE;

/// Whether a hash takes bytes as signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signed {
    No,
    Yes,
}

/// The hash of `name`; its lowest bit is 0.
pub(crate) fn half_md4(name: &[u8], seed: &[u8; 16]) -> u32 {
    half_md4_of(name, seed, Signed::Yes)
}

/// The hash of `name`, with its bytes taken one way or the other.
pub(crate) fn half_md4_of(name: &[u8], seed: &[u8; 16], signed: Signed) -> u32 {
    let mut state = START;
    if *seed != [0; 16] {
        for (word, bytes) in state.iter_mut().zip(seed.chunks_exact(4)) {
            *word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
    }
    let mut rest = name;
    while !rest.is_empty() {
        transform(&mut state, &words(rest, signed));
        rest = rest.get(CHUNK..).unwrap_or_default();
    }
    match state[1] & !1 {
        END => END - 2,
        hash => hash,
    }
}

/// The first 32 bytes of `rest` as eight words, the first byte on top; what is missing is filled
/// with the length of `rest`, in every byte of a word.
fn words(rest: &[u8], signed: Signed) -> [u32; 8] {
    // OK to cast: a name has at most 255 bytes.
    let pad = (rest.len() as u32) * 0x0101_0101;
    let mut words = [pad; 8];
    for (word, bytes) in words.iter_mut().zip(rest.chunks(4)) {
        for byte in bytes {
            let byte = match signed {
                // OK to cast: sign extension is what is wanted.
                Signed::Yes => *byte as i8 as u32,
                Signed::No => u32::from(*byte),
            };
            *word = (*word << 8).wrapping_add(byte);
        }
    }
    words
}

fn transform(state: &mut [u32; 4], input: &[u32; 8]) {
    type Mix = fn(u32, u32, u32) -> u32;
    let choose: Mix = |x, y, z| z ^ (x & (y ^ z));
    let majority: Mix = |x, y, z| (x & y).wrapping_add((x ^ y) & z);
    let parity: Mix = |x, y, z| x ^ y ^ z;
    let rounds: [(Mix, u32, [usize; 8], [u32; 4]); 3] = [
        (choose, 0, [0, 1, 2, 3, 4, 5, 6, 7], [3, 7, 11, 19]),
        (majority, 0x5A82_7999, [1, 3, 5, 7, 0, 2, 4, 6], [3, 5, 9, 13]),
        (parity, 0x6ED9_EBA1, [3, 7, 2, 6, 1, 5, 0, 4], [3, 9, 11, 15]),
    ];
    let [mut a, mut b, mut c, mut d] = *state;
    for (mix, constant, order, shifts) in rounds {
        for (step, word) in order.into_iter().enumerate() {
            let sum = a.wrapping_add(mix(b, c, d)).wrapping_add(input[word]).wrapping_add(constant);
            (a, d, c, b) = (d, c, b, sum.rotate_left(shifts[step % 4]));
        }
    }
    for (word, add) in state.iter_mut().zip([a, b, c, d]) {
        *word = word.wrapping_add(add);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hashes as `debugfs` says them: `dx_hash -h half_md4 -s SEED NAME`.
    #[test]
    fn hashes_of_debugfs() {
        let long = "longer-name-than-thirty-two-bytes-by-far-and-more-and-more-xyz";
        let table = [
            ("a", 0xD5FA_7D7A, 0x516C_6272),
            ("abc", 0xD196_A868, 0x8EC3_183E),
            (long, 0xE4EB_B66E, 0x4633_E1D2),
            ("entry-number-000017", 0x3962_87E2, 0xD0EC_C6C0),
        ];
        for (name, plain, seeded) in table {
            assert_eq!(half_md4(name.as_bytes(), &[0; 16]), plain, "{name}");
            assert_eq!(half_md4(name.as_bytes(), &[0x5E; 16]), seeded, "{name}");
        }
    }
}
