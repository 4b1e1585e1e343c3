//! Directories: their entries, and what these lead to.

use super::name::{self, LongName};
use super::state::Checking;
use crate::FatType;
use crate::format::dir_entry::{
    ATTR_DIRECTORY, ATTR_LONG_NAME, ATTR_VOLUME_ID, DirEntry, FREE, FREE_FROM_HERE, KANJI_E5,
    LongDirEntry,
};
use crate::read::{self, ENTRY, Error, LONGEST, short_name};
use image_layout::ReadAt as _;
use shown_text::Shown;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Longest path to which another name is added.
const LONGEST_PATH: usize = 1000;

/// A directory that is still to be looked at.
#[derive(Debug)]
struct Directory {
    /// Its path; the root's is empty.
    path: Rc<str>,
    /// Its first cluster.
    first: u32,
    /// The number of its clusters that nothing else has.
    clusters: u64,
    /// The first cluster of its parent, as `..` names it; `None` for the root directory.
    parent: Option<u32>,
}

impl Directory {
    fn path_of(&self, name: &str) -> String {
        match self.path.len() {
            ..LONGEST_PATH => format!("{}/{}", self.path, Shown(name.as_bytes())),
            _ => self.path.to_string(),
        }
    }
}

/// The entries of a directory, while they are looked at.
#[derive(Debug, Default)]
struct Entries {
    /// The short names that were met so far.
    names: BTreeSet<[u8; 11]>,
    long: LongName,
    /// The text of the long name.
    text: read::LongName,
    /// Whether the end of the directory was met, behind which all entries should be free.
    ended: bool,
}

impl Checking<'_, '_> {
    /// Looks at all directories.
    pub(super) fn tree(&mut self) -> Result<(), Error> {
        let first = self.fat.root_cluster;
        let mut root = Directory { path: "".into(), first, clusters: 0, parent: None };
        if first != 0 {
            root.clusters = self.chain("the root directory", first, None)?;
        }
        if self.fat.kind() == FatType::Fat32 && root.clusters == 0 {
            self.found.push("there is no root directory");
            return Ok(());
        }
        let mut waiting = vec![root];
        while let Some(directory) = waiting.pop() {
            self.directory(&directory, &mut waiting)?;
        }
        Ok(())
    }

    fn directory(&mut self, dir: &Directory, waiting: &mut Vec<Directory>) -> Result<(), Error> {
        let mut entries = Entries::default();
        let mut number = 0;
        let pieces = self.pieces(dir)?;
        for (at, len) in pieces {
            let read = self.fat.source().read_vec(at, len);
            let read = read.map_err(Error::reading(|| format!("the directory {}/", dir.path)));
            let Some(bytes) = self.readable(read)? else { return Ok(()) };
            for raw in bytes.as_chunks::<ENTRY>().0 {
                match dir.parent {
                    Some(parent) if number < 2 => self.dots(dir, parent, number, raw),
                    _ => self.slot(dir, &mut entries, raw, waiting)?,
                }
                number += 1;
            }
        }
        self.long_name(dir, "", entries.long.drop());
        Ok(())
    }

    /// Where the pieces of a directory lie, and how long they are.
    fn pieces(&mut self, dir: &Directory) -> Result<Vec<(u64, usize)>, Error> {
        if dir.first == 0 {
            let (at, len) = self.fat.fixed_root;
            return Ok(vec![(at, len as usize)]);
        }
        let size = self.fat.cluster_size();
        let most = LONGEST / size;
        if dir.clusters > most.max(1) {
            self.found.push(format!("{}/: is longer than a directory can be", dir.path));
        }
        let mut pieces = Vec::new();
        let mut cluster = u64::from(dir.first);
        for _ in 0..dir.clusters.min(most.max(1)) {
            pieces.push((self.fat.data + (cluster - 2) * size, size as usize));
            cluster = self.raw_entry(cluster)?.into();
        }
        Ok(pieces)
    }

