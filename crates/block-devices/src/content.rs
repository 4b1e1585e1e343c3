//! What lies on a device or in a partition.

use crate::System;
use crate::udev::Properties;
use serde::Serialize;

/// The content of a device or of a partition, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Content {
    /// The partition table: `GPT`, `MBR`.
    pub table: Option<String>,
    /// The file system, or what else it holds: `ext4`, `FAT32`, `LVM`.
    pub file_system: Option<String>,
    /// The label of the file system: any text.
    pub label: Option<String>,
    /// Whether this is a member of a volume that is put together of several devices, such as LVM or
    /// a RAID, even if that is not assembled now.
    pub member: bool,
}

/// The names of file systems in udev's database, each with the name that people know.
const NAMES: [(&str, &str); 9] = [
    ("vfat", "FAT"),
    ("crypto_LUKS", "LUKS"),
    ("iso9660", "ISO 9660"),
    ("ntfs", "NTFS"),
    ("exfat", "exFAT"),
    ("xfs", "XFS"),
    ("swap", "swap space"),
    ("udf", "UDF"),
    ("apfs", "APFS"),
];

/// The names that udev and `key-read` have for members of composed volumes, each with the name that
/// people know. Other such names in udev's database end in `_member`.
const MEMBERS: [(&str, &str); 10] = [
    ("LVM2_member", "LVM"),
    ("LVM1_member", "LVM"),
    ("LVM", "LVM"),
    ("linux_raid_member", "a RAID member"),
    ("a RAID member", "a RAID member"),
    ("zfs_member", "ZFS"),
    ("ZFS", "ZFS"),
    ("drbd", "DRBD"),
    ("bcache", "bcache"),
    ("ceph_bluestore", "Ceph"),
];

impl Content {
    /// What udev says about the device with this directory in sysfs.
    pub(crate) fn by_udev(system: &System, sysfs: &str) -> Self {
        let number = system.attribute(format!("{sysfs}/dev"));
        let properties = number.and_then(|number| Properties::of(system, &number));
        properties.map_or_else(Self::default, |properties| Self::of(&properties))
    }

    /// Whether nothing is known of it.
    pub(crate) fn is_unknown(&self) -> bool {
        self.table.is_none() && self.file_system.is_none()
    }

    fn of(properties: &Properties) -> Self {
        let table = properties.get("ID_PART_TABLE_TYPE").map(|table| match table {
            "dos" => "MBR".to_owned(),
            other => other.to_uppercase(),
        });
        let content = Self { table, ..Self::default() };
        let Some(name) = properties.get("ID_FS_TYPE") else { return content };
        let name = match (name, properties.get("ID_FS_VERSION")) {
            ("vfat", Some(version)) => version,
            _ => name,
        };
        let label = properties.decoded("ID_FS_LABEL_ENC");
        content.named(name, label.or_else(|| properties.decoded("ID_FS_LABEL")))
    }

    /// The same content, with what is called `name` on it: a file system, or a member of a volume.
    pub(crate) fn named(self, name: &str, label: Option<String>) -> Self {
        let find = |names: &[(&str, &'static str)]| {
            names.iter().find(|(known, _)| *known == name).map(|(_, shown)| *shown)
        };
        let member = find(&MEMBERS);
        let shown = member.or_else(|| find(&NAMES)).unwrap_or(name);
        Self {
            file_system: Some(shown.to_owned()),
            label,
            member: member.is_some() || name.ends_with("_member"),
            ..self
        }
    }
}
