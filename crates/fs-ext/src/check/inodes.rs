//! The inodes: what each says of itself, and the blocks that it has.

use super::map::Map;
use super::state::Checking;
use crate::format;
use crate::format::feature::{compat, incompat, ro_compat};
use crate::format::inode::{EXTENTS_FL, GOOD_OLD_SIZE, INDEX_FL, number};
use crate::read::inode::fields;
use crate::read::{Error, FileType, Inode};
use image_layout::ReadAt as _;

/// Bytes of an inode table that are read at once.
const CHUNK: usize = 256 << 10;
/// Bytes of `i_block`, where short links have their target.
const SHORT: u64 = 60;
/// `i_flags` that a device, fifo, socket or link cannot have: immutable, append-only.
const NOT_SPECIAL_FL: u32 = 0x30;
/// `i_flags`: `i_blocks` counts in blocks.
const HUGE_FILE_FL: u32 = 0x4_0000;
/// `i_flags`, of features that are refused: encrypted, casefolded, an attribute's value, inline.
const FOREIGN_FL: u32 = 0x800 | 0x4000_0000 | 0x20_0000 | 0x1000_0000;
/// The reserved inode that a boot loader may have.
const BOOT_LOADER: u32 = 5;

impl Checking<'_, '_> {
    /// Looks at the inodes of all tables, and claims their blocks.
    pub(super) fn inodes(&mut self) -> Result<(), Error> {
        let (ext, size) = (self.ext, self.ext.inode_size);
        let per_group = ext.superblock().s_inodes_per_group.get();
        for n in 0..self.groups.len() {
            let group = self.groups[n];
            let unused = match self.checksums.may_leave_uninitialised() {
                true if group.inode_table_unused => per_group,
                true => group.unused_inodes.min(per_group),
                false => 0,
            };
            // OK to cast, here and below: inodes have numbers of 32 bits, and a chunk is short.
            let first = n as u32 * per_group + 1;
            let mut done = 0;
            while done < per_group - unused {
                let now = (per_group - unused - done).min((CHUNK / size) as u32);
                let at = group.inode_table.saturating_mul(ext.block_size());
                let at = at.saturating_add(u64::from(done) * size as u64);
                let read = ext.source().read_vec(at, now as usize * size);
                let read = read.map_err(Error::reading(|| format!("inodes of group {n}")));
                let Some(bytes) = self.readable(read)? else { break };
                for (number, bytes) in (first + done..).zip(bytes.chunks_exact(size)) {
                    self.inode(number, bytes)?;
                }
                done += now;
            }
        }
        let journal = ext.superblock().s_journal_inum.get();
        if ext.superblock().s_feature_compat.get() & compat::HAS_JOURNAL != 0
            && journal != 0
            && self.inodes.get(journal).kind != Some(FileType::File)
        {
            self.found.push("the journal's inode is no file");
        }
        Ok(())
    }

    /// Whether a reserved inode has a use that the superblock knows of.
    fn has_reserved_use(&self, number: u32) -> bool {
        let s = self.ext.superblock();
        number == BOOT_LOADER
            || [
                s.s_journal_inum,
                s.s_usr_quota_inum,
                s.s_grp_quota_inum,
                s.s_prj_quota_inum,
                s.s_orphan_file_inum,
            ]
            .iter()
            .any(|used| used.get() == number)
    }

