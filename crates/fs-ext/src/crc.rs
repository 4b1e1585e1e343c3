//! The two checksums of ext4, as its structures use them: started by the caller, not inverted
//! at the end, so that one continues another.

/// The eight tables of CRC-32C: the effect of a byte that is 0 to 7 bytes before the end.
static CRC32C: [[u32; 256]; 8] = {
    let mut tables = [[0; 256]; 8];
    let mut n = 0;
    while n < 256 {
        let mut crc = n as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0x82F6_3B78 } else { crc >> 1 };
            bit += 1;
        }
        tables[0][n] = crc;
        n += 1;
    }
    let mut t = 1;
    while t < 8 {
        let mut n = 0;
        while n < 256 {
            let crc = tables[t - 1][n];
            tables[t][n] = crc >> 8 ^ tables[0][(crc & 0xFF) as usize];
            n += 1;
        }
        t += 1;
    }
    tables
};

/// Continues a CRC-32C (Castagnoli, reflected) over `bytes`.
pub(crate) fn crc32c(mut crc: u32, bytes: &[u8]) -> u32 {
    let table = |t: usize, byte: u32| CRC32C[t][(byte & 0xFF) as usize];
    let mut chunks = bytes.chunks_exact(8);
    for c in &mut chunks {
        let low = crc ^ u32::from_le_bytes([c[0], c[1], c[2], c[3]]);
        let high = u32::from_le_bytes([c[4], c[5], c[6], c[7]]);
        crc = table(7, low)
            ^ table(6, low >> 8)
            ^ table(5, low >> 16)
            ^ table(4, low >> 24)
            ^ table(3, high)
            ^ table(2, high >> 8)
            ^ table(1, high >> 16)
            ^ table(0, high >> 24);
    }
    for byte in chunks.remainder() {
        crc = crc >> 8 ^ table(0, crc ^ u32::from(*byte));
    }
    crc
}

/// Continues a CRC-16 (polynomial 0x8005, reflected) over `bytes`.
pub(crate) fn crc16(mut crc: u16, bytes: &[u8]) -> u16 {
    for byte in bytes {
        crc ^= u16::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xA001 } else { crc >> 1 };
        }
    }
    crc
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The catalogue's check values: the checksum of the digits 1 to 9.
    #[test]
    fn check_values() {
        assert_eq!(!crc32c(!0, b"123456789"), 0xE306_9283);
        assert_eq!(crc16(0, b"123456789"), 0xBB3D);
        assert_eq!(crc16(!0, b"123456789"), 0x4B37);
    }

    #[test]
    fn one_continues_another() {
        let bytes: Vec<u8> = (0..=255).collect();
        for at in [0, 1, 7, 8, 9, 100, 256] {
            let (a, b) = bytes.split_at(at);
            assert_eq!(crc32c(crc32c(!0, a), b), crc32c(!0, &bytes));
            assert_eq!(crc16(crc16(!0, a), b), crc16(!0, &bytes));
        }
    }
}
