//! gzip: members of deflate blocks. RFC 1952.
//!
//! The decoder stops behind each block, so that each is charged: a block of a few bytes can have
//! tables that take far longer to build than its contents take to decode.

use crate::invalid::invalid;
use crate::meter::Input;
use crate::sequence::Decoder;
use std::io::{self, BufRead, Read};
use zlib_rs::crc32::crc32;
use zlib_rs::{Inflate, InflateFlush, Status};

const FHCRC: u8 = 1 << 1;
const FEXTRA: u8 = 1 << 2;
const FNAME: u8 = 1 << 3;
const FCOMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0xe0;

/// Size of deflate's window, as a power of two.
const WINDOW_BITS: u8 = 15;

/// A decoder of gzip members.
pub(crate) struct Gzip {
    inflate: Inflate,
    /// CRC-32, and length modulo 2^32, of what was unpacked of this member.
    crc: u32,
    len: u32,
    deflate_ended: bool,
}

impl Gzip {
    pub(crate) fn new() -> Self {
        Self { inflate: Inflate::new(false, WINDOW_BITS), crc: 0, len: 0, deflate_ended: false }
    }

    fn trailer<R: BufRead>(&self, input: &mut Input<'_, R>) -> io::Result<()> {
        let crc = u32::from_le_bytes(input.array()?);
        let len = u32::from_le_bytes(input.array()?);
        match (crc, len) == (self.crc, self.len) {
            true => Ok(()),
            false => Err(invalid("the gzip member's checksum is wrong")),
        }
    }
}

impl Decoder for Gzip {
    fn begin<R: BufRead>(&mut self, input: &mut Input<'_, R>) -> io::Result<()> {
        let mut header = Header { input, crc: 0 };
        let [a, b, method, flags, _, _, _, _, _, _] = header.array()?;
        if !matches!((a, b), (0x1f, 0x8b | 0x9e)) {
            return Err(invalid("it is no gzip member"));
        }
        if method != 8 || flags & RESERVED != 0 {
            return Err(invalid("a gzip member of an unknown kind"));
        }
        if flags & FEXTRA != 0 {
            for _ in 0..u16::from_le_bytes(header.array()?) {
                header.array::<1>()?;
            }
        }
        for _ in 0..(flags & (FNAME | FCOMMENT)).count_ones() {
            while header.array()? != [0] {}
        }
        // The header's checksum comes last, behind all that it covers.
        let computed = header.crc.to_le_bytes();
        if flags & FHCRC != 0 && header.array()? != [computed[0], computed[1]] {
            return Err(invalid("the gzip header's checksum is wrong"));
        }
        self.inflate.reset(false);
        (self.crc, self.len, self.deflate_ended) = (0, 0, false);
        Ok(())
    }

    fn read<R: BufRead>(&mut self, input: &mut Input<'_, R>, buf: &mut [u8]) -> io::Result<usize> {
        while !self.deflate_ended {
            input.charge_unit()?;
            let chunk = input.fill_buf()?;
            let (before_in, before_out) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self.inflate.decompress(chunk, buf, InflateFlush::Block);
            let ended = chunk.is_empty();
            // OK to cast, twice: not longer than the slices.
            let consumed = (self.inflate.total_in() - before_in) as usize;
            let produced = (self.inflate.total_out() - before_out) as usize;
            input.consume(consumed);
            match status {
                Ok(Status::StreamEnd) => self.deflate_ended = true,
                Ok(_) if ended && produced == 0 => {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                Ok(_) => {}
                Err(e) => return Err(invalid(e.as_str())),
            }
            if produced > 0 {
                self.crc = crc32(self.crc, &buf[..produced]);
                self.len = self.len.wrapping_add(produced as u32);
                return Ok(produced);
            }
        }
        self.trailer(input)?;
        Ok(0)
    }
}

/// A member's header while it is read, with the checksum so far.
struct Header<'i, 'b, R> {
    input: &'i mut Input<'b, R>,
    crc: u32,
}

impl<R: BufRead> Header<'_, '_, R> {
    fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes)?;
        self.crc = crc32(self.crc, &bytes);
        Ok(bytes)
    }
}
