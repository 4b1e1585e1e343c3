//! POSIX ACLs in the form in which Linux hands them out as extended attributes.
//!
//! ```text
//! 02 00 00 00                 version 2
//! 01 00  06 00  ff ff ff ff   tag, permissions, id (all ones where the tag takes none)
//! 02 00  04 00  e8 03 00 00   user 1000: read
//! …
//! ```
//!
//! <https://man7.org/linux/man-pages/man5/acl.5.html>

/// The name of the attribute that holds a node's own ACL: who may do what with it.
pub const ACCESS: &[u8] = b"system.posix_acl_access";
/// The name of the attribute that holds a directory's default ACL, which whatever is made in it
/// gets.
pub const DEFAULT: &[u8] = b"system.posix_acl_default";

/// `e_tag`: the file's owner.
pub const USER_OBJ: u16 = 0x01;
/// `e_tag`: the user `id`.
pub const USER: u16 = 0x02;
/// `e_tag`: the file's group.
pub const GROUP_OBJ: u16 = 0x04;
/// `e_tag`: the group `id`.
pub const GROUP: u16 = 0x08;
/// `e_tag`: the most that users and groups can have.
pub const MASK: u16 = 0x10;
/// `e_tag`: everybody else.
pub const OTHER: u16 = 0x20;

/// An entry of an ACL: whom it is about, and what they may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AclEntry {
    /// [`USER_OBJ`] and so on.
    pub tag: u16,
    /// `rwx` as in the three lowest bits of a mode.
    pub permissions: u16,
    /// The user's or group's id for [`USER`] and [`GROUP`]; else of no meaning.
    pub id: u32,
}

/// Whether an attribute of this name holds an ACL.
pub fn is_acl(name: &[u8]) -> bool {
    [ACCESS, DEFAULT].contains(&name)
}

/// The entries of an ACL; `None` when `value` is none: another version, a tag or permissions
/// that do not exist, or a length that is not 4 + 8 × entries.
pub fn entries(value: &[u8]) -> Option<Vec<AclEntry>> {
    let (version, rest) = value.split_first_chunk::<4>()?;
    let (entries, left) = rest.as_chunks::<8>();
    if u32::from_le_bytes(*version) != 2 || !left.is_empty() {
        return None;
    }
    let entry = |&[t0, t1, p0, p1, i0, i1, i2, i3]: &[u8; 8]| AclEntry {
        tag: u16::from_le_bytes([t0, t1]),
        permissions: u16::from_le_bytes([p0, p1]),
        id: u32::from_le_bytes([i0, i1, i2, i3]),
    };
    let known = |e: &AclEntry| {
        [USER_OBJ, USER, GROUP_OBJ, GROUP, MASK, OTHER].contains(&e.tag) && e.permissions < 8
    };
    let entries: Vec<AclEntry> = entries.iter().map(entry).collect();
    entries.iter().all(known).then_some(entries)
}

/// The value of an attribute that holds these entries.
pub fn value(entries: &[AclEntry]) -> Vec<u8> {
    let mut value = 2u32.to_le_bytes().to_vec();
    for e in entries {
        value.extend_from_slice(&e.tag.to_le_bytes());
        value.extend_from_slice(&e.permissions.to_le_bytes());
        value.extend_from_slice(&e.id.to_le_bytes());
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_go_there_and_back() {
        let all = [
            AclEntry { tag: USER_OBJ, permissions: 7, id: u32::MAX },
            AclEntry { tag: USER, permissions: 4, id: 1000 },
            AclEntry { tag: OTHER, permissions: 0, id: u32::MAX },
        ];
        let bytes = value(&all);
        assert_eq!(&bytes[..12], b"\x02\0\0\0\x01\0\x07\0\xff\xff\xff\xff");
        assert_eq!(entries(&bytes).unwrap(), all);
        for (at, mask) in [(0, 1), (4, 2), (6, 8)] {
            let mut bad = bytes.clone();
            bad[at] ^= mask;
            assert_eq!(entries(&bad), None, "byte {at}");
        }
        assert_eq!(entries(&bytes[..bytes.len() - 1]), None);
    }
}
