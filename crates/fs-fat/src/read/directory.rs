//! Directories and their names.

use super::boot_sector::Fat;
use super::error::Error;
use crate::format::dir_entry::{
    ATTR_DIRECTORY, ATTR_LONG_NAME, ATTR_LONG_NAME_MASK, ATTR_VOLUME_ID, DirEntry, FREE,
    FREE_FROM_HERE, KANJI_E5, LAST_LONG_ENTRY, LOWER_EXTENSION, LOWER_NAME, LongDirEntry,
};
use image_layout::{FileExtent, ReadAt};

/// Longest directory that the specification allows.
const LONGEST: u64 = 65_536 * 32;
/// Bytes of an entry.
const ENTRY: usize = 32;
/// Characters in a part of a long name.
const PART: usize = 13;

/// A file or directory of a FAT file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node {
    /// The root directory.
    Root,
    /// Another directory.
    Directory {
        /// Its first cluster; 0 is the root.
        cluster: u32,
    },
    /// A file.
    File {
        /// Its first cluster; nothing if it is empty.
        cluster: u32,
        /// Its length in bytes.
        len: u32,
    },
}

/// A name in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// The long name, or the short one as it is shown.
    pub name: String,
    /// The short name as it is shown.
    pub short_name: String,
    /// The thing that it names.
    pub node: Node,
    /// `DIR_Attr`.
    pub attributes: u8,
    /// Last write, in seconds since 1970 as if the clock that wrote it had shown UTC; `None`: no
    /// date.
    pub modified: Option<i64>,
}

impl Fat<'_> {
    /// The names in a directory, in its order, without `.` and `..`.
    ///
    /// # Errors
    /// If it is no directory, or its clusters do not hold together.
    pub fn entries(&self, node: Node) -> Result<Vec<DirectoryEntry>, Error> {
        let mut entries = Vec::new();
        let mut long = LongName::default();
        for bytes in self.directory_bytes(node)?.chunks_exact(ENTRY) {
            let mut raw = [0; ENTRY];
            raw.copy_from_slice(bytes);
            if raw[0] == FREE_FROM_HERE {
                break;
            }
            let entry = DirEntry::from_bytes(&raw);
            if raw[0] == FREE {
                long = LongName::default();
            } else if entry.DIR_Attr & ATTR_LONG_NAME_MASK == ATTR_LONG_NAME {
                long.add(&LongDirEntry::from_bytes(&raw));
            } else {
                let long = std::mem::take(&mut long).finish(&entry.DIR_Name);
                if entry.DIR_Attr & ATTR_VOLUME_ID == 0 && raw[0] != b'.' {
                    entries.push(self.entry_of(&entry, long)?);
                }
            }
        }
        Ok(entries)
    }

    fn entry_of(&self, raw: &DirEntry, long: Option<String>) -> Result<DirectoryEntry, Error> {
        let short_name = short_name(raw);
        let name = long.unwrap_or_else(|| short_name.clone());
        if name.is_empty() || name.contains(['/', '\0']) || matches!(&*name, "." | "..") {
            return Err(Error::damaged("a name that is none"));
        }
        let high = match self.root_cluster {
            0 => 0,
            _ => u32::from(raw.DIR_FstClusHI.get()) << 16,
        };
        let cluster = u32::from(raw.DIR_FstClusLO.get()) | high;
        let node = match raw.DIR_Attr & ATTR_DIRECTORY {
            0 => Node::File { cluster, len: raw.DIR_FileSize.get() },
            _ => Node::Directory { cluster },
        };
        let modified = seconds(raw.DIR_WrtDate.get(), raw.DIR_WrtTime.get());
        Ok(DirectoryEntry { name, short_name, node, attributes: raw.DIR_Attr, modified })
    }

    /// The label: that of the root directory, else that of sector 0.
    ///
    /// # Errors
    /// If the root directory cannot be read.
    pub fn label(&self) -> Result<Option<Vec<u8>>, Error> {
        let root = self.directory_bytes(Node::Root)?;
        let label = root
            .chunks_exact(ENTRY)
            .take_while(|e| e[0] != FREE_FROM_HERE)
            .find(|e| e[0] != FREE && e[11] & ATTR_LONG_NAME_MASK & !0x20 == ATTR_VOLUME_ID)
            .map(|e| &e[..11])
            .or(self.boot_label());
        Ok(label.map(|label| label.trim_ascii_end().to_vec()))
    }

    /// The places of a file's bytes, or of a directory's.
    ///
    /// # Errors
    /// If its clusters do not hold together, or are fewer than its length says.
    pub fn extents(&self, node: Node) -> Result<Vec<FileExtent>, Error> {
        match node {
            Node::Root | Node::Directory { cluster: 0 } if self.root_cluster == 0 => {
                let (place, len) = self.fixed_root;
                Ok(vec![FileExtent { offset: 0, len, place: Some(place) }])
            }
            Node::Root | Node::Directory { cluster: 0 } => self.chain(self.root_cluster, LONGEST),
            Node::Directory { cluster } => self.chain(cluster, LONGEST),
            Node::File { len: 0, .. } => Ok(Vec::new()),
            Node::File { cluster, len } => {
                let extents = self.chain(cluster, len.into())?;
                if extents.last().is_none_or(|last| last.end() < len.into()) {
                    let what = format!("a file of {len} bytes from cluster {cluster} ends before");
                    return Err(Error::Damaged { what });
                }
                Ok(extents)
            }
        }
    }

    fn directory_bytes(&self, node: Node) -> Result<Vec<u8>, Error> {
        if matches!(node, Node::File { .. }) {
            return Err(Error::damaged("a file is read as a directory"));
        }
        let mut bytes = Vec::new();
        for extent in self.extents(node)? {
            let Some(place) = extent.place else { continue };
            // OK to cast: at most `LONGEST`.
            let read = self.source.read_vec(place, extent.len as usize);
            bytes.extend(read.map_err(Error::reading(|| "a directory".into()))?);
        }
        Ok(bytes)
    }
}