    fn inode(&mut self, number: u32, bytes: &[u8]) -> Result<(), Error> {
        let raw = fields(bytes);
        let empty = bytes.iter().all(|b| *b == 0);
        if !empty && self.ext.has_metadata_checksums() {
            let mut sealed = bytes.to_vec();
            sealed[0x7C..0x7E].fill(0);
            if sealed.get(GOOD_OLD_SIZE).is_some_and(|extra_isize| *extra_isize >= 4) {
                sealed[0x82..0x84].fill(0);
            }
            let seed = self.checksums.seed_of_generation(number, raw.i_generation.get());
            seed.inode(&mut sealed);
            if sealed != bytes {
                self.found.push(format!("inode {number}: its checksum is wrong"));
            }
        }
        if self.is_early(raw.i_dtime.get()) {
            self.found.push(format!("inode {number} waits to be deleted"));
        }
        let s = self.ext.superblock();
        match number {
            number::BAD_BLOCKS => return self.bad_blocks(&raw),
            number::RESIZE if s.s_feature_compat.get() & compat::RESIZE_INODE != 0 => {
                return self.resize_inode(&raw);
            }
            _ => {}
        }
        let reserved = number < s.s_first_ino.get() && number != number::ROOT;
        let linked = raw.i_links_count.get() != 0;
        if reserved && !(linked && self.has_reserved_use(number)) {
            let attributes = raw.i_file_acl_lo.get();
            if raw.i_mode.get() != 0 || self.said_blocks(&raw) != 0 || attributes != 0 {
                self.found.push(format!("inode {number} is reserved, and in use"));
            }
            return Ok(());
        }
        if !linked {
            if raw.i_mode.get() != 0 && raw.i_dtime.get() == 0 {
                self.found.push(format!("inode {number} has no link and was not deleted"));
            }
            return Ok(());
        }
        let known = self.inodes.known(number);
        (known.used, known.links) = (true, raw.i_links_count.get());
        for what in self.wrong_fields(&raw, reserved) {
            self.found.push(format!("inode {number}: {what}"));
        }
        let read = Inode::parse(number, bytes.to_vec());
        let Some(inode) = self.readable(read)? else { return Ok(()) };
        self.inodes.known(number).kind = Some(inode.kind);
        let short = inode.kind == FileType::Symlink && inode.len < SHORT;
        let map = match inode.kind {
            FileType::File | FileType::Directory => Some(self.map(&inode)?),
            FileType::Symlink if !short => Some(self.map(&inode)?),
            _ => None,
        };
        let attributes = self.attributes_of(&inode)?;
        let blocks = map.as_ref().map_or(0, |map| map.blocks) + u64::from(attributes);
        // If the map cannot be followed, the number of its blocks is not known.
        let sound = map.as_ref().is_none_or(|map| map.sound);
        if sound && blocks != self.said_blocks(&raw) {
            self.found.push(format!(
                "inode {number} has {blocks} blocks, and says {}",
                self.said_blocks(&raw)
            ));
        }
        if let Some(map) = map.filter(|map| map.sound) {
            match self.wrong_size(&inode, &map) {
                // Only the blocks that a directory has are ever looked at, however long it says it is.
                None => self.inodes.known(number).mapped = true,
                Some(what) => {
                    self.found.push(format!("inode {number} of {} bytes: {what}", inode.len));
                }
            }
        }
        match inode.kind {
            FileType::Symlink if sound => self.symlink(&inode, short)?,
            FileType::File | FileType::Directory | FileType::Symlink => {}
            _ => self.special(&inode),
        }
        if number == s.s_journal_inum.get() {
            self.journal(&inode)?;
        }
        Ok(())
    }

    /// Whether `time`, read from the field for the time of deletion, is the number of an inode:
    /// those that are still to be deleted (orphans) form a list, and that field links them.
    fn is_early(&self, time: u32) -> bool {
        let s = self.ext.superblock();
        let inodes = s.s_inodes_count.get();
        time != 0 && time < inodes && s.s_mkfs_time.get().min(s.s_wtime.get()) >= inodes
    }

