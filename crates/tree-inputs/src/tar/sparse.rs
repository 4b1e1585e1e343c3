//! Maps of sparse files: GNU tar's own, and three generations of pax records.
//!
//! <https://www.gnu.org/software/tar/manual/html_node/Sparse-Formats.html>

use super::input::Input;
use super::number::{decimal, number};
use super::pax::Pax;
use crate::Error;
use crate::error::shown;
use crate::format::gnu::{Extended, OLD_GNU, OldGnu, Sparse};
use crate::format::ustar::BLOCK;
use file_tree::FileContent;
use image_layout::{Content, SourceId};
use std::io::Read;

/// The map of a sparse file: where its data are.
#[derive(Debug)]
pub(super) struct Map {
    /// Length of the file.
    len: u64,
    /// The offset and length of every piece, in order.
    pieces: Vec<(u64, u64)>,
}

fn wrong(path: &[u8], reason: impl Into<String>) -> Error {
    Error::Sparse { path: shown(path), reason: reason.into() }
}

fn too_many(path: &[u8], most: usize) -> Error {
    wrong(path, format!("it has more than the {most} pieces that are left for this archive"))
}

impl Map {
    /// The number of pieces.
    pub fn pieces(&self) -> usize {
        self.pieces.len()
    }

    /// The map of a header of type `S`, and the blocks behind it.
    pub fn old_gnu<R: Read>(
        header: &[u8; BLOCK],
        input: &mut Input<R>,
        path: &[u8],
        most: usize,
    ) -> Result<Self, Error> {
        let mut own = [0; BLOCK - OLD_GNU];
        own.copy_from_slice(&header[OLD_GNU..]);
        let own = OldGnu::from_bytes(&own);
        let size = |field: &[u8]| {
            let n = number(field).and_then(|n| u64::try_from(n).ok());
            n.ok_or_else(|| wrong(path, format!("`{}` is no length", field.escape_ascii())))
        };
        let mut pieces = Vec::new();
        let mut add = |sp: &[Sparse]| -> Result<(), Error> {
            for piece in sp.iter().take_while(|p| p.numbytes[0] != 0) {
                pieces.push((size(&piece.offset)?, size(&piece.numbytes)?));
            }
            if pieces.len() > most {
                return Err(too_many(path, most));
            }
            Ok(())
        };
        add(&own.sp)?;
        let mut more = own.isextended;
        while more != 0 {
            let what = "the map of a sparse file";
            let at = input.at;
            let truncated = || Error::Truncated { at, what: what.into() };
            let block = input.block(what)?.ok_or_else(truncated)?;
            let block = Extended::from_bytes(&block);
            add(&block.sp)?;
            more = block.isextended;
        }
        Ok(Self { len: size(&own.realsize)?, pieces })
    }

    /// The map in pax records, or, in version 1.0, in the first blocks of the contents, by which
    /// `size` is then reduced. `None` if the file is not sparse.
    pub fn pax<R: Read>(
        pax: &Pax<'_>,
        size: &mut u64,
        input: &mut Input<R>,
        path: &[u8],
        (at, most): (u64, usize),
    ) -> Result<Option<Self>, Error> {
        let version = (pax.number("GNU.sparse.major", at)?, pax.number("GNU.sparse.minor", at)?);
        let len = match pax.number("GNU.sparse.realsize", at)? {
            None => pax.number("GNU.sparse.size", at)?,
            len => len,
        };
        let pieces = match (version, pax.get("GNU.sparse.map")) {
            ((None, _), None) if pax.sparse().len() == 0 && len.is_none() => return Ok(None),
            ((None | Some(0), _), None) => pax.sparse().copied().collect(),
            ((None | Some(0), _), Some(map)) => {
                let numbers: Option<Vec<u64>> = map.split(|b| *b == b',').map(decimal).collect();
                let numbers = numbers.ok_or_else(|| wrong(path, "it has more than numbers"))?;
                let (pairs, rest) = numbers.as_chunks::<2>();
                if !rest.is_empty() {
                    return Err(wrong(path, "it has an odd number of numbers"));
                }
                pairs.iter().map(|[at, len]| (*at, *len)).collect()
            }
            ((Some(1), Some(0)), _) => in_contents(size, input, path, most)?,
            ((major, minor), _) => {
                let v = [major, minor].map(|n| n.map_or("?".into(), |n| n.to_string()));
                return Err(wrong(path, format!("it is of version {}", v.join("."))));
            }
        };
        let len = len.ok_or_else(|| wrong(path, "the length of the file is missing"))?;
        if pieces.len() > most {
            return Err(too_many(path, most));
        }
        Ok(Some(Self { len, pieces }))
    }

    /// The file, whose `size` bytes of data begin at `offset` of source `id`.
    pub fn content(
        &self,
        id: SourceId,
        mut offset: u64,
        size: u64,
        path: &[u8],
    ) -> Result<FileContent, Error> {
        let (mut at, mut left) = (0, size);
        let mut pieces = Vec::new();
        for &(start, len) in &self.pieces {
            let end = start.checked_add(len).filter(|end| start >= at && *end <= self.len);
            let (Some(end), Some(rest)) = (end, left.checked_sub(len)) else {
                return Err(wrong(path, format!("{len} bytes at {start} are out of place")));
            };
            pieces.push(Content::Zero { len: start - at });
            pieces.push(Content::Source { id, offset, len });
            (at, left, offset) = (end, rest, offset + len);
        }
        if left > 0 {
            return Err(wrong(path, format!("{left} bytes have no place")));
        }
        pieces.push(Content::Zero { len: self.len - at });
        FileContent::from_pieces(pieces).map_err(|source| Error::Tree { path: shown(path), source })
    }
}

/// Reads the map in the contents: one number on each line, first that of pieces, then the offset
/// and length of each, padded to a block.
fn in_contents<R: Read>(
    size: &mut u64,
    input: &mut Input<R>,
    path: &[u8],
    most: usize,
) -> Result<Vec<(u64, u64)>, Error> {
    let mut block = Vec::new().into_iter();
    let mut next = |size: &mut u64| -> Result<u64, Error> {
        let mut digits = Vec::new();
        loop {
            match block.next() {
                None => {
                    *size = size
                        .checked_sub(BLOCK as u64)
                        .ok_or_else(|| wrong(path, "it does not end within the contents"))?;
                    block = input.bytes(BLOCK, "the map of a sparse file")?.into_iter();
                }
                Some(b'\n') => break,
                Some(digit) if digits.len() < 20 => digits.push(digit),
                Some(_) => return Err(wrong(path, "a number is too long")),
            }
        }
        decimal(&digits).ok_or_else(|| wrong(path, "it has more than numbers"))
    };
    let count = next(size)?;
    if count > most as u64 {
        return Err(too_many(path, most));
    }
    (0..count).map(|_| Ok((next(size)?, next(size)?))).collect()
}
