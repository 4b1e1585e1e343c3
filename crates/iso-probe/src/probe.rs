//! From a file to its facts.

use crate::contents::Contents;
use crate::descriptor::{has_udf, identifier, joliet_label, primary, uuid, volume_size};
use crate::device::Device;
use crate::listing::{Place, list, translate};
use crate::{
    BootImage, Emulation, IsoFacts, Names, Platform, ProbeError, configs, efi_image, hybrid,
    insides,
};
use hadris_fs::MountOptions;
use hadris_iso::sync::IsoFs;
use hadris_iso::{CacheOptions, Namespace};
use std::collections::BTreeMap;
use std::io::{Read, Seek};
use unpack::Budget;

/// How much of an image is read. [`Default`] suits every image seen: the largest installation
/// media hold some 60,000 files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Files, directories and links listed.
    pub entries: usize,
    /// Bytes of their paths, together.
    pub path_bytes: usize,
    /// Levels of directories below the root.
    pub depth: usize,
    /// 2048-byte sectors visited, each time counting: 8 when read from the file, 1 when still in
    /// memory. A file takes 4 or so.
    pub work: u32,
    /// Bytes of files read: configurations, kernels' headers, initrds.
    pub content_bytes: u64,
    /// Bytes unpacked to learn the names in initrds.
    pub unpacked_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: 100_000,
            path_bytes: 16 << 20,
            depth: 32,
            work: 1_000_000,
            content_bytes: 384 << 20,
            unpacked_bytes: 512 << 20,
        }
    }
}

/// Hard links indexed, some 2 MiB.
const LINKS: usize = 1 << 16;

/// Room for the largest boot catalog the ISO reader takes: 1024 entries of 32 bytes.
const CATALOG_BYTES: usize = 1026 * 32;

/// Reads the facts of the ISO image `input`, which is `file_size` bytes long.
///
/// # Errors
/// [`ProbeError`]: it is something else, cut short, damaged or unreadable.
pub fn probe<R: Read + Seek>(input: R, file_size: u64) -> Result<IsoFacts, ProbeError> {
    probe_within(input, file_size, &Limits::default())
}

/// [`probe`] with limits of one's own.
///
/// # Errors
/// As [`probe`].
pub fn probe_within<R: Read + Seek>(
    input: R,
    file_size: u64,
    limits: &Limits,
) -> Result<IsoFacts, ProbeError> {
    let mut device = Device::new(input, file_size, limits.work);
    let pvd = primary(&mut device)?;
    let udf = has_udf(&mut device)?;
    let joliet_volume_id = joliet_label(&mut device)?;
    let hybrid = hybrid::hybrid(&mut device)?;
    let mut iso = mount(device)?;
    let el_torito = boot_images(&mut iso)?;
    let listing = list(&mut iso, limits)?;
    let names = match iso.namespace() {
        Namespace::RockRidge => Names::RockRidge,
        Namespace::Joliet => Names::Joliet,
        Namespace::Enhanced => Names::Enhanced,
        _ => Names::Plain,
    };
    let mut contents = Contents::new(iso.into_inner(), listing.paths, limits.content_bytes);
    let configs = configs::read_all(&mut contents);
    let budget = Budget::for_input(file_size, limits.unpacked_bytes);
    let inside = insides::look(&mut contents, &configs.entries, &budget);
    if let Some(e) = contents.io_error.take() {
        return Err(ProbeError::Io(e));
    }
    let files = contents.into_files();
    let volume_id = identifier(&pvd.volume_identifier);
    Ok(IsoFacts {
        joliet_volume_id: joliet_volume_id.filter(|id| *id != volume_id),
        volume_id,
        system_id: identifier(&pvd.system_identifier),
        publisher_id: identifier(&pvd.publisher_identifier),
        application_id: identifier(&pvd.application_identifier),
        volume_uuid: uuid(&pvd),
        volume_size_bytes: volume_size(&pvd),
        file_size_bytes: file_size,
        udf,
        hybrid,
        embedded_md5: hybrid::embedded_md5(&pvd),
        names,
        el_torito,
        disk_info: inside.disk_info,
        configs: configs.configs,
        boot_entries: configs.entries,
        loopback_cfg: configs.loopback,
        kernels: inside.kernels,
        initrds: inside.initrds,
        efi_programs: inside.efi_programs,
        multi_extent: inside.multi_extent,
        truncated_listing: listing.truncated,
        paths: files.into_iter().map(|(path, place)| (path, place.len)).collect(),
    })
}

