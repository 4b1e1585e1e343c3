//! The partitions of a key, placed one behind the other.
//!
//! ```text
//!  1 MiB   boot programs (GPT)  usbboot  EFI system  persistence …  CIDATA  isos
//! ```
//!
//! The ISOs come last, so that their partition can grow. Each file system is laid out here, once:
//! the layout gives its size, and is what is written in the end.

use crate::autoinstall::CIDATA;
use crate::contents::Contents;
use crate::error::{Error, KEY_SIZE};
use crate::esp_fat_type::esp_fat_type;
use crate::file_system::FileSystem;
use crate::identities::purpose;
use crate::partition::{Partition, PartitionContent, PartitionRole, number};
use crate::persistence::PersistencePartition;
use crate::premises::Premises;
use crate::sizes::{self, ALIGNMENT, round_down, round_up};
use crate::volumes::{Volumes, ext, fat};
use file_tree::Directory;
use fs_ext::Flavour;
use image_layout::Layout;
use key_spec::{AutoSize, RestSize};
use partition_table::{Guid, Scheme};

/// The room left on a boot partition of automatic size, for a longer grub.cfg or a theme.
const BOOT_RESERVE: u64 = 512 << 10;

/// The room left on the EFI system partition, for files of the firmware or another boot program.
const ESP_RESERVE: u64 = 512 << 10;

/// The label of the EFI system partition, which file managers show.
const ESP_LABEL: &str = "ESP";

/// The length of the BIOS boot partition: more than the 444 KiB that GRUB can load.
const BIOS_BOOT_LEN: u64 = ALIGNMENT;

/// The partitions, and the length of the image.
#[derive(Debug)]
pub(crate) struct Partitions {
    /// The partitions, in the order of their numbers.
    pub(crate) all: Vec<Partition>,
    /// The length of the image in bytes.
    pub(crate) image_len: u64,
}

/// The partitions of a key, with their places and contents.
pub(crate) fn partitions(
    premises: &Premises<'_>,
    volumes: Volumes,
    contents: Contents,
) -> Result<Partitions, Error> {
    fit_the_table(premises, &volumes, &contents)?;
    let mut allocator = PartitionAllocator { premises, at: ALIGNMENT };
    let mut all = Vec::new();
    // The order here is that on the disk.
    if premises.bios() && premises.scheme != Scheme::Mbr {
        all.push(allocator.bios_boot());
    }
    let boot = allocator.boot(volumes.boot, contents.boot)?;
    let boot_len = boot.len;
    all.push(boot);
    if let Some(tree) = contents.esp {
        let behind = behind_esp(premises, &contents.isos, &contents.persistence);
        all.push(allocator.esp(tree, behind)?);
    }
    for wanted in contents.persistence {
        all.push(allocator.persistence(wanted)?);
    }
    if let Some(tree) = contents.cidata {
        all.push(allocator.cidata(tree)?);
    }
    let behind = allocator.behind();
    let isos = allocator.isos(volumes.isos, volumes.isos_label, contents.isos)?;
    let image_len = image_len(premises, boot_len, &isos, behind)?;
    all.push(isos);
    number(&mut all);
    Ok(Partitions { all, image_len })
}

/// An allocator that places partitions one behind the other.
#[derive(Debug)]
struct PartitionAllocator<'a> {
    premises: &'a Premises<'a>,
    /// The byte at which the next partition begins.
    at: u64,
}

