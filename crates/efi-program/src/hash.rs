//! The digest algorithms of signatures.

use sha2::{Sha256, Sha384, Sha512};

/// A digest algorithm that signatures use and that is still worth anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// By the contents of its object identifier: 2.16.840.1.101.3.4.2.1 to .3.
    pub(crate) fn from_oid(oid: &[u8]) -> Option<Self> {
        match oid.strip_prefix(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02])? {
            [1] => Some(Self::Sha256),
            [2] => Some(Self::Sha384),
            [3] => Some(Self::Sha512),
            _ => None,
        }
    }

    /// The digest of all that `feed` hands over.
    pub(crate) fn of(self, feed: impl FnOnce(&mut dyn FnMut(&[u8]))) -> Vec<u8> {
        fn all<D: sha2::Digest>(feed: impl FnOnce(&mut dyn FnMut(&[u8]))) -> Vec<u8> {
            let mut hasher = D::new();
            feed(&mut |bytes| hasher.update(bytes));
            hasher.finalize().to_vec()
        }
        match self {
            Self::Sha256 => all::<Sha256>(feed),
            Self::Sha384 => all::<Sha384>(feed),
            Self::Sha512 => all::<Sha512>(feed),
        }
    }
}
