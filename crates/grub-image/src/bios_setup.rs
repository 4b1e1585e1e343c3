//! What `grub-bios-setup` does: boot.img into sector 0, core.img behind it, each told where the
//! next one lies.

use crate::core_image::sector;
use crate::format::boot_sector::{
    BOOT_DRIVE_FROM_BIOS, BOOT_SIGNATURE, BootSector, CODE_LEN, DRIVE_CHECK_ON, KERNEL_ADDRESS,
    KIND_GPT_PROTECTIVE,
};
use crate::format::diskboot::{BlocklistEntry, FIRST_RUN, LOAD_SEGMENT};
use crate::module_blob::length;
use crate::{CoreImage, EmbeddingArea, Error, PlatformFiles, SECTOR, reed_solomon};
use image_layout::{ClaimError, Content, Layout};

/// Sectors from 0x9000 to 0x78000: more the loader does not take.
const MOST_SECTORS: u64 = (0x78000 - 0x9000) / SECTOR as u64;

/// Whether core.img is followed by parity that repairs overwritten sectors at boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Redundancy {
    /// core.img as it is, the tool's `--no-rs-codes`.
    #[default]
    None,
    /// As much Reed-Solomon parity as core.img is long, or as the area has room for: what the
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
    first: u64,
    sectors: u64,
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
    let old = BootSector::from_bytes(old_sector0);
    check_partition_table(&old)?;
    let (needed, available) = (core.sectors(), area.sectors());
    if needed > MOST_SECTORS {
        return Err(Error::TooManySectors { needed, limit: MOST_SECTORS });
    }
    if needed > available {
        return Err(Error::GapTooSmall { needed, available, start: area.first() + needed });
    }
    check_area(&old, area)?;

    let mut boot = boot_img(files)?;
    boot.bpb = old.bpb;
    boot.kernel_sector = area.first().into();
    boot.boot_drive = BOOT_DRIVE_FROM_BIOS;
    boot.drive_check = DRIVE_CHECK_ON;
    boot.disk_signature = old.disk_signature;
    boot.disk_pad = old.disk_pad;
    boot.partition_table = old.partition_table;

    let sectors = match redundancy {
        Redundancy::None => needed,
        Redundancy::ReedSolomon => area.sectors().min(2 * needed).min(MOST_SECTORS),
    };
    let mut core = core.clone();
    set_blocklist(
        &mut core,
        BlocklistEntry {
            start: (area.first() + 1).into(),
            // OK to cast: at most MOST_SECTORS.
            len: (sectors.saturating_sub(1) as u16).into(),
            segment: LOAD_SEGMENT.into(),
        },
    );
    let parity = match redundancy {
        Redundancy::None => Vec::new(),
        Redundancy::ReedSolomon => add_parity(&mut core, sectors)?,
    };
    let boot_sector = boot.to_bytes();
    Ok(Installed { boot_sector, core, parity, first: area.first(), sectors })
}

/// Parity up to the end of the last of `sectors` sectors, its length noted in the image.
fn add_parity(core: &mut CoreImage, sectors: u64) -> Result<Vec<u8>, Error> {
    // OK to cast: at most MOST_SECTORS, and core.img fits them.
    let len = sectors as usize * SECTOR - core.len();
    core.head.redundancy = length(len)?.into();
    let from = SECTOR + usize::from(core.head.no_rs_length.get());
    Ok(reed_solomon::parity(core.to_vec().get(from..).unwrap_or_default(), len))
}

/// Replaces what list there is by one run.
fn set_blocklist(core: &mut CoreImage, run: BlocklistEntry) {
    let list = &mut core.diskboot.blocklist;
    for entry in list.iter_mut().rev().take_while(|e| e.len.get() != 0) {
        *entry = BlocklistEntry::zeroed();
    }
    list[FIRST_RUN] = run;
}

fn boot_img(files: &PlatformFiles) -> Result<BootSector, Error> {
    let file = "boot.img";
    let boot = BootSector::from_bytes(sector(files, file)?);
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
    if old.boot_signature.get() != BOOT_SIGNATURE {
        return Err(Error::NoBootRecord);
    }
    for (entry, p) in (1..).zip(&old.partition_table) {
        if p.flag & 0x7F != 0 {
            return Err(Error::BadPartitionFlag { entry, flag: p.flag });
        }
        if p.kind == KIND_GPT_PROTECTIVE {
            return Err(Error::ProtectiveBootRecord { entry });
        }
    }
    Ok(())
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
        self.sectors
    }

    /// core.img as it lies on the disk: with its parity, the last sector filled with zeros.
    pub fn core_sectors(&self) -> Vec<u8> {
        let mut out = self.core.to_vec();
        out.extend(&self.parity);
        // OK to cast: at most MOST_SECTORS.
        out.resize(self.sectors as usize * SECTOR, 0);
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
        let payload = format!(
            "core.img/payload (LZMA: kernel + {} module{})",
            core.modules().len(),
            if core.modules().len() == 1 { "" } else { "s" },
        );
        let mut decompressor = core.head.to_bytes().to_vec();
        decompressor.extend(&*core.decompressor);
        let used = (core.len() + self.parity.len()) as u64;
        let padding = self.sectors * SECTOR as u64 - used;
        let mut at = self.first * SECTOR as u64;
        for (name, content) in [
            ("core.img/diskboot.img", Content::from(core.diskboot.to_bytes().to_vec())),
            ("core.img/lzma_decompress.img", decompressor.into()),
            (&payload, Content::Bytes(core.compressed.clone())),
            ("core.img/Reed-Solomon parity", self.parity.clone().into()),
            ("core.img/padding to the sector", Content::Zero { len: padding }),
        ] {
            let len = content.len();
            layout.claim(at, name, content)?;
            at += len;
        }
        Ok(layout)
    }
}
