//! The work of `grub-bios-setup`: boot.img into sector 0, core.img behind it, each told where the
//! next one lies.

use crate::core_image::sector;
use crate::embedding_area::{AreaKind, check_boot_record};
use crate::format::boot_sector::{
    BOOT_DRIVE_FROM_BIOS, BOOT_SIGNATURE, BootSector, CODE_LEN, DRIVE_CHECK_ON, KERNEL_ADDRESS,
    KIND_GPT_PROTECTIVE,
};
use crate::format::diskboot::{BlocklistEntry, FIRST_RUN, LOAD_SEGMENT};
use crate::module_blob::length;
use crate::sector::MOST_CORE_SECTORS;
use crate::{CoreImage, EmbeddingArea, Error, PlatformFiles, SECTOR, reed_solomon};
use core::ops::Range;
use image_layout::{ClaimError, Content, Layout};

/// Whether core.img is followed by parity that repairs overwritten sectors at boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Redundancy {
    /// core.img as it is, the tool's `--no-rs-codes`.
    #[default]
    None,
    /// Reed-Solomon parity, as much as core.img is long, or as the area has room for: what the
    /// tool does unless told otherwise. Saves a core image from losing about a quarter of its
    /// sectors; its first five (diskboot.img and the repairing code) are not covered.
    ReedSolomon,
}

/// A boot sector and a core image that know their places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Sector 0 as `grub-bios-setup` writes it: GRUB's code, and from byte 440 on the disk
    /// signature and partition table that were there.
    pub boot_sector: [u8; SECTOR],
    core: CoreImage,
    parity: Vec<u8>,
    /// The sector with diskboot.img, and the runs that its blocklist lists.
    first: u64,
    rest: Vec<Range<u64>>,
}

/// Prepares boot sector and core image for a disk whose sector 0 is `old_sector0` (its partition
/// table and BIOS parameter block stay) with core.img from the first sector of `area` on.
///
/// # Errors
/// [`Error`] when sector 0 holds no MBR partition table, when core.img does not fit the area,
/// when the area reaches into a partition, and for a boot.img that is not one.
pub fn install(
    files: &PlatformFiles,
    core: &CoreImage,
    old_sector0: &[u8; SECTOR],
    area: &EmbeddingArea,
    redundancy: Redundancy,
) -> Result<Installed, Error> {
    core.build().check_same("core.img", &files.build()?, "the files with boot.img")?;
    install_boot_img(files.get("boot.img")?, core, old_sector0, area, redundancy)
}

/// As [`install`], with a boot.img and a core image from anywhere. Their builds are not compared,
/// since boot.img has been the same in many.
///
/// # Errors
/// As for [`install`].
pub fn install_boot_img(
    boot_img: &[u8],
    core: &CoreImage,
    old_sector0: &[u8; SECTOR],
    area: &EmbeddingArea,
    redundancy: Redundancy,
) -> Result<Installed, Error> {
    let old = BootSector::from_bytes(old_sector0);
    match area.kind() {
        AreaKind::MbrGap => check_partition_table(&old)?,
        // On a GPT disk the GPT says where partitions lie, so the entries of the MBR are not
        // checked.
        AreaKind::BiosBootPartition => {}
    }
    let (needed, available) = (core.sectors(), area.sectors());
    if needed > MOST_CORE_SECTORS {
        return Err(Error::TooManySectors { needed, limit: MOST_CORE_SECTORS });
    }
    if needed > available {
        return Err(too_small(area, needed));
    }
    if area.kind() == AreaKind::MbrGap {
        check_area(&old, area)?;
    }

    let count = match redundancy {
        Redundancy::None => needed,
        Redundancy::ReedSolomon => available.min(2 * needed).min(MOST_CORE_SECTORS),
    };
    let mut free = area.free().take(count as usize); // OK to cast: at most MOST_CORE_SECTORS
    let first = free.next().ok_or_else(|| too_small(area, needed))?;
    let rest = runs(free);
    let mut core = core.clone();
    set_blocklist(&mut core, &rest)?;
    let parity = match redundancy {
        Redundancy::None => Vec::new(),
        Redundancy::ReedSolomon => add_parity(&mut core, count)?,
    };
    let mut boot = parse_boot_img(boot_img)?;
    boot.bpb = old.bpb;
    boot.kernel_sector = first.into();
    boot.boot_drive = BOOT_DRIVE_FROM_BIOS;
    boot.drive_check = DRIVE_CHECK_ON;
    boot.disk_signature = old.disk_signature;
    boot.disk_pad = old.disk_pad;
    boot.partition_table = old.partition_table;
    Ok(Installed { boot_sector: boot.to_bytes(), core, parity, first, rest })
}

