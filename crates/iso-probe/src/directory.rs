//! The entries of a directory, as GRUB's `iso9660` driver reads them.
//!
//! ```text
//! record: ┌────────┬────────────┬──────────────────────────────────┐
//!         │ extent │ identifier │ Rock Ridge: NM name, PX type,    │
//!         │ length │ VMLINUZ.;1 │ SL target of a link, CL elsewhere│
//!         └────────┴────────────┴──────────────────────────────────┘
//! ```

use crate::device::Device;
use crate::error::ProbeError;
use crate::extents::FileExtents;
use crate::facts::Names;
use crate::format::directory_record::{
    ABOVE, DIRECTORY, DirectoryRecord, MULTI_EXTENT, NM_CURRENT, NM_PARENT, RECORD_HEAD, S_IFDIR,
    S_IFLNK, S_IFMT, S_IFREG, SL_CONTINUE, SL_CURRENT, SL_KIND, SL_PARENT, SL_ROOT, THIS,
    TYPE_FLAGS,
};
use crate::format::volume_descriptor::SECTOR;
use crate::system_use::{SystemUse, entries};
use crate::truncation::check_is_there;
use crate::volume::{Volume, extent};

/// The number of extents kept of a file, of up to 4 GiB each.
const MAX_EXTENTS: usize = 64;

/// The kind of a directory's entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    File,
    Directory,
    /// A symbolic link, with its target.
    Link(String),
}

/// An entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DirEntry {
    /// The entry's name as GRUB has it.
    pub(crate) name: Vec<u8>,
    /// Whether GRUB ignores the case of letters in the name.
    pub(crate) any_case: bool,
    pub(crate) node: Node,
    pub(crate) extents: FileExtents,
    /// Whether it is a directory that Rock Ridge has moved elsewhere because it was too deep. GRUB
    /// does not look there.
    pub(crate) relocated: bool,
    /// Whether it is a file whose pieces GRUB does not put together.
    pub(crate) torn: bool,
}

/// A reader of one directory's records, one after the other.
pub(crate) struct DirReader<'v> {
    volume: &'v Volume,
    extents: FileExtents,
    at: u64,
}

impl<'v> DirReader<'v> {
    pub(crate) fn new(volume: &'v Volume, extents: FileExtents) -> Self {
        Self { volume, extents, at: 0 }
    }

    /// The next entry but `.` and `..`; `None` at the end.
    ///
    /// # Errors
    /// [`ProbeError`] if the image cannot be read, or a record is damaged.
    pub(crate) fn next(&mut self, device: &mut Device<'_>) -> Result<Option<DirEntry>, ProbeError> {
        while let Some((at, record)) = self.record(device)? {
            let identifier =
                self.bytes(device, at + RECORD_HEAD as u64, usize::from(record.identifier_length))?;
            let area = self.system_use(device, at, &record)?;
            let (mut len, mut extents, mut torn) = (0_u64, Vec::new(), false);
            let (mut part, mut flags) = (extent(&record), record.file_flags);
            loop {
                len = len.saturating_add(part.1);
                extents.push(part);
                if flags & MULTI_EXTENT == 0 || extents.len() > MAX_EXTENTS {
                    break;
                }
                // GRUB takes whatever follows for the next piece's record, even the zeros that fill
                // up a sector.
                let next = self.head(device, self.at)?;
                if next.length == 0 {
                    torn = true;
                    break;
                }
                self.at += u64::from(next.length);
                (part, flags) = (extent(&next), next.file_flags);
            }
            // No extents at all stand for more than are kept.
            if extents.len() > MAX_EXTENTS {
                extents.clear();
            }
            extents.retain(|extent| extent.1 > 0);
            let extents = FileExtents { len, extents: extents.into() };
            if let Some(entry) = entry(self.volume.names, &record, identifier, &area, extents) {
                return Ok(Some(DirEntry { torn, ..entry }));
            }
        }
        Ok(None)
    }

