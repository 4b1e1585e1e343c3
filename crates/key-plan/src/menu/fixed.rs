//! The fixed entries of the menu, which do not depend on the ISOs.

use super::checksums::CHECK;
use super::discovery::{self, DISCOVER, source};
use super::iso_entry::KeyTraits;
use grub_config::{
    Error, GrubPlatform, Id, If, MenuEntry, Name, Statement, Title, firmware_setup, ident,
    local_disk, name, on_platform, power_off, reboot,
};
use menu_words::Words;

/// An entry that every key has, or every key that UEFI starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fixed {
    /// The list of ISOs that were copied onto the key later. On a key without other ISOs it is the
    /// first entry, because it may safely start by itself, unlike a reboot.
    FoundIsos,
    /// The check of the ISOs' SHA-256 sums.
    Check,
    LocalDisk,
    Reboot,
    PowerOff,
    /// The firmware's setup. It is shown under UEFI only, and comes last, so that the others have
    /// the same numbers on a BIOS.
    FirmwareSetup,
}

impl Fixed {
    /// All fixed entries. Their ids are reserved on every key.
    pub(crate) const ALL: [Self; 6] = [
        Self::FoundIsos,
        Self::Check,
        Self::LocalDisk,
        Self::Reboot,
        Self::PowerOff,
        Self::FirmwareSetup,
    ];

    /// The fixed entries of a key, in order.
    pub(crate) fn of(uefi: bool) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |fixed| match fixed {
            Self::FirmwareSetup => uefi,
            Self::FoundIsos | Self::Check | Self::LocalDisk | Self::Reboot | Self::PowerOff => true,
        })
    }

    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::FoundIsos => "found-isos",
            Self::Check => "check-isos",
            Self::LocalDisk => "local-disk",
            Self::Reboot => "reboot",
            Self::PowerOff => "poweroff",
            Self::FirmwareSetup => "firmware-setup",
        }
    }

    pub(crate) fn title(self, words: &Words) -> &str {
        match self {
            Self::FoundIsos => &words.found_isos,
            Self::Check => &words.check_isos,
            Self::LocalDisk => &words.local_disk,
            Self::Reboot => &words.reboot,
            Self::PowerOff => &words.poweroff,
            Self::FirmwareSetup => &words.firmware_setup,
        }
    }

    /// The statement that makes the entry.
    pub(super) fn statement(self, key: KeyTraits<'_>) -> Result<Statement, Error> {
        let body = match self {
            Self::FoundIsos => vec![source(DISCOVER)?],
            Self::Check => vec![source(CHECK)?],
            Self::LocalDisk => vec![local_disk(ident!("disk"))],
            Self::Reboot => vec![reboot()],
            Self::PowerOff => vec![power_off()],
            Self::FirmwareSetup => vec![firmware_setup()],
        };
        let mut entry =
            MenuEntry::new(Id::new(self.id())?, Title::new(self.title(key.words)), body);
        // The list of found ISOs needs the password: with another disk, anything could be started.
        if key.locked && self != Self::FoundIsos {
            entry = entry.unrestricted();
        }
        if key.icons {
            entry = entry.class(Name::new(self.id())?);
        }
        if self == Self::FoundIsos {
            return Ok(Statement::Submenu(entry.class(discovery::CLASS)));
        }
        let entry = Statement::MenuEntry(entry.class(name!("system")));
        Ok(match self {
            Self::FirmwareSetup => If::new(on_platform(GrubPlatform::Efi), vec![entry]).into(),
            _ => entry,
        })
    }
}