/// Parity up to the end of the last of `sectors` sectors, its length noted in the image.
fn add_parity(core: &mut CoreImage, sectors: u64) -> Result<Vec<u8>, Error> {
    // OK to cast: at most MOST_CORE_SECTORS, and core.img fits them.
    let len = sectors as usize * SECTOR - core.len();
    core.head.redundancy = length(len)?.into();
    let from = SECTOR + usize::from(core.head.no_rs_length.get());
    Ok(reed_solomon::parity(core.to_vec().get(from..).unwrap_or_default(), len))
}

/// Consecutive sectors as one run each.
fn runs(sectors: impl Iterator<Item = u64>) -> Vec<Range<u64>> {
    let mut runs: Vec<Range<u64>> = Vec::new();
    for lba in sectors {
        match runs.last_mut() {
            Some(run) if run.end == lba => run.end += 1,
            _ => runs.push(lba..lba + 1),
        }
    }
    runs
}

/// Replaces what list there is by these runs, each loaded behind the one before.
fn set_blocklist(core: &mut CoreImage, runs: &[Range<u64>]) -> Result<(), Error> {
    // The last entry of a full list ends it. GRUB's own program fills that one too and puts the
    // end over the code in front of it, which no longer works then.
    let limit = FIRST_RUN;
    let list = &mut core.diskboot.blocklist;
    for entry in list.iter_mut().rev().take_while(|e| e.len.get() != 0) {
        *entry = BlocklistEntry::zeroed();
    }
    if runs.len() > limit {
        return Err(Error::TooManyRuns { runs: runs.len(), limit });
    }
    let mut segment = LOAD_SEGMENT;
    for (entry, run) in list.iter_mut().rev().zip(runs) {
        // OK to cast: at most MOST_CORE_SECTORS in all, so the last segment is below 0x7800.
        let len = (run.end - run.start) as u16;
        *entry =
            BlocklistEntry { start: run.start.into(), len: len.into(), segment: segment.into() };
        segment += len * (SECTOR / 16) as u16;
    }
    Ok(())
}

fn too_small(area: &EmbeddingArea, needed: u64) -> Error {
    let available = area.sectors();
    match area.kind() {
        AreaKind::MbrGap => {
            let taken = area.taken().count() as u64;
            Error::GapTooSmall { needed, available, start: area.first() + needed + taken }
        }
        AreaKind::BiosBootPartition => Error::BiosBootPartitionTooSmall { needed, available },
    }
}

fn parse_boot_img(bytes: &[u8]) -> Result<BootSector, Error> {
    let file = "boot.img";
    let boot = BootSector::from_bytes(sector(file, bytes)?);
    let bad = |reason: &str| Error::BadFile { file: file.to_owned(), reason: reason.to_owned() };
    if boot.boot_signature.get() != BOOT_SIGNATURE {
        return Err(bad("no 55 AA at its end"));
    }
    if boot.kernel_address.get() != KERNEL_ADDRESS {
        return Err(bad("it does not load core.img to 0x8000"));
    }
    Ok(boot)
}