    /// Looks at `.` or `..`, which are the first two entries.
    fn dots(&mut self, dir: &Directory, parent: u32, number: u32, raw: &[u8; ENTRY]) {
        let entry = DirEntry::from_bytes(raw);
        let (name, cluster) = match number {
            0 => (*b".          ", dir.first),
            _ => (*b"..         ", parent),
        };
        let leads = self.first_cluster(&entry);
        if entry.DIR_Name != name || entry.DIR_Attr & ATTR_DIRECTORY == 0 || leads != cluster {
            let name = String::from_utf8_lossy(name.trim_ascii_end());
            self.found.push(format!("{}/: its entry `{name}` is not right", dir.path));
        }
    }

    fn slot(
        &mut self,
        dir: &Directory,
        entries: &mut Entries,
        raw: &[u8; ENTRY],
        waiting: &mut Vec<Directory>,
    ) -> Result<(), Error> {
        if matches!(raw[0], FREE | FREE_FROM_HERE) {
            let wrong = entries.long.drop();
            entries.text = read::LongName::default();
            entries.ended |= raw[0] == FREE_FROM_HERE;
            self.long_name(dir, "", wrong);
            return Ok(());
        }
        let entry = DirEntry::from_bytes(raw);
        if entry.DIR_Attr == ATTR_LONG_NAME {
            let part = LongDirEntry::from_bytes(raw);
            entries.text.add(&part);
            let wrong = entries.long.add(&part);
            self.long_name(dir, "", wrong);
            return Ok(());
        }
        let short = short_name(&entry);
        let text = std::mem::take(&mut entries.text).finish(&entry.DIR_Name);
        let path = dir.path_of(text.as_ref().unwrap_or(&short));
        let wrong = entries.long.finish(&entry.DIR_Name);
        self.long_name(dir, &short, wrong);
        if entries.ended {
            self.found.push(format!("{path}: lies behind the end of its directory"));
        }
        if entry.DIR_Attr & ATTR_VOLUME_ID == 0 {
            if !name::is_good(&entry.DIR_Name) {
                self.found.push(format!("{path}: its short name cannot be one"));
            }
            if !entries.names.insert(entry.DIR_Name) {
                self.found.push(format!("{path}: another file has its short name, too"));
            }
        } else if dir.parent.is_none() && !entries.ended && self.root_label.is_none() {
            let mut label = entry.DIR_Name;
            if label[0] == KANJI_E5 {
                label[0] = FREE;
            }
            self.root_label = Some(label);
        }
        self.entry_leads(dir, path, &entry, waiting)
    }

    /// Follows an entry to its clusters.
    fn entry_leads(
        &mut self,
        dir: &Directory,
        path: String,
        entry: &DirEntry,
        waiting: &mut Vec<Directory>,
    ) -> Result<(), Error> {
        let (first, len) = (self.first_cluster(entry), entry.DIR_FileSize.get());
        if entry.DIR_Attr & ATTR_DIRECTORY == 0 {
            self.chain(&path, first, Some(len))?;
            return Ok(());
        }
        if len != 0 {
            self.found.push(format!("{path}: is a directory, and says to have {len} bytes"));
        }
        if first == 0 {
            self.found.push(format!("{path}: is a directory without a cluster"));
        }
        let clusters = self.chain(&path, first, None)?;
        if clusters > 0 {
            // Entries `..` name the root directory by 0, whatever its first cluster is.
            let parent = Some(if dir.parent.is_none() { 0 } else { dir.first });
            waiting.push(Directory { path: path.into(), first, clusters, parent });
        }
        Ok(())
    }

    fn long_name(&mut self, dir: &Directory, short: &str, wrong: Option<&str>) {
        if let Some(wrong) = wrong {
            let short = Shown(short.as_bytes());
            self.found.push(format!("{}/{short}: a long name {wrong}", dir.path));
        }
    }

    /// The first cluster that an entry names. The high half is FAT32's.
    fn first_cluster(&self, entry: &DirEntry) -> u32 {
        let high = match self.fat.root_cluster {
            0 => 0,
            _ => u32::from(entry.DIR_FstClusHI.get()) << 16,
        };
        u32::from(entry.DIR_FstClusLO.get()) | high
    }
}
