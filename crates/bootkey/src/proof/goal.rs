//! What an entry is for: what has to be seen so that it is proven.

use boot_recipes::{Engine, Signs};
use virtual_machine::Ending;

/// What an entry is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Goal {
    /// It starts a system, or a program.
    Starts(&'static Signs),
    /// It starts something that is not known here.
    Unknown,
    /// It opens a menu with this line.
    OpensMenu(&'static str),
    /// GRUB itself says one of the first texts; one of the others is a failure.
    Says(&'static [&'static str], &'static [&'static str]),
    /// It ends the machine.
    Ends(Ending),
    /// It leaves the key: the firmware goes on, and prints this, or the other disk does.
    LeavesKey(&'static [&'static str]),
    /// The firmware shows its setup.
    FirmwareSetup,
}

impl Goal {
    /// The texts of which one shows that the goal is reached.
    pub(super) fn reached_by(&self) -> Vec<&'static str> {
        match self {
            Self::Starts(signs) => signs.system().collect(),
            Self::OpensMenu(line) => vec![line],
            Self::Says(texts, _) | Self::LeavesKey(texts) => texts.to_vec(),
            Self::FirmwareSetup => {
                vec!["Boot Manager", "Device Manager", "Boot Maintenance Manager"]
            }
            Self::Unknown | Self::Ends(_) => Vec::new(),
        }
    }

    /// The texts by which it is missed, and what they mean.
    pub(super) fn missed_by(&self) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::Starts(signs) => signs.failures().map(|sign| (sign.text, sign.means)).collect(),
            Self::Unknown => {
                boot_recipes::OF_ANY_LINUX.failures().map(|sign| (sign.text, sign.means)).collect()
            }
            Self::Says(_, bad) => bad.iter().map(|text| (*text, "GRUB says so")).collect(),
            Self::OpensMenu(_) | Self::Ends(_) | Self::LeavesKey(_) | Self::FirmwareSetup => {
                Vec::new()
            }
        }
    }

    /// Whether it starts something that goes on for a while behind its first sign.
    pub(super) fn starts_system(&self) -> bool {
        match self {
            Self::Starts(signs) => signs.engine != Engine::Program,
            Self::Unknown => true,
            _ => false,
        }
    }

    /// Whether it starts a Linux system, or may: one that has consoles of text beside its screen.
    pub(super) fn has_consoles(&self) -> bool {
        match self {
            Self::Starts(signs) => signs.engine == Engine::Linux,
            Self::Unknown => true,
            _ => false,
        }
    }

    /// Whether the machine may restart on the way.
    pub(super) fn restarts(&self) -> bool {
        matches!(self, Self::FirmwareSetup)
    }
}
