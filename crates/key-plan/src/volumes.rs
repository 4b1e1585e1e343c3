//! How the file systems of a key are made, before anything is in them: their kinds, labels and
//! UUIDs, by which the menu finds them.

use crate::error::Error;
use crate::file_system::FileSystem;
use crate::premises::Premises;
use fs_ext::Flavour;
use key_spec::Filesystem;

/// The file systems that every key has.
#[derive(Debug)]
pub(crate) struct Volumes {
    /// The file system of GRUB's partition.
    pub(crate) boot: FileSystem,
    /// The file system of the partition of the ISOs, as far as its place and size do not matter.
    pub(crate) isos: FileSystem,
    /// The label of the ISOs' file system as it is kept: FAT has capitals only, and systems that
    /// are told a label compare it exactly.
    pub(crate) isos_label: String,
}

/// Decides the file systems that every key has.
pub(crate) fn volumes(premises: &Premises<'_>) -> Result<Volumes, Error> {
    let spec = premises.spec;
    // `check` has seen that it is none of FAT's.
    let boot = flavour(spec.boot.filesystem).ok_or(Error::BootOnFat)?;
    let boot = ext(premises, boot, spec.boot.label.as_str(), "usbboot")?;
    let label = spec.isos.label.as_str();
    let (isos, isos_label) = match flavour(spec.isos.filesystem) {
        Some(flavour) => {
            (FileSystem::Ext(ext(premises, flavour, label, "isos")?), label.to_owned())
        }
        None => {
            let label = fs_fat::Label::new(label).map_err(|source| Error::IsosLabel { source })?;
            let kept = label.as_str().to_owned();
            let kind = Some(fs_fat::FatType::Fat32);
            let options = fs_fat::Options { kind, ..fat(premises, label, "isos") };
            (FileSystem::Fat(options), kept)
        }
    };
    Ok(Volumes { boot: FileSystem::Ext(boot), isos, isos_label })
}

/// The options of an ext file system. `purpose` is what its identities derive from.
pub(crate) fn ext(
    premises: &Premises<'_>,
    flavour: Flavour,
    label: &str,
    purpose: &str,
) -> Result<fs_ext::Options, Error> {
    let uuid = premises.identities.uuid(&format!("{purpose}/uuid"));
    let hash_seed = premises.identities.uuid(&format!("{purpose}/hash seed"));
    let mut options = fs_ext::Options::new(flavour, uuid, hash_seed, premises.time);
    let wrap = |source| Error::FileSystem { label: label.to_owned(), source };
    options.label = fs_ext::Label::new(label).map_err(wrap)?;
    // Nobody on a key needs blocks that only root may fill.
    options.reserved_percent = 0;
    Ok(options)
}

/// The options of a FAT. `purpose` is what its identity derives from.
pub(crate) fn fat(premises: &Premises<'_>, label: fs_fat::Label, purpose: &str) -> fs_fat::Options {
    let volume_id = premises.identities.number(&format!("{purpose}/volume id"));
    let mut options = fs_fat::Options::new(volume_id, premises.time);
    options.label = Some(label);
    options.sector_size = premises.sector_size;
    options
}

/// The flavour of an ext file system; `None`: FAT.
fn flavour(kind: Filesystem) -> Option<Flavour> {
    match kind {
        Filesystem::Ext2 => Some(Flavour::Ext2),
        Filesystem::Ext3 => Some(Flavour::Ext3),
        Filesystem::Ext4 => Some(Flavour::Ext4),
        Filesystem::Fat32 => None,
    }
}
