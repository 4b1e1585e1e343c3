//! The inner archive of a .deb: tar as dpkg-deb writes it. Every name is checked before it is used.

use crate::member::{Counted, MAX_NAME, Member, MemberKind, Stop, Visit, checked_name, invalid};
use std::io::{self, Read};
use tar::EntryType;

/// Calls `visit` for each member in order, with a reader of its contents; what the visitor leaves
/// unread is skipped. Members whose names are not UTF-8 are checked, but not visited.
pub(super) fn walk(input: &mut dyn Read, visit: &mut Visit<'_>) -> Result<(), Stop> {
    let mut archive = tar::Archive::new(input);
    let mut counted = Counted::default();
    let mut long_name = None;
    let mut long_link = None;
    // Raw, because otherwise the crate reads long names and pax headers into memory, of whatever
    // length the archive declares.
    for entry in archive.entries().map_err(Stop::Read)?.raw(true) {
        let mut entry = entry.map_err(Stop::Read)?;
        match entry.header().entry_type() {
            EntryType::GNULongName => {
                long_name = Some(read_name(&mut entry).map_err(Stop::Read)?);
                continue;
            }
            EntryType::GNULongLink => {
                long_link = Some(read_name(&mut entry).map_err(Stop::Read)?);
                continue;
            }
            EntryType::XHeader | EntryType::XGlobalHeader => {
                // dpkg-deb does not write them, and they can contradict the header.
                return Err(Stop::Read(invalid("a pax header, which packages do not have")));
            }
            _ => {}
        }
        let path = long_name.take().unwrap_or_else(|| entry.path_bytes().into_owned());
        counted.add(&path)?;
        let link = long_link.take().or_else(|| entry.link_name_bytes().map(|l| l.into_owned()));
        let Some(name) = checked_name(&path).map_err(Stop::Unsafe)? else { continue };
        let kind = kind(&entry, &path, link);
        let member = Member { name, kind, len: entry.size(), aliases: Vec::new() };
        visit(member, &mut entry)?;
        // Contents that the visitor left are read here, so that an archive that ends in the middle
        // of them is noticed.
        io::copy(&mut entry, &mut io::sink()).map_err(Stop::Read)?;
    }
    Ok(())
}

fn kind<R: Read>(entry: &tar::Entry<'_, R>, path: &[u8], link: Option<Vec<u8>>) -> MemberKind {
    let target = || String::from_utf8_lossy(link.as_deref().unwrap_or_default()).into_owned();
    match entry.header().entry_type() {
        // The oldest tar programs mark a directory only by the slash at the end of its name.
        EntryType::Regular if path.ends_with(b"/") => MemberKind::Directory,
        EntryType::Regular | EntryType::Continuous => MemberKind::File,
        EntryType::Directory => MemberKind::Directory,
        EntryType::Symlink => MemberKind::Symlink(target()),
        EntryType::Link => MemberKind::HardLink(target()),
        _ => MemberKind::Other,
    }
}

fn read_name(entry: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut name = Vec::new();
    entry.take(MAX_NAME + 2).read_to_end(&mut name)?;
    if name.last() == Some(&0) {
        name.pop();
    }
    if name.len() as u64 > MAX_NAME {
        return Err(invalid("a name of more than 4096 bytes"));
    }
    Ok(name)
}
