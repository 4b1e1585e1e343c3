//! The table: checked when made, so that encoding cannot fail.

use crate::mbr::{self, MBR_LEN};
use crate::scheme::GPT_ENTRY_LEN;
use crate::{Disk, Error, Partition, Scheme, check, gpt};
use core::ops::Range;
use image_layout::{Content, Layout};

/// The table of a disk: an MBR, a GPT or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    disk: Disk,
    usable: Range<u64>,
    partitions: Vec<Partition>,
}

impl Table {
    /// The table of `disk` that holds `partitions`, which become entries 1, 2, … in the order
    /// given; on the disk they may lie in any. (A hybrid's MBR lists those that it lists from
    /// entry 1 on.)
    ///
    /// # Errors
    /// [`Error`] names the partition that cannot be there, and who has its sectors.
    pub fn new(disk: Disk, partitions: impl IntoIterator<Item = Partition>) -> Result<Self, Error> {
        let partitions: Vec<_> = partitions.into_iter().collect();
        check::partitions(&disk, &partitions)?;
        Ok(Self { usable: disk.usable()?, disk, partitions })
    }

    /// The disk.
    pub fn disk(&self) -> &Disk {
        &self.disk
    }

    /// The partitions, in the order of the table.
    pub fn partitions(&self) -> &[Partition] {
        &self.partitions
    }

    /// The first 512 bytes of the disk. The boot code area, the first 440 of them, is zero.
    pub fn sector0(&self) -> [u8; MBR_LEN] {
        mbr::encode(&self.disk, &self.partitions)
    }

    /// Claims the table's bytes in an image as long as the disk. The boot code at its start stays
    /// free.
    ///
    /// # Errors
    /// [`Error::Claim`] is a mistake in this crate; no caller can cause it.
    pub fn lay_out(&self) -> Result<Layout, Error> {
        let sector = self.sector0();
        let mut layout = Layout::new(self.disk.len);
        let mut claim = |name: String, range: Range<usize>| {
            layout.claim(range.start as u64, name, &sector[range])
        };
        claim("disk signature".to_owned(), 440..446)?;
        for (name, at) in mbr::entry_names(&self.disk, &self.partitions).zip((446..).step_by(16)) {
            claim(name, at..at + 16)?;
        }
        claim("boot signature".to_owned(), 510..512)?;
        let rest = self.disk.sector_size.bytes() - MBR_LEN as u64;
        layout.claim(MBR_LEN as u64, "rest of sector 0", Content::Zero { len: rest })?;
        if self.disk.scheme != Scheme::Mbr {
            self.lay_out_gpt(&mut layout)?;
        }
        Ok(layout)
    }

    fn lay_out_gpt(&self, layout: &mut Layout) -> Result<(), Error> {
        let copies = gpt::encode(&self.disk, &self.partitions);
        let size = self.disk.sector_size.bytes();
        layout.claim(size, "GPT header", copies.header)?;
        self.claim_entries(layout, 2 * size, "GPT", &copies.entries)?;
        let at = self.usable.end * size;
        self.claim_entries(layout, at, "backup GPT", &copies.backup_entries)?;
        layout.claim(self.disk.len - size, "backup GPT header", copies.backup_header)?;
        Ok(())
    }

    /// A region for each entry that is used, and one for the others.
    fn claim_entries(
        &self,
        layout: &mut Layout,
        at: u64,
        copy: &str,
        entries: &[u8],
    ) -> Result<(), Error> {
        let each = entries.chunks_exact(GPT_ENTRY_LEN as usize);
        for ((number, p), bytes) in (1..).zip(&self.partitions).zip(each) {
            let name = format!("{copy} entry {number} ({})", p.kind);
            layout.claim(at + (number - 1) * GPT_ENTRY_LEN, name, bytes)?;
        }
        let used = self.partitions.len() as u64 * GPT_ENTRY_LEN;
        let unused = Content::Zero { len: entries.len() as u64 - used };
        layout.claim(at + used, format!("{copy} entries, unused"), unused)?;
        Ok(())
    }
}
