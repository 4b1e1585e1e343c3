//! pax records, for what does not fit into a header's fields.
//!
//! `27 path=some/name\n`: the length of the whole record in decimal, keyword, value.

use super::number::decimal;
use crate::Error;
use std::collections::BTreeMap;

/// Longest block of records in memory: room for a hundred attributes of 64 KiB.
pub(super) const MAX: u64 = 8 << 20;

/// The records of one header, in order.
pub(super) type Records = Vec<(Vec<u8>, Vec<u8>)>;

/// Reads the records of the header at offset `at`, which messages name.
pub(super) fn parse(mut bytes: &[u8], at: u64) -> Result<Records, Error> {
    let mut records = Vec::new();
    let wrong = |bytes: &[u8]| {
        let shown = bytes[..bytes.len().min(40)].escape_ascii().to_string();
        Error::Field { at, field: "pax record", shown }
    };
    // Some writers fill the block with NULs and count these in the size.
    while bytes.iter().any(|b| *b != 0) {
        let space = bytes.iter().take(20).position(|b| *b == b' ').ok_or_else(|| wrong(bytes))?;
        let len = decimal(&bytes[..space]).and_then(|len| usize::try_from(len).ok());
        let record = len.and_then(|len| bytes.get(..len));
        let text = record.and_then(|r| r.get(space + 1..)?.strip_suffix(b"\n"));
        let (record, text) = record.zip(text).ok_or_else(|| wrong(bytes))?;
        let equals = text.iter().position(|b| *b == b'=').ok_or_else(|| wrong(bytes))?;
        records.push((text[..equals].to_vec(), text[equals + 1..].to_vec()));
        bytes = &bytes[record.len()..];
    }
    Ok(records)
}

/// The records about all members that follow.
#[derive(Debug, Default)]
pub(super) struct Global {
    known: Known,
    /// The length of all keywords and values, in bytes.
    len: u64,
}

impl Global {
    /// Adds the records of a header at offset `at`, which override those before.
    pub(super) fn add(&mut self, records: Records, at: u64) -> Result<(), Error> {
        // Overridden records count, too: no honest archive has 8 MiB of records about all members.
        self.len += records.iter().map(|(k, v)| (k.len() + v.len()) as u64).sum::<u64>();
        if self.len > MAX {
            let (what, len) = ("global pax records", self.len);
            return Err(Error::TooLong { at, what, len, max: MAX });
        }
        self.known.add(records, at)
    }
}

/// Records by their meaning.
#[derive(Debug, Default)]
struct Known {
    /// Values by their keywords. An empty value counts as none.
    plain: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Extended attributes by their full names, from `SCHILY.xattr.` and similar keywords.
    xattrs: BTreeMap<Vec<u8>, Vec<u8>>,
    /// `GNU.sparse.offset` and `GNU.sparse.numbytes`, alternating.
    sparse: Vec<(u64, u64)>,
    /// The offset whose length has not come yet.
    offset: Option<u64>,
}

impl Known {
    fn add(&mut self, records: Records, at: u64) -> Result<(), Error> {
        for (key, value) in records {
            let number = || {
                let shown = value.escape_ascii().to_string();
                decimal(&value).ok_or(Error::Field { at, field: "place of a hole", shown })
            };
            if let Some(name) = key.strip_prefix(b"SCHILY.xattr.") {
                self.xattrs.insert(keyword(name), value);
            } else if key == b"RHT.security.selinux" {
                self.xattrs.insert(b"security.selinux".to_vec(), [&value[..], b"\0"].concat());
            } else if key == b"GNU.sparse.offset" {
                self.offset = Some(number()?);
            } else if key == b"GNU.sparse.numbytes" {
                let len = number()?;
                self.sparse.push((self.offset.take().unwrap_or(0), len));
            } else {
                self.plain.insert(key, value);
            }
        }
        Ok(())
    }
}

/// The records about a member: its own, and those about all members, which are not copied: there
/// may be very many.
#[derive(Debug)]
pub(super) struct Pax<'g> {
    global: &'g Known,
    own: Known,
}

impl<'g> Pax<'g> {
    /// The records about all members and, overriding these, the member's own.
    pub(super) fn new(global: &'g Global, own: Records, at: u64) -> Result<Self, Error> {
        let mut pax = Self { global: &global.known, own: Known::default() };
        pax.own.add(own, at)?;
        Ok(pax)
    }

    /// The value of a keyword, if there is one and it is not empty.
    pub(super) fn get(&self, key: &str) -> Option<&[u8]> {
        let value = self.own.plain.get(key.as_bytes());
        let value = value.or_else(|| self.global.plain.get(key.as_bytes()));
        value.map(|v| &v[..]).filter(|v| !v.is_empty())
    }

    /// The value of a keyword, as a number.
    pub(super) fn number(&self, key: &'static str, at: u64) -> Result<Option<u64>, Error> {
        let shown = |v: &[u8]| v.escape_ascii().to_string();
        let wrong = |v: &[u8]| Error::Field { at, field: key, shown: shown(v) };
        self.get(key).map(|v| decimal(v).ok_or_else(|| wrong(v))).transpose()
    }

    /// The extended attributes, by their full names; the member's own come last.
    pub(super) fn xattrs(&self) -> impl Iterator<Item = (&Vec<u8>, &Vec<u8>)> {
        let global = self.global.xattrs.iter();
        global.filter(|(name, _)| !self.own.xattrs.contains_key(*name)).chain(&self.own.xattrs)
    }

    /// The pieces of a sparse file, in records of the second form: offset and length of each.
    pub(super) fn sparse(&self) -> impl ExactSizeIterator<Item = &(u64, u64)> {
        self.own.sparse.iter()
    }
}

/// A keyword has no `=`, so GNU tar writes one as `%3D`, and `%` as `%25`.
fn keyword(name: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = name;
    while let Some((&first, behind)) = rest.split_first() {
        let (byte, behind) = match behind.get(..2).filter(|_| first == b'%') {
            Some(b"3D") => (b'=', &behind[2..]),
            Some(b"25") => (b'%', &behind[2..]),
            _ => (first, behind),
        };
        out.push(byte);
        rest = behind;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_may_hold_anything() {
        let records = parse(b"12 path=a=b\n14 comment=\n\n\n\0\0", 0).unwrap();
        assert_eq!(records[0], (b"path".to_vec(), b"a=b".to_vec()));
        assert_eq!(records[1], (b"comment".to_vec(), b"\n\n".to_vec()));
        for bad in [&b"99 path=a\n"[..], b"10 path=ab\n", b"6 path\n", b"x", b"2 =\n", b"0 a=b\n"] {
            assert!(parse(bad, 0).is_err(), "{}", bad.escape_ascii());
        }
    }

    #[test]
    fn a_members_own_records_count_more() {
        let pair = |k: &str, v: &str| (k.as_bytes().to_vec(), v.as_bytes().to_vec());
        let mut global = Global::default();
        global.add(vec![pair("uid", "1"), pair("gid", "2"), pair("mtime", "3")], 0).unwrap();
        let pax = Pax::new(&global, vec![pair("gid", ""), pair("uid", "7")], 0).unwrap();
        assert_eq!(pax.number("uid", 0).unwrap(), Some(7));
        assert_eq!(pax.number("gid", 0).unwrap(), None);
        assert_eq!(pax.get("mtime"), Some(&b"3"[..]));
        assert!(Pax::new(&global, vec![pair("GNU.sparse.offset", "-1")], 0).is_err());
        assert_eq!(keyword(b"user.a%3Db%25%3"), b"user.a=b%%3");
    }
}
