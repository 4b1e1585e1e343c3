//! The file systems that every key has, without their files: their kinds, and the labels and UUIDs
//! by which the menu finds them.

use crate::error::Error;
use crate::file_system::FileSystem;
use crate::identities::purpose;
use crate::premises::Premises;
use fs_ext::Flavour;
use key_spec::Filesystem;

/// The file systems that every key has.
#[derive(Debug)]
pub(crate) struct Volumes {
    /// The file system of GRUB's partition.
    pub(crate) boot: FileSystem,
    /// The file system of the partition of the ISOs, without the options that depend on its place
    /// and size.
    pub(crate) isos: FileSystem,
    /// The label of the ISOs' file system as it is stored. FAT has capitals only, and systems that
    /// get a label as a parameter compare it exactly.
    pub(crate) isos_label: String,
}

/// The file systems that every key has, as the spec wants them.
pub(crate) fn volumes(premises: &Premises<'_>) -> Result<Volumes, Error> {
    let spec = premises.spec;
    // `check` has refused FAT here already.
    let boot = flavour(spec.boot.filesystem).ok_or(Error::BootOnFat)?;
    let boot = ext(premises, boot, spec.boot.label.as_str(), purpose::BOOT)?;
    let label = spec.isos.label.as_str();
    let (isos, isos_label) = match flavour(spec.isos.filesystem) {
        Some(flavour) => {
            (FileSystem::Ext(ext(premises, flavour, label, purpose::ISOS)?), label.to_owned())
        }
        None => {
            let label = fs_fat::Label::new(label).map_err(|source| Error::IsosLabel { source })?;
            let kept = label.as_str().to_owned();
            let kind = Some(fs_fat::FatType::Fat32);
            let options = fs_fat::Options { kind, ..fat(premises, label, purpose::ISOS) };
            (FileSystem::Fat(options), kept)
        }
    };
    Ok(Volumes { boot: FileSystem::Ext(boot), isos, isos_label })
}

/// The options of an ext file system. Its UUIDs are those of `of`, one of [`purpose`].
pub(crate) fn ext(
    premises: &Premises<'_>,
    flavour: Flavour,
    label: &str,
    of: &str,
) -> Result<fs_ext::Options, Error> {
    let uuid = premises.identities.uuid(&purpose::uuid(of));
    let hash_seed = premises.identities.uuid(&purpose::hash_seed(of));
    let mut options = fs_ext::Options::new(flavour, uuid, hash_seed, premises.time);
    let wrap = |source| Error::FileSystem { label: label.to_owned(), source };
    options.label = fs_ext::Label::new(label).map_err(wrap)?;
    // No blocks are kept for root: a key has no services that need them.
    options.reserved_percent = 0;
    Ok(options)
}

/// The options of a FAT file system. Its volume id is that of `of`, one of [`purpose`].
pub(crate) fn fat(premises: &Premises<'_>, label: fs_fat::Label, of: &str) -> fs_fat::Options {
    let volume_id = premises.identities.number(&purpose::volume_id(of));
    let mut options = fs_fat::Options::new(volume_id, premises.time);
    options.label = Some(label);
    options.sector_size = premises.sector_size;
    options
}

/// The flavour of an ext file system; `None` for FAT.
fn flavour(kind: Filesystem) -> Option<Flavour> {
    match kind {
        Filesystem::Ext2 => Some(Flavour::Ext2),
        Filesystem::Ext3 => Some(Flavour::Ext3),
        Filesystem::Ext4 => Some(Flavour::Ext4),
        Filesystem::Fat32 => None,
    }
}