    /// The next record, and its place in the directory.
    fn record(
        &mut self,
        device: &mut Device<'_>,
    ) -> Result<Option<(u64, DirectoryRecord)>, ProbeError> {
        while self.at.saturating_add(RECORD_HEAD as u64) <= self.extents.len {
            let at = self.at;
            let byte = self.extents.byte(at).unwrap_or(u64::MAX);
            let file_bytes = device.len();
            let whole = byte.saturating_add(self.extents.len - at);
            let cut = |bytes: u64| check_is_there(byte.saturating_add(bytes), whole, file_bytes);
            cut(RECORD_HEAD as u64)?;
            let record = self.head(device, at)?;
            cut(u64::from(record.length))?;
            if record.length == 0 {
                self.at = (at / SECTOR + 1) * SECTOR;
                continue;
            }
            let name = usize::from(record.identifier_length);
            if usize::from(record.length) < RECORD_HEAD + name || name == 0 {
                return Err(ProbeError::Corrupt {
                    what: "a directory record is shorter than its name",
                    offset: byte,
                });
            }
            self.at = at + u64::from(record.length);
            return Ok(Some((at, record)));
        }
        Ok(None)
    }

    fn head(&self, device: &mut Device<'_>, at: u64) -> Result<DirectoryRecord, ProbeError> {
        let head = self.bytes(device, at, RECORD_HEAD)?;
        Ok(DirectoryRecord::from_bytes(&head.try_into().unwrap_or([0; RECORD_HEAD])))
    }

    /// The system use entries of the record at `at`.
    fn system_use(
        &self,
        device: &mut Device<'_>,
        at: u64,
        record: &DirectoryRecord,
    ) -> Result<Vec<SystemUse>, ProbeError> {
        if self.volume.names != Names::RockRidge {
            return Ok(Vec::new());
        }
        let name = usize::from(record.identifier_length);
        let start = RECORD_HEAD + name + 1 - name % 2;
        let len = usize::from(record.length).saturating_sub(start);
        let skip = usize::from(self.volume.system_use_skip);
        let area = self.bytes(device, at + (start + skip) as u64, len)?;
        Ok(entries(device, area)?)
    }

    /// Bytes of the directory; zeros behind its end.
    fn bytes(&self, device: &mut Device<'_>, at: u64, len: usize) -> Result<Vec<u8>, ProbeError> {
        let mut bytes = Vec::new();
        while bytes.len() < len {
            let at = at + bytes.len() as u64;
            let Some(byte) = self.extents.byte(at) else { break };
            // Extents start at sectors, so a piece within one sector reaches into no other extent.
            let piece = (len - bytes.len()).min((SECTOR - byte % SECTOR) as usize);
            bytes.extend(device.bytes(byte, piece)?);
        }
        bytes.resize(len, 0);
        Ok(bytes)
    }
}

/// The entry that starts with `record`; `None` for `.`, `..` and an entry without a name.
fn entry(
    names: Names,
    record: &DirectoryRecord,
    identifier: Vec<u8>,
    area: &[SystemUse],
    extents: FileExtents,
) -> Option<DirEntry> {
    if identifier == THIS || identifier == ABOVE {
        return None;
    }
    let mut alternate: Option<Vec<u8>> = None;
    let mut mode = None;
    let mut target = Target::default();
    for SystemUse { signature, data } in area {
        match (signature, data.as_slice()) {
            (b"NM", [flags, ..]) if flags & (NM_CURRENT | NM_PARENT) != 0 => return None,
            (b"NM", [_, name @ ..]) => {
                // GRUB's strings end with a zero.
                let end = name.iter().position(|b| *b == 0).unwrap_or(name.len());
                alternate.get_or_insert_default().extend(&name[..end]);
            }
            (b"PX", [low, high, ..]) => mode = Some(u16::from_le_bytes([*low, *high]) & S_IFMT),
            (b"SL", [_, components @ ..]) => target.add(components),
            _ => {}
        }
    }
    let any_case = alternate.is_none() && names != Names::Joliet;
    let name = match alternate {
        Some(name) => name,
        None if names == Names::Joliet => joliet(&identifier),
        None => plain(identifier),
    };
    let directory = record.file_flags & TYPE_FLAGS == DIRECTORY;
    let node = match mode {
        Some(S_IFDIR) => Node::Directory,
        Some(S_IFREG) => Node::File,
        Some(S_IFLNK) => Node::Link(target.text()),
        _ if directory => Node::Directory,
        _ => Node::File,
    };
    let relocated = area.iter().any(|e| &e.signature == b"CL");
    let entry = DirEntry { name, any_case, node, extents, relocated, torn: false };
    (!entry.name.is_empty()).then_some(entry)
}

