//! The partitions of a key, one behind the other.
//!
//! ```text
//!  1 MiB   boot programs (GPT)  usbboot  EFI system  persistence …  CIDATA  isos
//! ```
//!
//! The ISOs come last, so that their partition can grow.

use crate::file_system::FileSystem;
use crate::identity::{Identity, uuid_text};
use crate::persistence::Wanted;
use crate::plan::{BiosBoot, Esp, Partition};
use crate::sizes::{self, ALIGNMENT, round_down, round_up};
use crate::{Error, autoinstall, esp};
use file_tree::{Directory, Timestamp};
use fs_ext::Flavour;
use image_layout::SectorSize;
use key_spec::{AutoSize, Filesystem, RestSize, Spec};
use partition_table::{Guid, Scheme};
use std::sync::Arc;

/// Room left on an automatically sized boot partition, for a longer grub.cfg or a theme.
const BOOT_RESERVE: u64 = 512 << 10;

/// Room left on the EFI system partition, for a firmware's own notes or another boot program.
const ESP_RESERVE: u64 = 512 << 10;

/// Its name, where a file manager shows it.
const ESP_LABEL: &str = "ESP";

/// Length of the BIOS boot partition: more than GRUB can load, 444 KiB.
const BIOS_BOOT_LEN: u64 = ALIGNMENT;

/// What all partitions depend on, and where the next one begins.
#[derive(Debug)]
pub(crate) struct Ground<'a> {
    pub(crate) spec: &'a Spec,
    pub(crate) identity: &'a Identity,
    pub(crate) scheme: Scheme,
    pub(crate) sector_size: SectorSize,
    pub(crate) time: Timestamp,
    at: u64,
}

impl<'a> Ground<'a> {
    pub(crate) fn new(
        spec: &'a Spec,
        identity: &'a Identity,
        scheme: Scheme,
        sector_size: SectorSize,
        time: Timestamp,
    ) -> Self {
        Self { spec, identity, scheme, sector_size, time, at: ALIGNMENT }
    }

    fn take(&mut self, len: u64) -> u64 {
        let start = self.at;
        self.at = start.saturating_add(len);
        start
    }

    fn guid(&self, purpose: &str) -> Guid {
        Guid(self.identity.uuid(&format!("{purpose}/partition")))
    }

    /// How an ext file system is made.
    fn ext(&self, flavour: Flavour, label: &str, purpose: &str) -> Result<fs_ext::Options, Error> {
        let uuid = self.identity.uuid(&format!("{purpose}/uuid"));
        let hash_seed = self.identity.uuid(&format!("{purpose}/hash seed"));
        let mut options = fs_ext::Options::new(flavour, uuid, hash_seed, self.time);
        let wrap = |source| Error::FileSystem { label: label.to_owned(), source };
        options.label = fs_ext::Label::new(label).map_err(wrap)?;
        // Nobody on a key needs blocks that only root may fill.
        options.reserved_percent = 0;
        Ok(options)
    }

    /// How a FAT is made.
    fn fat(&self, label: fs_fat::Label, purpose: &str) -> fs_fat::Options {
        let volume_id = self.identity.number(&format!("{purpose}/volume id"));
        let mut options = fs_fat::Options::new(volume_id, self.time);
        options.label = Some(label);
        options.sector_size = self.sector_size;
        options
    }

    /// What a FAT at `at` notes of its place. At most 2^32 sectors lie before it, or the partition
    /// table refuses it.
    fn sectors_before(&self, at: u64) -> u32 {
        u32::try_from(at / self.sector_size.bytes()).unwrap_or(u32::MAX)
    }

    /// Room for a FAT that holds `tree` and `reserve` bytes more, and how it is made.
    fn small_fat(
        &mut self,
        (label, purpose): (&str, &str),
        tree: &Directory,
        reserve: u64,
    ) -> Result<(u64, u64, fs_fat::Options), Error> {
        let mut options = self.fat(fs_fat::Label::new(label)?, purpose);
        let len = round_up(fs_fat::smallest(tree, &options, reserve)?);
        let at = self.take(len);
        options.hidden_sectors = self.sectors_before(at);
        Ok((at, len, options))
    }

    /// How the file system of the boot partition is made.
    pub(crate) fn boot_options(&self) -> Result<fs_ext::Options, Error> {
        let boot = &self.spec.boot;
        // `check` has seen that it is none of FAT's.
        let flavour = flavour(boot.filesystem).ok_or(Error::BootOnFat)?;
        self.ext(flavour, boot.label.as_str(), "usbboot")
    }

    /// How that of the ISOs is made, as far as its place and size do not matter.
    pub(crate) fn isos_file_system(&self) -> Result<FileSystem, Error> {
        let label = self.spec.isos.label.as_str();
        if let Some(flavour) = flavour(self.spec.isos.filesystem) {
            return Ok(FileSystem::Ext(self.ext(flavour, label, "isos")?));
        }
        let label = fs_fat::Label::new(label).map_err(|source| Error::IsosLabel { source })?;
        let kind = Some(fs_fat::FatType::Fat32);
        Ok(FileSystem::Fat(fs_fat::Options { kind, ..self.fat(label, "isos") }))
    }

