//! Whether everything in use can be reached, by as many names as it says.

use super::state::Checking;
use crate::format::feature::ro_compat;
use crate::format::inode::number;
use crate::read::FileType;
use std::collections::BTreeSet;

/// Most links that an inode counts.
const MOST_LINKS: u32 = 65_000;

impl Checking<'_, '_> {
    /// Compares the number of links that each inode says with the number of entries that name it.
    pub(super) fn links(&mut self) {
        let s = self.ext.superblock();
        let uncounted = self.ext.ro_compat() & ro_compat::DIR_NLINK != 0;
        let own = [s.s_journal_inum.get(), s.s_orphan_file_inum.get()];
        let found = &mut self.found;
        for (number, known) in self.inodes.used() {
            if (number < s.s_first_ino.get() && number != number::ROOT) || own.contains(&number) {
                continue;
            }
            let directory = known.kind == Some(FileType::Directory);
            if known.seen == 0 {
                found.push(format!("inode {number} is in use and has no name"));
            } else if known.seen != u32::from(known.links)
                && !(directory && uncounted && known.links == 1 && known.seen > MOST_LINKS)
            {
                let (seen, links) = (known.seen, known.links);
                found.push(format!("inode {number} has {seen} links, and says {links}"));
            }
        }
        self.parents();
    }

    /// Whether all directories lead up to the root directory.
    fn parents(&mut self) {
        if !self.directories.contains_key(&number::ROOT) {
            self.found.push("there is no root directory");
        }
        let mut reached = BTreeSet::from([number::ROOT]);
        for (number, parents) in &self.directories {
            let root = *number == number::ROOT;
            let entry = if root { number::ROOT } else { parents.entry };
            if entry == 0 {
                self.found.push(format!("directory {number} has no name"));
            } else if parents.dotdot != entry {
                let dotdot = parents.dotdot;
                self.found.push(format!("directory {number} is in {entry}, and says {dotdot}"));
            }
            let (mut path, mut at) = (BTreeSet::new(), *number);
            while !reached.contains(&at) && path.insert(at) {
                at = self.directories.get(&at).map_or(0, |parents| parents.entry);
            }
            // A directory without a name ends at 0, and was reported above.
            if !reached.contains(&at) && at != 0 {
                self.found.push(format!("directory {number} is in itself"));
            }
            reached.append(&mut path);
        }
    }
}