/// Refuses what `grub-bios-setup` does not take for an MBR partition table.
fn check_partition_table(old: &BootSector) -> Result<(), Error> {
    check_boot_record(old, 0)?;
    match (1..).zip(&old.partition_table).find(|(_, p)| p.kind == KIND_GPT_PROTECTIVE) {
        Some((entry, _)) => Err(Error::ProtectiveBootRecord { entry }),
        None => Ok(()),
    }
}

/// Refuses an area that reaches into a partition of the table.
fn check_area(old: &BootSector, area: &EmbeddingArea) -> Result<(), Error> {
    for (entry, p) in (1..).zip(&old.partition_table) {
        let start = u64::from(p.start.get());
        if p.kind != 0 && start < area.end() {
            let (first, end) = (area.first(), area.end());
            return Err(Error::AreaInPartition { first, end, entry, start });
        }
    }
    Ok(())
}

impl Installed {
    /// First sector (LBA) of core.img.
    pub fn first_sector(&self) -> u64 {
        self.first
    }

    /// Sectors of core.img with its parity.
    pub fn sectors(&self) -> u64 {
        1 + self.rest.iter().map(|run| run.end - run.start).sum::<u64>()
    }

    /// The runs of sectors that core.img and its parity take on the disk (LBA), in order: the
    /// sector that [`Installed::first_sector`] names, and what its blocklist lists.
    pub fn runs(&self) -> Vec<Range<u64>> {
        let rest = self.rest.iter().flat_map(Clone::clone);
        runs(core::iter::once(self.first).chain(rest))
    }

    /// core.img as it lies on the disk: with its parity, the last sector filled with zeros.
    pub fn core_sectors(&self) -> Vec<u8> {
        let mut out = self.core.to_vec();
        out.extend(&self.parity);
        // OK to cast: at most MOST_CORE_SECTORS.
        out.resize(self.sectors() as usize * SECTOR, 0);
        out
    }

    /// The claims on an image of `image_len` bytes: the code in sector 0 (bytes 0..440, not the
    /// disk signature and partition table behind it), and core.img with its parts.
    ///
    /// # Errors
    /// [`ClaimError`] when the image is too short.
    pub fn lay_out(&self, image_len: u64) -> Result<Layout, ClaimError> {
        let mut layout = Layout::new(image_len);
        layout.claim(0, "boot.img", &self.boot_sector[..CODE_LEN])?;
        let core = &self.core;
        let payload = format!("core.img/payload (LZMA: {})", core.contents());
        let mut decompressor = core.head.to_bytes().to_vec();
        decompressor.extend(&*core.decompressor);
        let parts = [
            ("core.img/diskboot.img", &core.diskboot.to_bytes()[..]),
            ("core.img/lzma_decompress.img", &decompressor),
            (&payload, &core.compressed),
            ("core.img/Reed-Solomon parity", &self.parity),
        ];
        let mut runs = self.runs().into_iter().map(|r| Bytes::of_sectors(&r)).peekable();
        for (name, mut content) in parts {
            // A part is cut where a run of sectors ends.
            while let Some(run) = runs.peek_mut().filter(|_| !content.is_empty()) {
                let fits = usize::try_from(run.len).unwrap_or(usize::MAX).min(content.len());
                let (here, rest) = content.split_at(fits);
                layout.claim(run.at, name, here)?;
                run.advance(fits);
                content = rest;
                if run.len == 0 {
                    runs.next();
                }
            }
        }
        for run in runs {
            let content = Content::Zero { len: run.len };
            layout.claim(run.at, "core.img/padding to the sector", content)?;
        }
        Ok(layout)
    }
}

/// Bytes on the disk that are still to be filled.
struct Bytes {
    at: u64,
    len: u64,
}

impl Bytes {
    fn of_sectors(run: &Range<u64>) -> Self {
        let sector = SECTOR as u64;
        Self { at: run.start.saturating_mul(sector), len: (run.end - run.start) * sector }
    }

    fn advance(&mut self, by: usize) {
        self.at = self.at.saturating_add(by as u64);
        self.len -= by as u64; // callers fill no more than there is
    }
}