    /// Room for GRUB's core image beside a GPT.
    pub(crate) fn bios_boot(&mut self) -> BiosBoot {
        let guid = self.guid("bios boot");
        BiosBoot { at: self.take(BIOS_BOOT_LEN), len: BIOS_BOOT_LEN, guid }
    }

    /// GRUB's own.
    pub(crate) fn boot(
        &mut self,
        tree: Directory,
        options: fs_ext::Options,
    ) -> Result<Partition, Error> {
        let label = self.spec.boot.label.as_str();
        let file_system = FileSystem::Ext(options);
        let len = match self.spec.boot.size {
            AutoSize::Fixed(size) => round_up(size.0),
            AutoSize::Auto => sizes::smallest(label, &tree, &file_system, BOOT_RESERVE)?,
        };
        Ok(Partition {
            at: self.take(len),
            len,
            label: label.to_owned(),
            guid: self.guid("usbboot"),
            sized_by: "boot.size",
            file_system,
            tree,
        })
    }

    /// The EFI system partition.
    pub(crate) fn esp(&mut self, contents: esp::Contents) -> Result<Esp, Error> {
        let esp::Contents { tree, programs } = contents;
        let (at, len, options) = self.small_fat((ESP_LABEL, "esp"), &tree, ESP_RESERVE)?;
        Ok(Esp { at, len, guid: self.guid("esp"), options, tree, programs })
    }

    /// What a system keeps between two starts.
    pub(crate) fn persistence(&mut self, wanted: Wanted) -> Result<Partition, Error> {
        let purpose = format!("persistence/{}", wanted.label);
        let options = self.ext(Flavour::Ext4, &wanted.label, &purpose)?;
        let len = round_up(wanted.size.0);
        Ok(Partition {
            at: self.take(len),
            len,
            guid: self.guid(&purpose),
            label: wanted.label,
            sized_by: "persistence",
            file_system: FileSystem::Ext(options),
            tree: wanted.tree,
        })
    }

    /// What cloud-init reads.
    pub(crate) fn cidata(&mut self, user_data: &Arc<[u8]>) -> Result<Partition, Error> {
        let instance = uuid_text(&self.identity.uuid("cidata/instance"));
        let tree = autoinstall::cidata(user_data, &instance, self.time)?;
        let (at, len, options) = self.small_fat((autoinstall::CIDATA, "cidata"), &tree, 0)?;
        Ok(Partition {
            at,
            len,
            guid: self.guid("cidata"),
            label: autoinstall::CIDATA.to_owned(),
            sized_by: "autoinstall",
            file_system: FileSystem::Fat(options),
            tree,
        })
    }

    /// Bytes behind the last partition that the table needs, in whole MiB.
    pub(crate) fn behind(&self) -> u64 {
        round_up(self.scheme.sectors_behind(self.sector_size) * self.sector_size.bytes())
    }

    /// That of the ISOs, behind all others.
    pub(crate) fn isos(
        self,
        tree: Directory,
        label: String,
        mut file_system: FileSystem,
    ) -> Result<Partition, Error> {
        let len = match (self.spec.isos.size, self.spec.key.size) {
            (RestSize::Fixed(size), _) => round_up(size.0),
            (RestSize::Rest, AutoSize::Fixed(key)) => {
                round_down(key.0).saturating_sub(self.at).saturating_sub(self.behind())
            }
            (RestSize::Rest | RestSize::Auto, _) => 0,
        };
        match &mut file_system {
            FileSystem::Ext(options) => {
                let about = if len > 0 { len } else { sizes::payload(&tree) };
                sizes::tune_for_large_files(options, &tree, about);
            }
            FileSystem::Fat(options) => options.hidden_sectors = self.sectors_before(self.at),
        }
        // 0: asked for, or because no room is left at all: the error then says how much there
        // should be.
        let len = match len {
            0 => sizes::smallest(&label, &tree, &file_system, 0)?,
            len => len,
        };
        Ok(Partition {
            at: self.at,
            len,
            label,
            guid: self.guid("isos"),
            sized_by: match self.spec.isos.size {
                RestSize::Rest => "key.size (--size)",
                RestSize::Auto | RestSize::Fixed(_) => "isos.size",
            },
            file_system,
            tree,
        })
    }
}

/// Which ext file system; `None`: FAT.
fn flavour(kind: Filesystem) -> Option<Flavour> {
    match kind {
        Filesystem::Ext2 => Some(Flavour::Ext2),
        Filesystem::Ext3 => Some(Flavour::Ext3),
        Filesystem::Ext4 => Some(Flavour::Ext4),
        Filesystem::Fat32 => None,
    }
}

/// Refuses more partitions than an MBR has entries for.
pub(crate) fn fit_the_table(
    scheme: Scheme,
    boot: &Partition,
    esp: Option<&Esp>,
    others: &[&Partition],
) -> Result<(), Error> {
    let labels = others.iter().map(|p| p.label.as_str());
    let labels = [boot.label.as_str()].into_iter().chain(esp.map(|_| ESP_LABEL)).chain(labels);
    let names: Vec<String> = labels.map(|label| format!("`{label}`")).collect();
    if scheme == Scheme::Mbr && names.len() > 4 {
        let (count, names) = (names.len(), names.join(", "));
        return Err(Error::TooManyPartitions { count, names });
    }
    Ok(())
}
