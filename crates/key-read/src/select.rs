//! Partitions by name, as people call them.

use crate::disk::{Disk, Volume};
use crate::{Error, FileSystem, FileType};

/// The places where distributions, and bootkey, have GRUB's menu.
const MENUS: [&str; 4] =
    ["boot/grub/grub.cfg", "grub/grub.cfg", "boot/grub2/grub.cfg", "grub2/grub.cfg"];

/// The label of the partition that holds ISOs, by default.
const ISOS: &[u8] = b"isos";

impl<'a> Disk<'a> {
    /// The partition that `name` stands for: its number (0 is all of the disk), `boot` (it has
    /// GRUB's menu), `esp`, `isos`, its file system's label, or its name in a GPT.
    ///
    /// # Errors
    /// [`Error::NoPartition`], with the names that there are.
    pub fn select(&self, name: &str) -> Result<Volume<'a>, Error> {
        let found = match name.parse() {
            Ok(number) => self.volume(number),
            // A label that somebody gave outranks what we call it.
            Err(_) => self.labelled(name.as_bytes()).or_else(|| match name {
                "boot" => self.boot_volume().map(|(volume, _)| volume),
                "esp" => self.efi_system_partition(),
                "isos" => self.isos_volume(),
                _ => None,
            }),
        };
        found.ok_or_else(|| Error::NoPartition { name: name.to_owned(), names: self.names() })
    }

    /// The partition that has GRUB's menu, and the path of the menu there.
    pub fn boot_volume(&self) -> Option<(Volume<'a>, &'static str)> {
        self.volumes().into_iter().find_map(|volume| {
            let files = volume.file_system().ok()??;
            let is_file = |path: &&str| {
                files.lookup(path.as_bytes()).is_ok_and(|node| node.kind() == FileType::File)
            };
            MENUS.into_iter().find(is_file).map(|path| (volume, path))
        })
    }

    /// The partition that holds ISOs: by its label, in whichever case; else the one with most
    /// `*.iso` in its root.
    fn isos_volume(&self) -> Option<Volume<'a>> {
        let count = |volume: &Volume<'_>| {
            let files = volume.file_system().ok().flatten()?;
            let entries = files.entries(&files.root().ok()?).ok()?;
            let isos = entries.iter().filter(|e| is_iso(&e.name)).count();
            (isos > 0).then_some(isos)
        };
        self.labelled(ISOS).or_else(|| {
            let volumes = self.volumes().into_iter();
            let counted = volumes.filter_map(|v| count(&v).map(|n| (n, v)));
            counted.max_by_key(|(n, _)| *n).map(|(_, volume)| volume)
        })
    }

    fn labelled(&self, name: &[u8]) -> Option<Volume<'a>> {
        let label = |volume: &Volume<'_>| match volume.file_system() {
            Ok(Some(files)) => FileSystem::label(&files).ok().flatten(),
            _ => None,
        };
        let same = |volume: &Volume<'_>| {
            label(volume).is_some_and(|label| label.eq_ignore_ascii_case(name))
                || self
                    .partition(volume.number)
                    .and_then(|p| p.name.as_deref())
                    .is_some_and(|n| n.as_bytes().eq_ignore_ascii_case(name))
        };
        self.volumes().into_iter().find(same)
    }

    /// The names by which partitions can be chosen, for messages.
    fn names(&self) -> String {
        let name = |volume: &Volume<'_>| {
            let files = volume.file_system().ok().flatten();
            let label = files.and_then(|files| files.label().ok().flatten());
            let label = label.map(|l| format!(" ({})", shown_text::Shown(&l)));
            format!("{}{}", volume.number, label.unwrap_or_default())
        };
        self.volumes().iter().map(name).collect::<Vec<_>>().join(", ")
    }
}

/// Whether a file's name is an ISO's.
pub fn is_iso(name: &[u8]) -> bool {
    name.len() > 4 && name[name.len() - 4..].eq_ignore_ascii_case(b".iso")
}