/// A long name while its parts come, the last of them first.
#[derive(Debug, Default)]
struct LongName {
    /// The part that comes next; 0: the name is complete, or none.
    next: u8,
    checksum: u8,
    /// Characters, the last part first.
    parts: Vec<[u16; PART]>,
}

impl LongName {
    fn add(&mut self, part: &LongDirEntry) {
        let number = part.LDIR_Ord & !LAST_LONG_ENTRY;
        if part.LDIR_Ord & LAST_LONG_ENTRY != 0 {
            *self = Self { next: number, checksum: part.LDIR_Chksum, parts: Vec::new() };
        }
        if number == 0 || number != self.next || part.LDIR_Chksum != self.checksum {
            *self = Self::default();
            return;
        }
        let mut units = [0; PART];
        let all = part.LDIR_Name1.iter().chain(&part.LDIR_Name2).chain(&part.LDIR_Name3);
        for (unit, to) in all.zip(&mut units) {
            *to = unit.get();
        }
        self.parts.push(units);
        self.next -= 1;
    }

    /// The name, if its parts are complete and belong to this short name.
    fn finish(self, short: &[u8; 11]) -> Option<String> {
        if self.next != 0 || self.parts.is_empty() || self.checksum != checksum(short) {
            return None;
        }
        let units = self.parts.iter().rev().flatten().copied().take_while(|unit| *unit != 0);
        Some(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
    }
}

/// `ChkSum` of the specification.
fn checksum(short: &[u8; 11]) -> u8 {
    short.iter().fold(0u8, |sum, byte| sum.rotate_right(1).wrapping_add(*byte))
}

/// The short name as it is shown: `NAME.EXT`, with bytes beyond ASCII in code page 437 shown as
/// replacement characters.
fn short_name(entry: &DirEntry) -> String {
    let mut name = entry.DIR_Name;
    if name[0] == KANJI_E5 {
        name[0] = 0xE5;
    }
    let part = |bytes: &[u8], lower: bool| {
        let text = String::from_utf8_lossy(bytes.trim_ascii_end()).into_owned();
        if lower { text.to_ascii_lowercase() } else { text }
    };
    let (base, extension) = name.split_at(8);
    let base = part(base, entry.DIR_NTRes & LOWER_NAME != 0);
    match part(extension, entry.DIR_NTRes & LOWER_EXTENSION != 0) {
        extension if extension.is_empty() => base,
        extension => format!("{base}.{extension}"),
    }
}

/// Seconds since 1970.
fn seconds(date: u16, time: u16) -> Option<i64> {
    let (year, month, day) = (1980 + i64::from(date >> 9), date >> 5 & 15, i64::from(date & 31));
    if !(1..=12).contains(&month) || day == 0 {
        return None;
    }
    // Days since 1 March of the year 0, by the rule of which month is how long, from March on.
    let month = i64::from(month);
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    let (hours, minutes, twos) = (time >> 11, time >> 5 & 63, time & 31);
    let seconds = i64::from(hours) * 3600 + i64::from(minutes) * 60 + i64::from(twos) * 2;
    Some((days - 719_468) * 86_400 + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        // `date -u -d '2009-06-28 16:00' +%s`, and the like
        let date = |y: u16, m: u16, d: u16| (y - 1980) << 9 | m << 5 | d;
        assert_eq!(seconds(date(2009, 6, 28), 16 << 11), Some(1_246_204_800));
        assert_eq!(seconds(date(2000, 2, 29), 0), Some(951_782_400));
        assert_eq!(seconds(date(1980, 1, 1), 0), Some(315_532_800));
        assert_eq!(seconds(0, 0), None);
    }
}