impl PartitionAllocator<'_> {
    /// Places the next partition, whose number is not known yet.
    fn place(
        &mut self,
        role: PartitionRole,
        label: String,
        of: &str,
        len: u64,
        content: PartitionContent,
    ) -> Partition {
        let at = self.at;
        self.at = at.saturating_add(len);
        let guid = Guid(self.premises.identities.uuid(&purpose::partition(of)));
        Partition { number: 0, role, at, len, guid, label, content }
    }

    /// The number of sectors before the next partition, which a FAT records. If it does not fit 32
    /// bits, the partition table refuses the partition.
    fn sectors_before(&self) -> u32 {
        u32::try_from(self.at / self.premises.sector_size.bytes()).unwrap_or(u32::MAX)
    }

    /// The partition for GRUB's core image on a disk with a GPT.
    fn bios_boot(&mut self) -> Partition {
        let (role, label) = (PartitionRole::BiosBoot, "BIOS boot".to_owned());
        self.place(role, label, purpose::BIOS_BOOT, BIOS_BOOT_LEN, PartitionContent::Raw)
    }

    /// The partition of GRUB's files.
    fn boot(&mut self, file_system: FileSystem, tree: Directory) -> Result<Partition, Error> {
        let boot = &self.premises.spec.boot;
        let label = boot.label.to_string();
        let layout = match boot.size {
            AutoSize::Fixed(size) => {
                let room = Room { len: round_up(size.0), sized_by: "`boot.size`" };
                room.fill("GRUB's files", &label, &file_system, &tree)?
            }
            AutoSize::Auto => sizes::smallest(&label, &tree, &file_system, BOOT_RESERVE)?,
        };
        Ok(self.filled(PartitionRole::Boot, label, purpose::BOOT, file_system, tree, layout))
    }

    /// The EFI system partition. `behind` is what the partitions behind it hold, in bytes.
    fn esp(&mut self, tree: Directory, behind: u64) -> Result<Partition, Error> {
        let asked = &self.premises.spec.esp;
        let mut options = self.fat(ESP_LABEL, purpose::ESP)?;
        options.kind =
            esp_fat_type(self.premises, &tree, &options, self.at.saturating_add(behind))?;
        let file_system = FileSystem::Fat(options);
        let layout = match asked.size {
            AutoSize::Fixed(size) => {
                let room = Room { len: round_up(size.0), sized_by: "`esp.size`" };
                room.fill("the programs that UEFI starts", ESP_LABEL, &file_system, &tree)?
            }
            AutoSize::Auto => sizes::smallest(ESP_LABEL, &tree, &file_system, ESP_RESERVE)?,
        };
        let role = PartitionRole::Esp;
        Ok(self.filled(role, ESP_LABEL.to_owned(), purpose::ESP, file_system, tree, layout))
    }

    /// The partition that cloud-init reads, as small as possible.
    fn cidata(&mut self, tree: Directory) -> Result<Partition, Error> {
        let file_system = FileSystem::Fat(self.fat(CIDATA, purpose::CIDATA)?);
        let layout = sizes::smallest(CIDATA, &tree, &file_system, 0)?;
        let role = PartitionRole::Cidata;
        Ok(self.filled(role, CIDATA.to_owned(), purpose::CIDATA, file_system, tree, layout))
    }

    /// The options of a FAT file system on the next partition.
    fn fat(&self, label: &str, of: &str) -> Result<fs_fat::Options, Error> {
        let mut options = fat(self.premises, fs_fat::Label::new(label)?, of);
        options.hidden_sectors = self.sectors_before();
        Ok(options)
    }

    /// The partition on which a live system keeps its changes.
    fn persistence(&mut self, wanted: PersistencePartition) -> Result<Partition, Error> {
        let PersistencePartition { label, size, tree } = wanted;
        let of = purpose::persistence(&label);
        let options = ext(self.premises, Flavour::Ext4, &label, &of)?;
        let file_system = FileSystem::Ext(options);
        let room = Room { len: round_up(size.0), sized_by: "`persistence`" };
        let layout = room.fill("the files of `persistence`", &label, &file_system, &tree)?;
        Ok(self.filled(PartitionRole::Persistence, label, &of, file_system, tree, layout))
    }

    /// The number of bytes, in whole MiB, that the partition table needs behind the last partition.
    fn behind(&self) -> u64 {
        let sector_size = self.premises.sector_size;
        round_up(self.premises.scheme.sectors_behind(sector_size) * sector_size.bytes())
    }

    /// The partition of the ISOs, behind all others.
    fn isos(
        mut self,
        mut file_system: FileSystem,
        label: String,
        tree: Directory,
    ) -> Result<Partition, Error> {
        let spec = self.premises.spec;
        let room = match (spec.isos.size, spec.key.size) {
            (RestSize::Fixed(size), _) => {
                Some(Room { len: round_up(size.0), sized_by: "`isos.size`" })
            }
            (RestSize::Rest, AutoSize::Fixed(key)) => {
                let len = round_down(key.0).saturating_sub(self.at).saturating_sub(self.behind());
                // If no room is left at all, the size needed is worked out below, and the error
                // about the key's size names it.
                Some(Room { len, sized_by: KEY_SIZE }).filter(|room| room.len > 0)
            }
            (RestSize::Rest | RestSize::Auto, _) => None,
        };
        match &mut file_system {
            FileSystem::Ext(options) => {
                let about = room.as_ref().map_or_else(|| sizes::file_bytes(&tree), |room| room.len);
                sizes::tune_for_large_files(options, &tree, about);
            }
            FileSystem::Fat(options) => options.hidden_sectors = self.sectors_before(),
        }
        let layout = match room {
            Some(room) => room.fill("the ISO files", &label, &file_system, &tree)?,
            None => sizes::smallest(&label, &tree, &file_system, 0)?,
        };
        Ok(self.filled(PartitionRole::Isos, label, purpose::ISOS, file_system, tree, layout))
    }

    fn filled(
        &mut self,
        role: PartitionRole,
        label: String,
        of: &str,
        file_system: FileSystem,
        tree: Directory,
        layout: Layout,
    ) -> Partition {
        let len = layout.len();
        let content = PartitionContent::FileSystem { file_system, tree, layout };
        self.place(role, label, of, len, content)
    }
}

