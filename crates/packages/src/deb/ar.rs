//! The outer archive of a .deb: `ar`, as far as deb(5) allows it.
//!
//! ```text
//! "!<arch>\n"                                               8 bytes
//! name[16] mtime[12] uid[6] gid[6] mode[8] size[10] "`\n"   60 bytes, text, padded with spaces
//! contents                                                  size bytes, then one more if odd
//! ```
//!
//! The extensions for long names are not read: packages do not use them.
//! <https://manpages.debian.org/deb.5>

use std::io;

const MAGIC: &[u8] = b"!<arch>\n";
const HEADER_LEN: usize = 60;
/// Most members that are read; a package has three and perhaps a signature.
const MAX_MEMBERS: usize = 32;

/// A member: its name, and where its contents are in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ArMember {
    pub name: String,
    pub offset: u64,
    pub len: u64,
}

/// The error of reading an outer archive.
#[derive(Debug)]
pub(super) enum ArError {
    /// The file does not begin as an archive.
    NotAr,
    /// The file is an archive, but the given member is wrong or cut off.
    Damaged { member: String, why: String },
    /// The file could not be read.
    Io(io::Error),
}

/// Lists the members of an archive of `len` bytes, reading only their headers.
pub(super) fn members(
    len: u64,
    read_at: impl Fn(u64, &mut [u8]) -> io::Result<()>,
) -> Result<Vec<ArMember>, ArError> {
    let mut magic = [0; MAGIC.len()];
    if len < magic.len() as u64 {
        return Err(ArError::NotAr);
    }
    read_at(0, &mut magic).map_err(ArError::Io)?;
    if magic != MAGIC {
        return Err(ArError::NotAr);
    }
    let mut found = Vec::new();
    let mut at = MAGIC.len() as u64;
    while at < len {
        let damaged = |member: &str, why: String| ArError::Damaged { member: member.into(), why };
        let nth = format!("archive member {}", found.len() + 1);
        if found.len() == MAX_MEMBERS {
            return Err(damaged("archive", format!("more than {MAX_MEMBERS} members")));
        }
        let offset = at + HEADER_LEN as u64;
        if offset > len {
            return Err(damaged(&nth, format!("the file ends at byte {len}, in its header")));
        }
        let mut header = [0; HEADER_LEN];
        read_at(at, &mut header).map_err(ArError::Io)?;
        let (name, size) = parse(&header)
            .ok_or_else(|| damaged(&nth, format!("no archive header at byte {at}")))?;
        let end = offset.saturating_add(size);
        if end > len {
            let why = format!("ends at byte {end}, but the file has only {len}; it is cut off");
            return Err(damaged(&name, why));
        }
        found.push(ArMember { name, offset, len: size });
        at = end + size % 2;
    }
    Ok(found)
}

fn parse(header: &[u8; HEADER_LEN]) -> Option<(String, u64)> {
    if !header.ends_with(b"`\n") {
        return None;
    }
    let name = std::str::from_utf8(header.get(..16)?).ok()?.trim_end_matches(' ');
    // GNU ar writes `name/`, dpkg-deb does not; dpkg accepts both.
    let name = name.strip_suffix('/').unwrap_or(name);
    let size = std::str::from_utf8(header.get(48..58)?).ok()?.trim_end_matches(' ');
    let digits = !size.is_empty() && size.bytes().all(|b| b.is_ascii_digit());
    Some((name.to_owned(), size.parse().ok().filter(|_| digits)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(file: &[u8]) -> Result<Vec<ArMember>, ArError> {
        members(file.len() as u64, |at, buf| {
            buf.copy_from_slice(&file[at as usize..at as usize + buf.len()]);
            Ok(())
        })
    }

    fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = ar::Builder::new(Vec::new());
        for (name, bytes) in parts {
            let header = ar::Header::new(name.as_bytes().to_vec(), bytes.len() as u64);
            builder.append(&header, *bytes).unwrap();
        }
        builder.into_inner().unwrap()
    }

    #[test]
    fn lists_what_another_writer_wrote() {
        let file = archive(&[("debian-binary", b"2.0\n"), ("odd", b"123"), ("last", b"")]);
        let found = list(&file).unwrap();
        let names: Vec<_> = found.iter().map(|m| (m.name.as_str(), m.len)).collect();
        assert_eq!(names, [("debian-binary", 4), ("odd", 3), ("last", 0)]);
        assert_eq!(&file[found[1].offset as usize..][..3], b"123");
    }

    #[test]
    fn every_truncation_is_noticed_or_leaves_whole_members() {
        let file = archive(&[("a", b"1234"), ("b", b"123456")]);
        let whole = [MAGIC.len(), MAGIC.len() + HEADER_LEN + 4];
        for len in 0..file.len() {
            let found = list(&file[..len]);
            assert_eq!(found.is_ok(), whole.contains(&len), "{len}: {found:?}");
        }
    }

    #[test]
    fn hostile_headers() {
        // `/99` makes the `ar` crate slice an empty name table; `//` makes it allocate the size.
        for (name, size) in
            [("/99", "4"), ("//", "9999999999"), ("a", "-4"), ("a", "+4"), ("a", "")]
        {
            let mut file = MAGIC.to_vec();
            file.extend(format!("{name:<16}{:<32}{size:<10}`\n1234", "0").as_bytes());
            let found = list(&file);
            assert_eq!(found.is_ok(), size == "4", "{name} {size}: {found:?}");
        }
        let many = archive(&[("a", &b""[..]); MAX_MEMBERS + 1]);
        assert!(matches!(list(&many), Err(ArError::Damaged { .. })));
    }
}
