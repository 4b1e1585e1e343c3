//! Hostile compressed streams: those that take the longest to unpack for their length. Each repeats
//! one small piece.

/// A hostile stream.
#[derive(Debug, Clone, Copy)]
pub struct HostileStream {
    /// The name in messages.
    pub name: &'static str,
    /// The codec, by the name of its program.
    pub codec: &'static str,
    head: &'static [u8],
    piece: &'static [u8],
    /// Number of blocks or streams in a piece.
    units: usize,
}

impl HostileStream {
    /// The stream, of about `len` bytes, and the number of blocks or streams in it.
    pub fn of_len(&self, len: usize) -> (Vec<u8>, usize) {
        let pieces = len.saturating_sub(self.head.len()) / self.piece.len();
        let mut bytes = Vec::with_capacity(len);
        bytes.extend(self.head);
        (0..pieces).for_each(|_| bytes.extend(self.piece));
        (bytes, pieces * self.units)
    }
}

/// A gzip header without a name.
const GZIP: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\0\x03";
/// The header of an xz stream without checksums, and of a block with a dictionary of 64 MiB.
const XZ_BLOCK: &[u8] = &[
    0xfd, b'7', b'z', b'X', b'Z', 0, 0, 0, 0xff, 0x12, 0xd9, 0x41, // stream
    2, 0, 0x21, 1, 28, 0, 0, 0, 0x10, 0xcf, 0x58, 0xcc, // block
];

/// A whole lzma stream of no bytes: properties, a dictionary of 4 KiB, no length, the end marker.
const LZMA_OF_NOTHING: &[u8] = &[
    0x5d, 0x00, 0x10, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, // header
    0x00, 0x83, 0xff, 0xfb, 0xff, 0xff, 0xc0, 0, 0, 0,
];

/// The hostile streams, one for each way to keep a decoder busy.
pub const HOSTILE_STREAMS: &[HostileStream] = &[
    HostileStream {
        name: "gzip members of nothing",
        codec: "gzip",
        head: &[],
        piece: b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0",
        units: 1,
    },
    HostileStream {
        name: "stored deflate blocks of nothing",
        codec: "gzip",
        head: GZIP,
        piece: &[0, 0, 0, 0xff, 0xff],
        units: 1,
    },
    HostileStream {
        // Four blocks of 10 bits: fixed codes, and the end at once.
        name: "deflate blocks of nothing with fixed codes",
        codec: "gzip",
        head: GZIP,
        piece: &[0b0000_0010, 0b0000_1000, 0b0010_0000, 0b1000_0000, 0],
        units: 4,
    },
    HostileStream {
        // Four blocks of 90 bits: a code for the end alone, which comes at once.
        name: "deflate blocks of nothing with tables",
        codec: "gzip",
        head: GZIP,
        piece: &deflate_tables(),
        units: 4,
    },
    HostileStream {
        name: "zstd frames that are skipped",
        codec: "zstd",
        head: &[],
        piece: &[0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0],
        units: 1,
    },
    HostileStream {
        name: "zstd frames of nothing",
        codec: "zstd",
        head: &[],
        piece: &[0x28, 0xb5, 0x2f, 0xfd, 0x20, 0, 1, 0, 0],
        units: 1,
    },
    HostileStream {
        name: "zstd blocks of nothing",
        codec: "zstd",
        head: &[0x28, 0xb5, 0x2f, 0xfd, 0, 0x58],
        piece: &[0, 0, 0],
        units: 1,
    },
    HostileStream {
        name: "lz4 blocks of nothing",
        codec: "lz4",
        head: &[2, 0x21, 0x4c, 0x18],
        piece: &[1, 0, 0, 0, 0],
        units: 1,
    },
    HostileStream {
        name: "lz4 magic numbers",
        codec: "lz4",
        head: &[2, 0x21, 0x4c, 0x18],
        piece: &[2, 0x21, 0x4c, 0x18],
        units: 1,
    },
    HostileStream {
        name: "bzip2 streams of nothing",
        codec: "bzip2",
        head: &[],
        piece: b"BZh9\x17\x72\x45\x38\x50\x90\0\0\0\0",
        units: 1,
    },
    HostileStream {
        name: "bzip2 streams of one byte",
        codec: "bzip2",
        head: &[],
        piece: b"BZh91AY&SY\x19\x93\x9bk\0\0\0\x01\0 \0 \0!\x18F\x82\xeeH\xa7\n\x12\x03\x32sm\x60",
        units: 2,
    },
    HostileStream {
        name: "xz streams of nothing",
        codec: "xz",
        head: &[],
        piece: b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4\x46\0\0\0\0\x1c\xdf\x44\x21\x1f\xb6\xf3\x7d\x01\0\0\0\0\x04YZ",
        units: 1,
    },
    HostileStream {
        name: "stored LZMA2 chunks of a byte, each with a new dictionary",
        codec: "xz",
        head: XZ_BLOCK,
        piece: &[1, 0, 0, b'x'],
        units: 1,
    },
    HostileStream {
        // As `xz --format=lzma` packs nothing, with the end that the format may have.
        name: "lzma streams of nothing",
        codec: "lzma",
        head: &[],
        piece: LZMA_OF_NOTHING,
        units: 1,
    },
    HostileStream {
        // Zeros keep every decision of the decoder at its first choice: a literal, again and again.
        name: "lzma literals without an end",
        codec: "lzma",
        head: &[0x5d, 0, 0x10, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0],
        piece: &[0],
        units: 0,
    },
    HostileStream {
        // 100 times "a", as `xz --format=raw` packs it; all is new in each chunk.
        name: "LZMA2 chunks with new tables",
        codec: "xz",
        head: XZ_BLOCK,
        piece: &[0xe0, 0, 99, 0, 6, 0x5d, 0, 0x30, 0xee, 0x9e, 0, 0, 0],
        units: 1,
    },
];

/// Four times the shortest deflate block that has tables of its own.
const fn deflate_tables() -> [u8; 45] {
    // HCLEN says 18 code lengths, of which those of the symbols 18 and 1 are 1; 256 codes of no
    // length, one of length 1 for the end, one for distances; the end. Lowest bit first.
    // Each with the count of its bits.
    let parts: [(u64, u32); 9] = [
        (0b100, 3),        // not the last; tables
        (14 << 10, 14),    // HLIT, HDIST, HCLEN
        (1 << 6, 9),       // code lengths of 16, 17 and 18
        (0, 42),           // of 14 others
        (1, 3),            // of 1
        (1 | 127 << 1, 8), // 138 times none
        (1 | 107 << 1, 8), // 118 times none
        (0, 2),            // one and one
        (0, 1),            // the end
    ];
    let mut bytes = [0; 45];
    let mut at = 0;
    let mut block = 0;
    while block < 4 {
        let mut part = 0;
        while part < parts.len() {
            let (value, bits) = parts[part];
            let mut bit = 0;
            while bit < bits {
                bytes[at / 8] |= ((value >> bit & 1) as u8) << (at % 8);
                at += 1;
                bit += 1;
            }
            part += 1;
        }
        block += 1;
    }
    bytes
}
