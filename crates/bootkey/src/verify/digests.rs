//! The digests of ISOs, made while the key is read, whatever order their pieces lie in.

use super::laid_out::{finding, layout_name};
use super::verification::{Finding, OnRead, Verification};
use crate::error::Error;
use file_tree::FileContent;
use image_layout::Content;
use key_inputs::OldKey;
use sha2::{Digest as _, Sha256};
use std::io::Read as _;

/// The digest of one ISO.
struct IsoDigest {
    at: String,
    expected: String,
    content: FileContent,
    hasher: Sha256,
    /// The number of the piece that is wanted next.
    piece: usize,
    /// The number of bytes of it that were had.
    had: u64,
}

/// The digests of all ISOs that have one in the record.
pub(super) struct IsoDigests(Vec<IsoDigest>);

impl IsoDigests {
    pub(super) fn of(old: &OldKey, found: &mut Verification) -> Self {
        let mut all = Vec::new();
        for (number, iso) in old.record().inputs.isos.iter().enumerate() {
            let Some(expected) = iso.sha256.clone() else { continue };
            let at = iso.at.to_string();
            match old.iso_content(number) {
                Ok(content) => {
                    let hasher = Sha256::new();
                    all.push(IsoDigest { at, expected, content, hasher, piece: 0, had: 0 });
                }
                Err(e) => found.wrong.push(Finding::about(layout_name(old, &at), e.to_string())),
            }
        }
        Self(all)
    }

    /// Takes what it wants of the bytes from `at` on.
    pub(super) fn feed(&mut self, at: u64, bytes: &[u8]) {
        self.0.iter_mut().for_each(|digest| digest.feed(at, bytes));
    }

    /// Compares them. What did not come in order is read now.
    pub(super) fn finish(self, old: &OldKey, found: &mut Verification) -> Result<(), Error> {
        for digest in self.0 {
            let (at, expected) = (digest.at.clone(), digest.expected.clone());
            let sha256 = base16ct::lower::encode_string(&digest.finish(old)?);
            if sha256 != expected {
                let what = "its SHA-256 is not the one in the record";
                found.wrong.push(Finding::about(layout_name(old, &at), what));
            }
        }
        Ok(())
    }
}

impl IsoDigest {
    fn feed(&mut self, at: u64, bytes: &[u8]) {
        let end = at + bytes.len() as u64;
        while let Some(piece) = self.content.pieces().get(self.piece) {
            let Content::Source { offset, len, .. } = *piece else {
                zeros(&mut self.hasher, piece.len() - self.had);
                (self.piece, self.had) = (self.piece + 1, 0);
                continue;
            };
            let from = offset + self.had;
            let to = end.min(offset + len);
            if from < at || from >= to {
                return;
            }
            // OK to cast: both lie within the bytes.
            self.hasher.update(&bytes[(from - at) as usize..(to - at) as usize]);
            self.had += to - from;
            if self.had == len {
                (self.piece, self.had) = (self.piece + 1, 0);
            }
        }
    }

    fn finish(mut self, old: &OldKey) -> Result<[u8; 32], Error> {
        if self.piece < self.content.pieces().len() {
            let skip: u64 = self.content.pieces().iter().take(self.piece).map(Content::len).sum();
            let rest = self.content.slice(skip + self.had, u64::MAX);
            let rest = FileContent::from_pieces(rest).unwrap_or_default();
            let mut reader = old.reader(rest);
            let mut buf = vec![0; 1 << 20];
            loop {
                let read = reader.read(&mut buf).map_err(|source| key_inputs::Error::Read {
                    path: old.path().to_owned(),
                    source,
                })?;
                match buf.get(..read) {
                    Some([]) | None => break,
                    Some(bytes) => self.hasher.update(bytes),
                }
            }
        }
        Ok(self.hasher.finalize().into())
    }
}

fn zeros(hasher: &mut Sha256, mut len: u64) {
    let block = [0; 4096];
    while len > 0 {
        let now = len.min(block.len() as u64);
        hasher.update(&block[..now as usize]);
        len -= now;
    }
}

/// Checks all that has a digest, where a key cannot be laid out again.
pub(super) fn check(
    old: &OldKey,
    found: &mut Verification,
    progress: &mut OnRead<'_>,
) -> Result<(), Error> {
    for damage in old.damage()? {
        found.wrong.push(finding(old, &damage));
    }
    let total = old.record().inputs.isos.iter().map(|iso| iso.len).sum();
    progress(0, total);
    // ISOs that are not there any more are told of by the caller.
    let before = found.wrong.len();
    let digests = IsoDigests::of(old, found);
    found.wrong.truncate(before);
    digests.finish(old, found)?;
    progress(total, total);
    Ok(())
}
