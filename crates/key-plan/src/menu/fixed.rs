//! The entries beside those of the ISOs.

use super::boot::{Ways, wait};
use grub_config::{
    Command, Error, GrubPlatform, Id, If, MenuEntry, Statement, Title, firmware_setup, ident,
    local_disk, name, on_platform, power_off, reboot,
};

/// An entry that every key has, or every key of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fixed {
    /// Stands where the ISOs would: something that is safe to start by itself, unlike a reboot.
    NoIso,
    LocalDisk,
    Reboot,
    PowerOff,
    /// Shown under UEFI only, so it comes last: the others keep their numbers.
    FirmwareSetup,
}

impl Fixed {
    /// All that any key may have: their ids are taken.
    pub(crate) const ALL: [Self; 5] =
        [Self::NoIso, Self::LocalDisk, Self::Reboot, Self::PowerOff, Self::FirmwareSetup];

    /// Those of a key, in order.
    pub(crate) fn of(no_iso: bool, uefi: bool) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |fixed| match fixed {
            Self::NoIso => no_iso,
            Self::FirmwareSetup => uefi,
            Self::LocalDisk | Self::Reboot | Self::PowerOff => true,
        })
    }

    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::NoIso => "no-iso",
            Self::LocalDisk => "local-disk",
            Self::Reboot => "reboot",
            Self::PowerOff => "poweroff",
            Self::FirmwareSetup => "firmware-setup",
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::NoIso => "No ISO on this key yet",
            Self::LocalDisk => "Start this machine's own disk",
            Self::Reboot => "Reboot",
            Self::PowerOff => "Power off",
            Self::FirmwareSetup => "Firmware setup",
        }
    }

    /// The statement that makes the entry.
    pub(super) fn statement(self, ways: Ways<'_>) -> Result<Statement, Error> {
        let body = match self {
            Self::NoIso => how_to_add_isos()?,
            Self::LocalDisk => vec![local_disk(ident!("disk"))],
            Self::Reboot => vec![reboot()],
            Self::PowerOff => vec![power_off()],
            Self::FirmwareSetup => vec![firmware_setup()],
        };
        let mut entry = MenuEntry::new(Id::new(self.id())?, Title::new(self.title()), body);
        if ways.locked {
            entry = entry.unrestricted();
        }
        let entry = Statement::MenuEntry(entry.class(name!("system")));
        Ok(match self {
            Self::FirmwareSetup => If::new(on_platform(GrubPlatform::Efi), vec![entry]).into(),
            _ => entry,
        })
    }
}

fn how_to_add_isos() -> Result<Vec<Statement>, Error> {
    let mut body = Vec::new();
    for line in [
        "This key carries no ISO file that it could boot.",
        "Build it again with one:  bootkey build SPEC.toml FILE.iso -o key.img",
        "Press Escape to return to the menu.",
    ] {
        body.push(Command::new(name!("echo")).literals([line])?.into());
    }
    body.push(wait());
    Ok(body)
}
