//! The digesters, which see the bytes that pass by and make a digest of them.

use crate::sink::in_zeros;
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest.
pub type Sha256Digest = [u8; 32];

/// Bytes of a block of SHA-256.
const BLOCK_SIZE: usize = 64;

/// Takes bytes at ascending places; what lies between them is zero.
pub(super) trait Digester: Send {
    type Digest: Send;
    fn bytes(&mut self, at: u64, bytes: &[u8]);
    /// The digest of all bytes up to `len`, the length of the whole.
    fn finish(self, len: u64) -> Self::Digest;
}

/// The SHA-256 of everything.
#[derive(Default)]
pub(super) struct Whole {
    hash: Sha256,
    at: u64,
}

impl Whole {
    fn zeros_up_to(&mut self, at: u64) {
        let Ok(()) = in_zeros(at.saturating_sub(self.at), |zeros| {
            self.hash.update(zeros);
            Ok::<(), std::convert::Infallible>(())
        });
        self.at = at;
    }
}

impl Digester for Whole {
    type Digest = Sha256Digest;

    fn bytes(&mut self, at: u64, bytes: &[u8]) {
        self.zeros_up_to(at);
        self.hash.update(bytes);
        self.at = at + bytes.len() as u64;
    }

    fn finish(mut self, len: u64) -> Sha256Digest {
        self.zeros_up_to(len);
        self.hash.finalize().into()
    }
}

/// Hashes the same bytes several times.
///
/// Each round of a hash waits for the one before, which a processor that has instructions for
/// SHA-256 fills with those of another: two in turns, block by block, cost it three quarters of
/// two behind each other.
pub(super) fn update<const N: usize>(hashes: [Option<&mut Sha256>; N], bytes: &[u8]) {
    let mut hashes: Vec<_> = hashes.into_iter().flatten().collect();
    match &mut hashes[..] {
        [] => {}
        [hash] => hash.update(bytes),
        hashes => bytes.chunks(BLOCK_SIZE).for_each(|block| {
            hashes.iter_mut().for_each(|hash| hash.update(block));
        }),
    }
}
