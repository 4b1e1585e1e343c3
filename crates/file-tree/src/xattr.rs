//! Extended attributes.

use crate::{TreeError, acl};
use core::fmt;
use std::collections::BTreeMap;

/// The full name of an extended attribute, namespace first: `user.comment`,
/// `security.capability`, `system.posix_acl_access`. 3 to 255 bytes, any encoding, no NUL.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct XattrName(Box<[u8]>);

impl XattrName {
    /// Longest name, in bytes.
    pub const MAX: usize = 255;

    /// Checks a name.
    ///
    /// # Errors
    /// [`TreeError::XattrName`].
    pub fn new(bytes: &[u8]) -> Result<Self, TreeError> {
        let dot = bytes.iter().position(|b| *b == b'.');
        let ok = bytes.len() <= Self::MAX
            && !bytes.contains(&0)
            && dot.is_some_and(|dot| dot > 0 && dot + 1 < bytes.len());
        if ok {
            Ok(Self(bytes.into()))
        } else {
            let shown = bytes[..bytes.len().min(Self::MAX)].escape_ascii().to_string();
            Err(TreeError::XattrName { shown })
        }
    }

    /// The bytes, namespace included.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// ASCII as it is, control characters and other bytes escaped.
impl fmt::Display for XattrName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

impl fmt::Debug for XattrName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// A node's extended attributes, sorted by the bytes of their names. Empty costs one word.
///
/// Values are what `getxattr` returns. POSIX ACLs (`system.posix_acl_access` and `_default`) are
/// no exception, and are checked to be ACLs ([`acl`]).
#[derive(Clone, PartialEq, Eq, Default)]
#[allow(clippy::box_collection)] // a word a node, of which there are many
pub struct Xattrs(Option<Box<BTreeMap<XattrName, Box<[u8]>>>>);

impl Xattrs {
    /// Longest value that Linux hands out or takes, in bytes.
    pub const VALUE_MAX: usize = 65_536;

    /// An empty set.
    pub const fn new() -> Self {
        Self(None)
    }

    /// Sets an attribute, replacing one of the same name.
    ///
    /// # Errors
    /// [`TreeError::XattrValue`] when the value is too long, [`TreeError::Acl`] when it is no ACL
    /// and should be one.
    pub fn set(&mut self, name: XattrName, value: &[u8]) -> Result<(), TreeError> {
        let len = value.len();
        if len > Self::VALUE_MAX {
            return Err(TreeError::XattrValue { name: name.to_string(), len });
        }
        if acl::is_acl(name.as_bytes()) && acl::entries(value).is_none() {
            return Err(TreeError::Acl { name: name.to_string(), len });
        }
        self.0.get_or_insert_default().insert(name, value.into());
        Ok(())
    }

    /// The value of an attribute.
    pub fn get(&self, name: &[u8]) -> Option<&[u8]> {
        self.iter().find(|(n, _)| n.as_bytes() == name).map(|(_, value)| value)
    }

    /// All attributes, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&XattrName, &[u8])> {
        self.0.iter().flat_map(|map| map.iter()).map(|(name, value)| (name, &**value))
    }

    /// The number of attributes.
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |map| map.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Drops those whose name `keep` does not want.
    pub fn retain(&mut self, mut keep: impl FnMut(&XattrName) -> bool) {
        if let Some(map) = &mut self.0 {
            map.retain(|name, _| keep(name));
            if map.is_empty() {
                self.0 = None;
            }
        }
    }
}

impl fmt::Debug for Xattrs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_a_namespace() {
        let long = [b"user.".as_slice(), &[b'x'; 251]].concat();
        for bad in [&b""[..], b"user", b"user.", b".x", b"user.a\0b", &long] {
            assert!(XattrName::new(bad).is_err(), "{}", bad.escape_ascii());
        }
        for good in [&b"user.x"[..], b"user.\xff.y", b"a.b", &long[..255]] {
            assert_eq!(XattrName::new(good).unwrap().as_bytes(), good);
        }
    }

    #[test]
    fn none_is_none_however_it_came_about() {
        let mut x = Xattrs::new();
        x.set(XattrName::new(b"user.a").unwrap(), b"1").unwrap();
        x.set(XattrName::new(b"user.a").unwrap(), b"2").unwrap();
        assert_eq!((x.len(), x.get(b"user.a"), x.get(b"user.b")), (1, Some(&b"2"[..]), None));
        let too_long = vec![0; Xattrs::VALUE_MAX + 1];
        assert!(x.set(XattrName::new(b"user.a").unwrap(), &too_long).is_err());
        x.retain(|n| n.as_bytes() != b"user.a");
        assert_eq!(x, Xattrs::new());
    }

    #[test]
    fn an_acl_is_one() {
        let mut x = Xattrs::new();
        for (value, ok) in [(&b"\x02\0\0\0"[..], true), (b"\x01\0\0\0", false), (b"", false)] {
            let set = x.set(XattrName::new(b"system.posix_acl_access").unwrap(), value);
            assert_eq!(set.is_ok(), ok, "{value:?}");
        }
    }
}
