//! GRUB for BIOSes, as it lies on a disk.

use super::blob::Embedded;
use crate::SECTOR;
use crate::format::boot_sector::{BOOT_SIGNATURE, BootSector, CODE_LEN, KERNEL_ADDRESS};
use crate::format::diskboot::{Diskboot, FIRST_RUN, LOAD_SEGMENT};
use crate::format::lzma_decompress::LzmaDecompressHead;
use crate::sector::MOST_CORE_SECTORS;
use core::ops::Range;
use image_layout::{ReadAt, read_array};
use lzma_rust2::LzmaReader;
use std::io::{self, Read as _};

/// Offset in boot_hybrid.img of the sector of the core image; other boot.img have code there.
const HYBRID_KERNEL_SECTOR: u64 = 0x1b0;
/// Length of [`LzmaDecompressHead`].
const HEAD: usize = 0x1C;
/// Most bytes that a payload unpacks to; GRUB's memory for it ends before.
const LONGEST_PAYLOAD: u32 = 4 << 20;
/// Most bytes that are unpacked in looking for the start of a payload, and what an attempt costs at
/// least: a false start ends soon, for it refers to bytes before the first.
const MOST_UNPACKED: u64 = 32 << 20;
/// See [`MOST_UNPACKED`].
const LEAST_UNPACKED: u64 = 32 << 10;
/// Longest that the code before the payload is.
const LONGEST_CODE: usize = 4096;

/// The code in sector 0 of a disk, by what others know it by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BootCode {
    /// No code: nothing but zeros, or no mark of a boot sector.
    None,
    /// GRUB's boot.img.
    Grub,
    /// Isolinux, as `isohybrid` puts it on an ISO.
    Isolinux,
    /// Syslinux or its MBR, which starts the active partition.
    Syslinux,
    /// Windows' MBR, which starts the active partition.
    Windows,
    /// The boot sector of a file system, which says that it cannot be started, or starts what is
    /// in it.
    FileSystem,
    /// Any other.
    Other,
}

/// The code in sector 0.
///
/// # Errors
/// The medium's.
pub fn boot_code(disk: &dyn ReadAt) -> io::Result<BootCode> {
    let sector: [u8; SECTOR] = match read_array(disk, 0) {
        Ok(sector) => sector,
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(BootCode::None),
        Err(e) => return Err(e),
    };
    let boot = BootSector::from_bytes(&sector);
    let code = &sector[..CODE_LEN];
    let says = |words: &[u8]| sector.windows(words.len()).any(|w| w == words);
    Ok(match () {
        () if boot.boot_signature.get() != BOOT_SIGNATURE || code.iter().all(|b| *b == 0) => {
            BootCode::None
        }
        () if boot.kernel_address.get() == KERNEL_ADDRESS && says(b"GRUB ") => BootCode::Grub,
        () if says(b"isolinux.bin") => BootCode::Isolinux,
        () if says(b"Missing operating system.") || says(b"Boot error") => BootCode::Syslinux,
        () if says(b"Invalid partition table") => BootCode::Windows,
        () if says(b"FAT12   ") || says(b"FAT16   ") || says(b"FAT32   ") || says(b"NTFS    ") => {
            BootCode::FileSystem
        }
        () => BootCode::Other,
    })
}

/// A core image as it was found behind boot.img.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledCore {
    /// The sector with diskboot.img, in units of 512 bytes.
    pub first_sector: u64,
    /// Sectors with that one and all that it loads.
    pub sectors: u64,
    /// The runs of these sectors, in the order in which they are loaded.
    pub runs: Vec<Range<u64>>,
    /// Bytes of Reed-Solomon parity that it says to have; 0: none.
    pub parity: u32,
    /// The payload; `None`: it could not be unpacked.
    pub payload: Option<InstalledPayload>,
}

/// The payload of a core image as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledPayload {
    /// As it is on the disk: a raw LZMA1 stream, lc 3, lp 0, pb 2.
    pub compressed: Vec<u8>,
    /// As GRUB unpacks it: the kernel and the module blob.
    pub bytes: Vec<u8>,
    /// The files in it.
    pub embedded: Embedded,
}

