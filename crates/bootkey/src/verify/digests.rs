//! The digests of what a key carries, made while the key is read, whatever order the pieces lie in.

use super::laid_out::{finding, layout_name};
use super::verification::{Finding, OnRead, Verification};
use crate::error::Error;
use file_tree::FileContent;
use image_layout::Content;
use key_inputs::{OldKey, RecordedContents, Vouched};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::io::{self, Read as _};

/// The digest of one content.
struct ContentDigest {
    of: Vouched,
    hasher: Sha256,
    /// The number of the piece that is wanted next.
    piece: usize,
    /// The number of bytes of that piece that were hashed.
    had: u64,
}

/// The digests of all contents that have one in the record.
pub(super) struct Digests {
    all: Vec<ContentDigest>,
    /// The offset in the key of the byte that each unfinished digest needs next, with the number of
    /// that digest in `all`.
    wanted: BTreeSet<(u64, usize)>,
}

impl Digests {
    /// The digests of all contents that the record vouches for, with nothing read yet. Contents
    /// whose length has changed are added to `found`; those that are not there are returned.
    pub(super) fn of(
        old: &OldKey,
        found: &mut Verification,
    ) -> Result<(Self, Vec<Finding>), Error> {
        let RecordedContents { there, damaged, missing } = old.vouched()?;
        for damage in &damaged {
            let wrong = finding(old, damage);
            if !found.wrong.contains(&wrong) {
                found.wrong.push(wrong);
            }
        }
        let missing = missing.iter().map(|damage| finding(old, damage)).collect();
        let start = |of| ContentDigest { of, hasher: Sha256::new(), piece: 0, had: 0 };
        let mut all: Vec<_> = there.into_iter().map(start).collect();
        let wanted = (0..).zip(&mut all).filter_map(|(n, digest)| Some((digest.wants()?, n)));
        let wanted = wanted.collect();
        Ok((Self { all, wanted }, missing))
    }

    /// Hands `bytes`, which lie at `at` in the key, to all digests that need some of them next.
    pub(super) fn feed(&mut self, at: u64, bytes: &[u8]) {
        let end = at + bytes.len() as u64;
        while let Some(next) = self.wanted.range((at, 0)..(end, 0)).next().copied() {
            self.wanted.remove(&next);
            let (from, number) = next;
            let digest = &mut self.all[number];
            // OK to cast: it lies within the bytes.
            digest.take(&bytes[(from - at) as usize..]);
            self.wanted.extend(digest.wants().map(|at| (at, number)));
        }
    }

    /// Finishes the digests, and compares them with the record. Bytes that did not come in the
    /// order of their contents are read now.
    pub(super) fn finish(
        self,
        old: &OldKey,
        found: &mut Verification,
        progress: &mut OnRead<'_>,
    ) -> Result<(), Error> {
        let total = self.all.iter().map(|digest| digest.of.content.len()).sum();
        let mut done = 0;
        for digest in self.all {
            let Vouched { at, content, sha256: expected } = digest.of.clone();
            let what = match digest.finish(old, &mut |bytes| {
                done += bytes;
                progress(done, total);
            }) {
                Ok(sha256) if base16ct::lower::encode_string(&sha256) == expected => continue,
                Ok(_) => old.wrong_digest(&content),
                Err(e) if e.kind() == io::ErrorKind::InvalidData => e.to_string(),
                Err(source) => {
                    let path = old.path().to_owned();
                    return Err(key_inputs::Error::Read { path, source }.into());
                }
            };
            // Bytes that cannot be read may have been reported already, when they were compared.
            let wrong = Finding::about(layout_name(old, &at), what);
            if !found
                .wrong
                .iter()
                .any(|known| known.owner == wrong.owner && known.what == wrong.what)
            {
                found.wrong.push(wrong);
            }
        }
        Ok(())
    }
}

impl ContentDigest {
    /// The offset in the key of the byte that is needed next; `None` if all were hashed. Pieces
    /// that are no bytes of the key, such as holes, are hashed on the way.
    fn wants(&mut self) -> Option<u64> {
        loop {
            match self.of.content.pieces().get(self.piece)? {
                Content::Source { offset, len, .. } if self.had < *len => {
                    return Some(offset + self.had);
                }
                Content::Source { .. } => {}
                other => {
                    let mut buf = [0; 4096];
                    while self.had < other.len() {
                        let len = (other.len() - self.had).min(buf.len() as u64);
                        // OK to cast: no more than the buffer's length.
                        let buf = &mut buf[..len as usize];
                        other.read_at(self.had, buf);
                        self.hasher.update(buf);
                        self.had += len;
                    }
                }
            }
            (self.piece, self.had) = (self.piece + 1, 0);
        }
    }

    /// Hashes as many of `bytes` as belong to the present piece. They start with the byte that is
    /// needed next.
    fn take(&mut self, bytes: &[u8]) {
        let piece = self.of.content.pieces().get(self.piece);
        let left = piece.map_or(0, |piece| piece.len() - self.had);
        let len = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        self.hasher.update(&bytes[..len]);
        self.had += len as u64;
    }

    /// Reads the bytes that are still missing, and finishes the digest. `on_read` is told the
    /// number of bytes after each read.
    fn finish(mut self, old: &OldKey, on_read: &mut dyn FnMut(u64)) -> io::Result<[u8; 32]> {
        if self.wants().is_some() {
            let pieces = self.of.content.pieces().iter();
            let skip: u64 = pieces.take(self.piece).map(Content::len).sum();
            let rest = self.of.content.slice(skip + self.had, u64::MAX);
            let rest = FileContent::from_pieces(rest).unwrap_or_default();
            let mut reader = old.reader(rest);
            let mut buf = vec![0; 1 << 20];
            loop {
                let read = reader.read(&mut buf)?;
                match buf.get(..read) {
                    Some([]) | None => break,
                    Some(bytes) => self.hasher.update(bytes),
                }
                on_read(read as u64);
            }
        }
        Ok(self.hasher.finalize().into())
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
    // Contents that are missing are reported by the caller.
    let (digests, _) = Digests::of(old, found)?;
    digests.finish(old, found, progress)
}
