//! An ISO image, opened once and asked many times.

use crate::boot_catalog::boot_images;
use crate::contents::Contents;
use crate::descriptor::{descriptors, has_udf, identifier, uuid, volume_size};
use crate::device::Device;
use crate::error::ProbeError;
use crate::extents::FileExtents;
use crate::facts::IsoFacts;
use crate::files::Files;
use crate::limits::Limits;
use crate::listing::list;
use crate::volume::mount;
use crate::{configs, efi_image, hybrid, initrd, inner_menus, insides, unified};
use std::collections::BTreeMap;
use std::io::{Read, Seek};
use unpack::Budget;

/// The units of work that are charged for EFI programs, for each read and for each byte that is
/// hashed: what they take on a processor without instructions for SHA-256.
const WORK_OF_A_READ: u64 = 1_000;
const WORK_OF_A_BYTE: u64 = 4;

/// An open ISO image. Opening it reads the descriptors, directories and menus, and the first bytes
/// of kernels and EFI programs. Initrds take long to unpack, so that is done when it is asked for.
#[derive(Debug)]
pub struct IsoImage<'r> {
    contents: Contents<'r>,
    facts: IsoFacts,
    /// The EFI programs in FAT images in the ISO: `/efi.img:/EFI/BOOT/BOOTX64.EFI`.
    in_efi_images: BTreeMap<String, FileExtents>,
    /// The budget of work for all that is unpacked and hashed.
    budget: Budget,
}

impl<'r> IsoImage<'r> {
    /// Opens the ISO image `input`, which is `file_size` bytes long.
    ///
    /// # Errors
    /// [`ProbeError`] if the file is something else, cut short, damaged or unreadable.
    pub fn open(input: impl Read + Seek + 'r, file_size: u64) -> Result<Self, ProbeError> {
        Self::open_within(input, file_size, &Limits::default())
    }