/// The room for a file system whose size the spec gives.
#[derive(Debug)]
struct Room {
    /// The size in bytes.
    len: u64,
    /// The name of what gives the size, for messages.
    sized_by: &'static str,
}

impl Room {
    /// The layout of a file system of this size. `what` names its contents, for a message.
    fn fill(
        &self,
        what: &'static str,
        label: &str,
        file_system: &FileSystem,
        tree: &Directory,
    ) -> Result<Layout, Error> {
        let too_small = |needed: Option<u64>| Error::DoesNotFit {
            what,
            label: label.to_owned(),
            len: self.len,
            needed,
            short: needed.and_then(|n| n.checked_sub(self.len)),
            sized_by: self.sized_by,
        };
        file_system.lay_out(label, tree, self.len).map_err(|e| match e {
            Error::FileSystem { source: fs_ext::Error::DoesNotFit { smallest, .. }, .. } => {
                too_small(smallest)
            }
            Error::Fat { source: fs_fat::Error::DoesNotFit { smallest, .. }, .. } => {
                too_small(smallest)
            }
            other => other,
        })
    }
}

/// The bytes that the partitions behind the EFI system partition hold, in a key of automatic size.
fn behind_esp(
    premises: &Premises<'_>,
    isos: &Directory,
    persistence: &[PersistencePartition],
) -> u64 {
    let isos = match premises.spec.isos.size {
        RestSize::Fixed(size) => size.0,
        RestSize::Rest | RestSize::Auto => sizes::file_bytes(isos),
    };
    persistence.iter().fold(isos, |sum, wanted| sum.saturating_add(wanted.size.0))
}

/// Refuses more partitions than the table has entries for, which are four in an MBR.
fn fit_the_table(
    premises: &Premises<'_>,
    volumes: &Volumes,
    contents: &Contents,
) -> Result<(), Error> {
    let mut labels = vec![premises.spec.boot.label.as_str()];
    labels.extend(contents.esp.as_ref().map(|_| ESP_LABEL));
    labels.push(&volumes.isos_label);
    labels.extend(contents.persistence.iter().map(|p| p.label.as_str()));
    labels.extend(contents.cidata.as_ref().map(|_| CIDATA));
    if premises.scheme == Scheme::Mbr && labels.len() > 4 {
        let names: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
        return Err(Error::TooManyPartitions { count: names.len(), names: names.join(", ") });
    }
    Ok(())
}

/// The length of the image: the one that the spec gives, or else what the partitions need.
fn image_len(
    premises: &Premises<'_>,
    boot_len: u64,
    isos: &Partition,
    behind: u64,
) -> Result<u64, Error> {
    let spec = premises.spec;
    let needed = isos.at.saturating_add(isos.len).saturating_add(behind);
    let sector = premises.sector_size.bytes();
    match spec.key.size {
        AutoSize::Auto => Ok(needed),
        // Up to the last whole sector, where a GPT has its backup; partitions end at whole MiB.
        AutoSize::Fixed(size) if size.0 >= needed => Ok(size.0 / sector * sector),
        AutoSize::Fixed(size) => Err(Error::KeyTooSmall {
            size: size.to_string(),
            needed,
            boot: boot_len,
            boot_label: spec.boot.label.to_string(),
            isos: isos.len,
            isos_label: isos.label.clone(),
        }),
    }
}