/// Follows boot.img in sector 0 to its core image; `None`: there is none where it says.
///
/// # Errors
/// The medium's.
pub fn installed_core(disk: &dyn ReadAt) -> io::Result<Option<InstalledCore>> {
    if boot_code(disk)? != BootCode::Grub {
        return Ok(None);
    }
    match read_core(disk) {
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        read => read,
    }
}

fn read_core(disk: &dyn ReadAt) -> io::Result<Option<InstalledCore>> {
    // A hybrid ISO (boot_hybrid.img) keeps the sector of the core image in another field.
    let first = match BootSector::from_bytes(&read_array(disk, 0)?).kernel_sector.get() {
        0 => u64::from_le_bytes(read_array(disk, HYBRID_KERNEL_SECTOR)?),
        first => first,
    };
    let diskboot = Diskboot::from_bytes(&read_array(disk, offset(first))?);
    if diskboot.blocklist[FIRST_RUN].segment.get() != LOAD_SEGMENT {
        return Ok(None);
    }
    let (mut rest, mut at) = (Vec::new(), Vec::<Range<u64>>::new());
    at.push(first..first.saturating_add(1));
    let runs = diskboot.blocklist.iter().rev().take_while(|run| run.len.get() != 0);
    for (n, run) in runs.enumerate() {
        let sectors = u64::from(run.len.get());
        if (rest.len() / SECTOR) as u64 + sectors > MOST_CORE_SECTORS {
            return Ok(None);
        }
        // In an ISO it is the code in sector 0 that knows where the first run starts.
        let start = match run.start.get() {
            0..=2 if n == 0 => first.saturating_add(1),
            start => start,
        };
        match at.last_mut() {
            Some(last) if last.end == start => last.end = start.saturating_add(sectors),
            _ => at.push(start..start.saturating_add(sectors)),
        }
        // OK to cast: less than `MOST_CORE_SECTORS`.
        rest.extend(disk.read_vec(offset(start), sectors as usize * SECTOR)?);
    }
    let Some(head) = rest.first_chunk::<HEAD>() else { return Ok(None) };
    let head = LzmaDecompressHead::from_bytes(head);
    Ok(Some(InstalledCore {
        first_sector: first,
        sectors: 1 + (rest.len() / SECTOR) as u64,
        runs: at,
        parity: head.redundancy.get(),
        payload: unpack(&head, &rest),
    }))
}

fn offset(sector: u64) -> u64 {
    sector.saturating_mul(SECTOR as u64)
}

/// Unpacks the payload. Nothing says where it starts behind the code, so each zero byte, with which
/// the stream begins, is tried as its start, until one unpacks to a payload with a module blob.
fn unpack(head: &LzmaDecompressHead, rest: &[u8]) -> Option<InstalledPayload> {
    let (packed, len) = (head.compressed_size.get() as usize, head.uncompressed_size.get());
    if len > LONGEST_PAYLOAD {
        return None;
    }
    let end = LONGEST_CODE.min(rest.len());
    let starts = (HEAD..end).filter(|at| rest[*at] == 0 && rest.get(at + 1) != Some(&0));
    let mut budget = MOST_UNPACKED;
    starts.into_iter().find_map(|at| {
        let compressed = rest.get(at..at.checked_add(packed)?)?;
        let stream = compressed.chain(io::repeat(0));
        let reader =
            LzmaReader::new(stream, len.into(), 3, 0, 2, len.next_power_of_two(), None).ok()?;
        let mut bytes = Vec::new();
        let read = reader.take(budget).read_to_end(&mut bytes);
        budget = budget.saturating_sub((bytes.len() as u64).max(LEAST_UNPACKED));
        read.ok()?;
        let embedded = Embedded::find(&bytes)?;
        Some(InstalledPayload { compressed: compressed.to_vec(), bytes, embedded })
    })
}