    /// What is wrong with the fields of an inode that is in use.
    fn wrong_fields(&self, raw: &format::Inode, reserved: bool) -> Vec<&'static str> {
        let (ext, flags) = (self.ext, raw.i_flags.get());
        let kind = FileType::of_mode(raw.i_mode.get());
        let directory = kind == Some(FileType::Directory);
        let hashed = ext.superblock().s_feature_compat.get() & compat::DIR_INDEX != 0;
        let huge = ext.ro_compat() & ro_compat::HUGE_FILE != 0;
        let large = ext.ro_compat() & ro_compat::LARGE_FILE != 0;
        let (bit64, extents) =
            (ext.incompat() & incompat::BIT64 != 0, ext.incompat() & incompat::EXTENTS != 0);
        let extra = usize::from(raw.i_extra_isize.get());
        let has_extra = ext.inode_size > GOOD_OLD_SIZE;
        let room = ext.inode_size - GOOD_OLD_SIZE;
        let times = [
            (raw.i_atime, raw.i_atime_extra),
            (raw.i_ctime, raw.i_ctime_extra),
            (raw.i_mtime, raw.i_mtime_extra),
            (raw.i_crtime, raw.i_crtime_extra),
        ];
        // Kernels before 3.14 wrote times before 1970 in the form that now means a time in the far
        // future, which no file has.
        let far = times.iter().any(|(time, more)| time.get() >> 31 == 1 && more.get() & 3 == 3);
        let wrong = [
            (raw.i_dtime.get() != 0, "it is in use, and has a time of deletion"),
            (!reserved && raw.i_obso_faddr.get() != 0, "it has a fragment"),
            (
                !reserved && !huge && raw.l_i_blocks_high.get() != 0,
                "it has more blocks than can be",
            ),
            (!reserved && !bit64 && raw.l_i_file_acl_high.get() != 0, "its attributes lie outside"),
            (!extents && flags & EXTENTS_FL != 0, "it has extents without the feature"),
            (flags & INDEX_FL != 0 && !(directory && hashed), "it has an index and cannot"),
            (flags & FOREIGN_FL != 0, "it has flags of features that the file system has not"),
            (directory && raw.i_size_high.get() != 0, "it is longer than a directory can be"),
            (
                kind == Some(FileType::File) && !large && raw.i_size_high.get() != 0,
                "it is longer than the features allow",
            ),
            (
                has_extra && extra != 0 && (extra < 4 || extra > room || !extra.is_multiple_of(4)),
                "its fields do not fit into it",
            ),
            (has_extra && extra >= 32 && far, "a time of it lies in the far future"),
        ];
        wrong.into_iter().filter(|(wrong, _)| *wrong).map(|(_, what)| what).collect()
    }

    /// The blocks that an inode says it has.
    pub(super) fn said_blocks(&self, raw: &format::Inode) -> u64 {
        let low = u64::from(raw.i_blocks_lo.get());
        if self.ext.ro_compat() & ro_compat::HUGE_FILE == 0 {
            return low * 512 / self.ext.block_size();
        }
        let all = low | u64::from(raw.l_i_blocks_high.get()) << 32;
        match raw.i_flags.get() & HUGE_FILE_FL {
            0 => all * 512 / self.ext.block_size(),
            _ => all,
        }
    }

    /// What is wrong with the length of a file whose map is whole.
    fn wrong_size(&self, inode: &Inode, map: &Map) -> Option<&'static str> {
        let size = self.ext.block_size();
        let pointers = size / 4;
        let most = match inode.has_extents() {
            true => (size << 32) - 1,
            false => (12 + pointers + pointers.pow(2) + pointers.pow(3)) * size,
        };
        match inode.kind {
            FileType::Directory if map.has_hole => Some("a directory with a hole"),
            FileType::Directory if inode.len == 0 => Some("a directory without entries"),
            FileType::Directory => {
                (inode.len != map.end * size).then_some("its blocks are more or less than that")
            }
            _ if inode.len > most => Some("no map is so long"),
            _ => (map.written_end.saturating_sub(1) * size > inode.len)
                .then_some("it has blocks behind its end"),
        }
    }

    fn symlink(&mut self, inode: &Inode, short: bool) -> Result<(), Error> {
        let flags = inode.raw.i_flags.get();
        let whole = inode.len > 0
            && inode.raw.i_size_high.get() == 0
            && inode.len < self.ext.block_size()
            && !(short && flags & EXTENTS_FL != 0);
        let target = match whole {
            true if short => Some(inode.map().to_vec()),
            true => {
                let all = Inode { len: self.ext.block_size(), ..inode.clone() };
                let read = self.ext.contents(&all, self.ext.block_size());
                self.readable(read)?
            }
            false => None,
        };
        let ends = |target: Vec<u8>| target.iter().position(|b| *b == 0).map(|at| at as u64);
        if target.and_then(ends) != Some(inode.len) || flags & NOT_SPECIAL_FL != 0 {
            let what = format!("inode {}: a symbolic link that leads nowhere", inode.number);
            self.found.push(what);
        }
        Ok(())
    }

    /// Checks a device, fifo or socket, which has no contents.
    fn special(&mut self, inode: &Inode) {
        let no_map = inode.raw.i_block[4..].iter().all(|word| word.get() == 0);
        let size = inode.len | u64::from(inode.raw.i_size_high.get());
        let flags = inode.raw.i_flags.get();
        if !no_map || size != 0 || flags & (NOT_SPECIAL_FL | EXTENTS_FL | INDEX_FL) != 0 {
            self.found
                .push(format!("inode {}: a device, fifo or socket with contents", inode.number));
        }
    }
}
