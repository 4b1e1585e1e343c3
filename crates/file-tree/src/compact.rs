//! Bytes that are few most of the time.

use core::cmp::Ordering;
use core::hash::{Hash, Hasher};
use core::ops::Deref;

/// Most bytes that need no memory of their own.
const FEW: usize = 22;

/// Bytes as in a `Box<[u8]>`, of which up to 22 lie in the value itself: a tree has as many names as
/// files, and an allocator takes 32 bytes for the shortest.
#[derive(Clone)]
pub(crate) enum Compact {
    Few { len: u8, bytes: [u8; FEW] },
    Many(Box<[u8]>),
}

impl From<&[u8]> for Compact {
    fn from(all: &[u8]) -> Self {
        let mut bytes = [0; FEW];
        match bytes.get_mut(..all.len()) {
            Some(part) => {
                part.copy_from_slice(all);
                // OK to cast: at most 22.
                Self::Few { len: all.len() as u8, bytes }
            }
            None => Self::Many(all.into()),
        }
    }
}

impl Deref for Compact {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Few { len, bytes } => &bytes[..usize::from(*len)],
            Self::Many(bytes) => bytes,
        }
    }
}

impl PartialEq for Compact {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Compact {}

impl PartialOrd for Compact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Compact {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl Hash for Compact {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_larger_than_the_words_it_saves_and_the_same_bytes() {
        assert_eq!(size_of::<Compact>(), 24);
        let of = |len: usize| (0..len as u8).collect::<Vec<u8>>();
        for len in [0, 1, FEW - 1, FEW, FEW + 1, 255] {
            assert_eq!(*Compact::from(&of(len)[..]), of(len)[..]);
        }
        for (a, b) in [(0, 1), (FEW, FEW + 1), (FEW, 3), (FEW + 1, FEW + 1)] {
            let (x, y) = (Compact::from(&of(a)[..]), Compact::from(&of(b)[..]));
            assert_eq!((x.cmp(&y), x == y), (of(a).cmp(&of(b)), a == b));
        }
    }
}
