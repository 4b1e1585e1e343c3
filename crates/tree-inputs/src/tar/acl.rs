//! ACLs in text form, as archives have them: `user::rwx,user:1000:r--,group::r-x,…`.

use file_tree::acl::{self, AclEntry};

/// The value of the extended attribute for an ACL in text form. `Ok(None)`: the ACL says no more
/// than the mode. The error is the first entry that is wrong; a user or group by name alone is,
/// because a name without a number has a meaning on one machine only.
pub(super) fn value(text: &[u8]) -> Result<Option<Vec<u8>>, String> {
    let mut entries = Vec::new();
    for line in text.split(|b| *b == b',' || *b == b'\n') {
        // Behind a `#` stands a comment of getfacl.
        let line = line.split(|b| *b == b'#').next().unwrap_or_default().trim_ascii();
        let line = line.strip_prefix(b"default:").unwrap_or(line);
        if !line.is_empty() {
            entries.push(entry(line).ok_or_else(|| line.escape_ascii().to_string())?);
        }
    }
    // Linux wants the tags in this order, and ids ascending.
    entries.sort_by_key(|e| (e.tag, e.id));
    let says_more = entries.iter().any(|e| [acl::USER, acl::GROUP, acl::MASK].contains(&e.tag));
    Ok(says_more.then(|| acl::value(&entries)))
}

fn entry(line: &[u8]) -> Option<AclEntry> {
    let fields: Vec<&str> = core::str::from_utf8(line).ok()?.split(':').collect();
    let (tag, who, permissions, number) = match fields[..] {
        [tag, who, permissions] => (tag, who, permissions, who),
        [tag, who, permissions, number] => (tag, who, permissions, number),
        _ => return None,
    };
    let (tag, id) = match (tag, who) {
        ("user" | "u", "") => (acl::USER_OBJ, u32::MAX),
        ("group" | "g", "") => (acl::GROUP_OBJ, u32::MAX),
        ("mask" | "m", "") => (acl::MASK, u32::MAX),
        ("other" | "o", "") => (acl::OTHER, u32::MAX),
        ("user" | "u", _) => (acl::USER, number.parse().ok()?),
        ("group" | "g", _) => (acl::GROUP, number.parse().ok()?),
        _ => return None,
    };
    let bits = permissions.trim_end().chars().map(|c| match c {
        'r' => Some(4),
        'w' => Some(2),
        'x' => Some(1),
        '-' => Some(0),
        _ => None,
    });
    Some(AclEntry { tag, permissions: bits.sum::<Option<u16>>().filter(|p| *p < 8)?, id })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_numbers() {
        let text = b"user::rwx,user:1000:r--,user:bob:rw-:7,group::r-x\nmask::rwx,other::---\n";
        let entries = acl::entries(&value(text).unwrap().unwrap()).unwrap();
        let got: Vec<_> = entries.iter().map(|e| (e.tag, e.permissions, e.id)).collect();
        let no = u32::MAX;
        assert_eq!(
            got,
            [(1, 7, no), (2, 6, 7), (2, 4, 1000), (4, 5, no), (16, 7, no), (32, 0, no)]
        );
        assert_eq!(value(b"user::rwx,group::r-x,other::r-x"), Ok(None));
        for bad in ["user:bob:rwx", "user::rwz", "user", "what::rwx", "user::rrr"] {
            assert_eq!(value(bad.as_bytes()), Err(bad.to_owned()));
        }
    }
}