fn mount<R: Read + Seek>(device: Device<R>) -> Result<IsoFs<Device<R>>, ProbeError> {
    // The reader looks for a hard link's first name in the whole tree, each time, unless it may
    // index them. Sectors are cached in our device, where they count.
    let cache = CacheOptions::new().with_blocks(0).with_records(0).with_links(LINKS);
    let iso = IsoFs::mount(device, MountOptions::new());
    Ok(iso.map_err(|e| translate(e.into_error(), 0))?.with_cache(cache))
}

/// The bytes of the file `path` in an ISO image, spelled as [`IsoFacts`] spells it; `None` when
/// there is no such file, when it is longer than `most` bytes, or when it cannot be read whole.
///
/// # Errors
/// [`ProbeError`]: the image is none, damaged, or cannot be read.
pub fn read_file<R: Read + Seek>(
    input: R,
    file_size: u64,
    path: &str,
    most: u64,
) -> Result<Option<Vec<u8>>, ProbeError> {
    let limits = Limits::default();
    let mut device = Device::new(input, file_size, limits.work);
    primary(&mut device)?;
    let mut iso = mount(device)?;
    let listing = list(&mut iso, &limits)?;
    let mut contents = Contents::new(iso.into_inner(), listing.paths, most);
    let Some(len) = contents.len(path).filter(|len| *len <= most) else { return Ok(None) };
    let bytes = usize::try_from(len).ok().and_then(|len| contents.head(path, len));
    match contents.io_error.take() {
        Some(e) => Err(ProbeError::Io(e)),
        None => Ok(bytes.filter(|b| b.len() as u64 == len)),
    }
}

/// Where the bytes of a file lie in an ISO image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// Its length in bytes.
    pub len: u64,
    /// First byte and length of each of its pieces, in order.
    pub extents: Vec<(u64, u64)>,
}

/// Where the EFI programs of an ISO image lie, by their names in
/// [`IsoFacts::efi_programs`]. One that lies in more pieces than are looked at is left out.
///
/// # Errors
/// [`ProbeError`]: the image is none, damaged, or cannot be read.
pub fn locate<R: Read + Seek>(
    input: R,
    file_size: u64,
    programs: &[&str],
) -> Result<BTreeMap<String, Located>, ProbeError> {
    let limits = Limits::default();
    let mut device = Device::new(input, file_size, limits.work);
    primary(&mut device)?;
    let mut iso = mount(device)?;
    let listing = list(&mut iso, &limits)?;
    let mut contents = Contents::new(iso.into_inner(), listing.paths, limits.content_bytes);
    let images = efi_image::programs(&mut contents);
    if let Some(e) = contents.io_error.take() {
        return Err(ProbeError::Io(e));
    }
    let all = contents.into_files().into_iter().chain(images);
    let whole = |place: &Place| place.extents.iter().map(|e| e.1).sum::<u64>() >= place.len;
    Ok(all
        .filter(|(path, place)| programs.contains(&path.as_str()) && whole(place))
        .map(|(path, place)| {
            let mut left = place.len;
            let mut extents = place.extents;
            // Of the last sector, what belongs to the file.
            for (_, len) in &mut extents {
                *len = left.min(*len);
                left -= *len;
            }
            (path, Located { len: place.len, extents })
        })
        .collect())
}

/// The boot catalog. A damaged one counts as none: it keeps nobody from reading the files.
fn boot_images<R: Read + Seek>(iso: &mut IsoFs<Device<R>>) -> Result<Vec<BootImage>, ProbeError> {
    let mut buf = [0; CATALOG_BYTES];
    let catalog = match iso.boot_catalog(&mut buf) {
        Ok(Some(catalog)) => catalog,
        Ok(None) => return Ok(Vec::new()),
        Err(e) => {
            return match translate(e, 0) {
                e @ ProbeError::Io(_) => Err(e),
                _ => Ok(Vec::new()),
            };
        }
    };
    let entry = |e: hadris_iso::CatalogEntry| BootImage {
        platform: match e.platform() {
            hadris_iso::Platform::X86 => Platform::Bios,
            hadris_iso::Platform::Efi => Platform::Uefi,
            hadris_iso::Platform::PowerPc => Platform::PowerPc,
            hadris_iso::Platform::Mac => Platform::Mac,
            other => Platform::Other(other.id()),
        },
        emulation: match e.emulation() {
            Some(hadris_iso::Emulation::NoEmulation) => Emulation::None,
            Some(hadris_iso::Emulation::Floppy12) => Emulation::Floppy1200,
            Some(hadris_iso::Emulation::Floppy144) => Emulation::Floppy1440,
            Some(hadris_iso::Emulation::Floppy288) => Emulation::Floppy2880,
            Some(hadris_iso::Emulation::HardDisk) => Emulation::HardDisk,
            _ => Emulation::Unknown,
        },
        bootable: e.is_bootable(),
        load_sectors: e.sector_count(),
    };
    Ok(catalog.entries().map(entry).collect())
}