/// A name in the primary tree, without the version and without a dot at its end.
fn plain(mut identifier: Vec<u8>) -> Vec<u8> {
    if let Some(zero) = identifier.iter().position(|b| *b == 0) {
        identifier.truncate(zero);
    }
    if let Some(version) = identifier.iter().rposition(|b| *b == b';') {
        identifier.truncate(version);
    }
    if identifier.last() == Some(&b'.') {
        identifier.pop();
    }
    identifier
}

/// A name in the Joliet tree, from UCS-2, without the version.
fn joliet(identifier: &[u8]) -> Vec<u8> {
    let units = identifier.chunks_exact(2).map(|unit| u16::from_be_bytes([unit[0], unit[1]]));
    let units: Vec<u16> = units.take_while(|unit| *unit != 0).collect();
    let name: String = char::decode_utf16(units).map(|c| c.unwrap_or('?')).collect();
    let end = name.rfind(';').unwrap_or(name.len());
    name.as_bytes()[..end].to_vec()
}

/// The target of a symbolic link, put together from its components.
#[derive(Debug, Default)]
struct Target {
    path: Option<Vec<u8>>,
    /// Whether the last component goes on in the next one.
    goes_on: bool,
}

impl Target {
    fn add(&mut self, mut components: &[u8]) {
        while let [flags, len, rest @ ..] = components {
            let text = rest.get(..usize::from(*len)).unwrap_or(rest);
            let started = self.path.is_some();
            match flags & SL_KIND {
                0 => {
                    let path = self.path.get_or_insert_default();
                    if started && !self.goes_on {
                        path.push(b'/');
                    }
                    path.extend(text);
                    self.goes_on = flags & SL_CONTINUE != 0;
                }
                SL_CURRENT => self.path.get_or_insert_default().extend(b"./"),
                SL_PARENT => self.path.get_or_insert_default().extend(b"../"),
                SL_ROOT => self.path.get_or_insert_default().push(b'/'),
                _ => {}
            }
            components = rest.get(usize::from(*len)..).unwrap_or_default();
        }
    }

    fn text(self) -> String {
        String::from_utf8(self.path.unwrap_or_default()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_grub_writes_them() {
        for (identifier, name) in [
            ("VMLINUZ.;1", "VMLINUZ"),
            ("VMLINUZ.", "VMLINUZ"),
            ("VMLINUZ..", "VMLINUZ."),
            ("A;1;2", "A;1"),
            ("A.B;1", "A.B"),
            (".;1", ""),
            ("A\0B", "A"),
        ] {
            assert_eq!(plain(identifier.as_bytes().to_vec()), name.as_bytes(), "{identifier:?}");
        }
        let ucs2 = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>();
        assert_eq!(joliet(&ucs2("Größe.;1")), "Größe.".as_bytes());
        assert_eq!(joliet(&[0xd8, 0, 0, b'a']), b"?a");
    }

    #[test]
    fn targets_of_links() {
        let target = |parts: &[(u8, &str)]| {
            let mut bytes = Vec::new();
            for (flags, text) in parts {
                bytes.extend([*flags, text.len() as u8]);
                bytes.extend(text.bytes());
            }
            let mut target = Target::default();
            target.add(&bytes);
            target.text()
        };
        assert_eq!(target(&[(0, "a"), (0, "b")]), "a/b");
        assert_eq!(target(&[(1, "a"), (0, "b"), (0, "c")]), "ab/c");
        assert_eq!(target(&[(4, ""), (0, "x")]), "..//x");
        assert_eq!(target(&[(8, ""), (0, "x")]), "//x");
        assert_eq!(target(&[(2, "")]), "./");
    }
}