    /// Opens an ISO image with other limits than the default ones.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_within(
        input: impl Read + Seek + 'r,
        file_size: u64,
        limits: &Limits,
    ) -> Result<Self, ProbeError> {
        Self::open_device(Device::new(input, file_size, limits.work), limits)
    }

    /// As [`open_within`](Self::open_within). This is compiled once, whatever the bytes come from.
    fn open_device(mut device: Device<'r>, limits: &Limits) -> Result<Self, ProbeError> {
        let file_size = device.len();
        let descriptors = descriptors(&mut device)?;
        let udf = has_udf(&mut device)?;
        let hybrid = hybrid::hybrid(&mut device)?;
        let catalog =
            descriptors.boot_catalog.map(|at| boot_images(&mut device, at)).transpose()?;
        let catalog = catalog.unwrap_or_default();
        let volume = mount(&mut device, &descriptors)?;
        let listing = list(&mut device, &volume, limits)?;
        let pvd = &descriptors.primary;
        let directory_links = listing.directory_links.clone();
        let mut contents =
            Contents::new(device, listing.paths, listing.directory_links, limits.content_bytes);
        let budget = Budget::for_input(file_size, limits.unpacked_bytes);
        let volume_id = identifier(&pvd.volume_identifier);
        let known_as = configs::Volume {
            label: descriptors.joliet_label.clone().unwrap_or_else(|| volume_id.clone()),
            uuid: uuid(pvd),
        };
        let mut configs = configs::read_all(&mut contents, &known_as);
        let images = efi_image::images(&mut contents, &catalog);
        let in_efi_images = efi_image::programs(&images);
        let files = contents.files();
        let find = |path: &str| files.find(path).map(str::to_owned);
        let mut programs = unified::programs(find, files.names(unified::DIRECTORY));
        let efi_images =
            inner_menus::read(&mut contents, images, &known_as, &mut configs, &mut programs);
        let kernel_parts = unified::resolve(&mut contents, &mut configs, &programs);
        let inside = insides::look(&mut contents, &configs.entries, &in_efi_images, &budget);
        contents.check_io()?;
        let facts = IsoFacts {
            joliet_volume_id: descriptors.joliet_label.clone().filter(|id| *id != volume_id),
            volume_id,
            system_id: identifier(&pvd.system_identifier),
            publisher_id: identifier(&pvd.publisher_identifier),
            application_id: identifier(&pvd.application_identifier),
            volume_uuid: known_as.uuid,
            volume_size_bytes: volume_size(pvd),
            file_size_bytes: file_size,
            udf,
            hybrid,
            embedded_md5: hybrid::embedded_md5(pvd),
            names: volume.names,
            el_torito: catalog.into_iter().map(|entry| entry.image).collect(),
            disk_info: inside.disk_info,
            configs: configs.configs,
            boot_entries: configs.entries,
            xen_entries: configs.xen,
            loopback_cfg: configs.loopback,
            kernels: inside.kernels,
            initrds: BTreeMap::new(),
            unread_initrds: inside.initrds,
            efi_programs: inside.efi_programs,
            efi_images,
            kernel_parts,
            multi_extent: inside.multi_extent,
            payloads: inside.payloads,
            suspects: inside.suspects,
            directory_links: directory_links.into_map(),
            unreachable: listing.unreachable,
            truncated_listing: listing.truncated,
            paths: contents.files().lengths(),
        };
        Ok(Self { contents, facts, in_efi_images, budget })
    }

    /// The facts known so far: all but the contents of
    /// [`unread_initrds`](IsoFacts::unread_initrds).
    pub fn facts(&self) -> &IsoFacts {
        &self.facts
    }

    /// The facts known so far, taken from an image that is no longer needed.
    pub fn into_facts(self) -> IsoFacts {
        self.facts
    }

    /// Unpacks the initrd `path`, one of [`unread_initrds`](IsoFacts::unread_initrds), and adds the
    /// names in it to the facts. Any other path changes nothing.
    ///
    /// # Errors
    /// [`ProbeError::Io`] if the image cannot be read. A damaged initrd is no error: the facts say
    /// so.
    pub fn read_initrd(&mut self, path: &str) -> Result<(), ProbeError> {
        self.read_initrd_until(path, |_, _| false)
    }

    /// Unpacks the initrd `path` as [`read_initrd`](Self::read_initrd) does, but only until
    /// `enough` says so. It is asked whenever a telling name or a driver was found, with the facts
    /// known by then and that name. An initrd that was not read to its end stays one of
    /// [`unread_initrds`](IsoFacts::unread_initrds).
    ///
    /// # Errors
    /// As [`read_initrd`](Self::read_initrd).
    pub fn read_initrd_until(
        &mut self,
        path: &str,
        mut enough: impl FnMut(&IsoFacts, &str) -> bool,
    ) -> Result<(), ProbeError> {
        let Self { contents, facts, budget, .. } = self;
        if !facts.unread_initrds.iter().any(|p| p == path) {
            return Ok(());
        }
        let mut stopped = false;
        if let Some(file) = contents.open(path) {
            let found = initrd::look_into(file, budget, &mut |so_far, name| {
                facts.initrds.insert(path.to_owned(), so_far.clone());
                stopped = enough(facts, name);
                stopped
            });
            facts.initrds.insert(path.to_owned(), found);
        }
        if !stopped {
            facts.unread_initrds.retain(|p| p != path);
        }
        contents.check_io()
    }

    /// Unpacks all initrds.
    ///
    /// # Errors
    /// As [`read_initrd`](Self::read_initrd).
    pub fn read_initrds(&mut self) -> Result<(), ProbeError> {
        while let Some(path) = self.facts.unread_initrds.first().cloned() {
            self.read_initrd(&path)?;
        }
        Ok(())
    }

    /// The facts about the EFI program or kernel `path`, which is spelled as in [`IsoFacts`];
    /// `None` if the file is no such program, is longer than `most` bytes or cut short, or if the
    /// budget is spent.
    ///
    /// # Errors
    /// [`ProbeError::Io`] if the image cannot be read.
    pub fn efi_facts(
        &mut self,
        path: &str,
        most: u64,
    ) -> Result<Option<efi_program::Facts>, ProbeError> {
        let Some(file) = self.locate(path).filter(|file| file.len <= most) else {
            return Ok(None);
        };
        let (contents, budget) = (&mut self.contents, &self.budget);
        let mut read_at = |at: u64, buf: &mut [u8]| {
            budget.charge(WORK_OF_A_READ + WORK_OF_A_BYTE * buf.len() as u64)?;
            let (mut at, mut rest) = (at, buf);
            for (start, len) in file.extents.iter() {
                if at >= *len {
                    at -= len;
                    continue;
                }
                let here = usize::try_from(len - at).unwrap_or(usize::MAX).min(rest.len());
                let (piece, behind) = rest.split_at_mut(here);
                contents.read_exact_at(start.saturating_add(at), piece)?;
                (at, rest) = (0, behind);
            }
            Ok(())
        };
        // If the device failed, `check_io` below returns that error; without one, the budget was
        // spent.
        let facts = efi_program::Facts::read(file.len, &mut read_at);
        self.contents.check_io()?;
        Ok(facts.ok().and_then(Result::ok))
    }

    /// The place in the image of the file `path`, or of the EFI program of that name in
    /// [`IsoFacts::efi_programs`]; `None` if there is no such file, or it lies in more pieces than
    /// this crate keeps.
    pub fn locate(&self, path: &str) -> Option<FileExtents> {
        self.contents.files().extents(path).or_else(|| self.in_efi_images.get(path))?.trimmed()
    }

    /// The facts known so far, and the places of the files, from an image that is no longer read.
    pub fn into_parts(self) -> (IsoFacts, FilePlaces) {
        (self.facts, FilePlaces(self.contents.into_files()))
    }
}

/// The places of an image's files.
#[derive(Debug)]
pub struct FilePlaces(Files);

impl FilePlaces {
    /// The place in the image of the file `path`, as [`IsoImage::locate`] has it.
    pub fn locate(&self, path: &str) -> Option<FileExtents> {
        self.0.extents(path)?.trimmed()
    }
}
