//! Whether a device may be overwritten, and why not.

use crate::users::places;
use crate::{BlockDevice, Bus, Holder, Kind};
use core::fmt;
use shown_text::shown;
use std::path::Path;

/// The decision whether a device is offered to be overwritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It is a stick, or a card, and nobody needs it.
    Offered,
    /// It is not, for these reasons, the weightiest first.
    NotOffered(Vec<Reason>),
}

/// A reason not to offer a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It is mounted, or a partition of it, and cannot be unmounted without asking.
    Mounted {
        /// The device or partition.
        part: String,
        /// The places, the shortest first.
        places: Vec<String>,
        /// The files there that are in use, if the places alone are no reason.
        files: Vec<String>,
    },
    /// The machine swaps to it.
    Swap {
        /// The device or partition.
        part: String,
    },
    /// Other devices are made of it.
    Held {
        /// The device or partition.
        part: String,
        /// What is made of it.
        holders: Vec<Holder>,
    },
    /// It is a member of a volume that is not assembled now.
    Member {
        /// The device or partition.
        part: String,
        /// Of what: `LVM`.
        of: String,
    },
    /// Other devices have the same bytes, which somebody may use there.
    SameBytes {
        /// Their names.
        devices: Vec<String>,
    },
    /// There is nothing in the drive, or behind the loop device.
    NoMedium,
    /// It cannot be written.
    ReadOnly,
    /// It is no disk.
    Kind(Kind),
    /// It is built into the machine.
    BuiltIn {
        /// How it is connected.
        bus: Option<Bus>,
    },
}

/// Where desktops and people mount sticks. What is mounted elsewhere, the machine may need.
const STICKS: [&str; 3] = ["/media", "/run/media", "/mnt"];

/// Whether a place is one where sticks are mounted, so that what is mounted there may be unmounted
/// without asking.
fn is_place_of_sticks(place: &str) -> bool {
    STICKS.iter().any(|sticks| Path::new(place).starts_with(sticks))
}

/// Whether a disk is one that people plug in and take out. The kernel calls disks removable whose SATA
/// port can be hot-plugged, so it is believed only where the bus does not tell.
fn is_plugged_in(disk: &BlockDevice) -> bool {
    match disk.bus {
        Some(Bus::Usb | Bus::Sd) => true,
        Some(Bus::Ata | Bus::Nvme | Bus::Emmc | Bus::Virtio) => false,
        Some(Bus::Scsi) | None => disk.removable,
    }
}

impl Decision {
    /// The decision about a device. Only what the kernel knows of it and of its users counts, not
    /// what the device says of itself.
    pub fn about(device: &BlockDevice) -> Self {
        let mut reasons = Vec::new();
        // Disks that stay in the machine have places for sticks, too: `/mnt/data`.
        let stays = device.kind == Kind::Disk && !is_plugged_in(device);
        for (part, content, users) in device.parts() {
            let part = || part.to_owned();
            let places = users.mounted.clone();
            let is_unmounted = |place: &String| !stays && is_place_of_sticks(place);
            if !places.iter().all(is_unmounted) {
                reasons.push(Reason::Mounted { part: part(), places, files: Vec::new() });
            } else if !users.files.is_empty() {
                let files = users.files.clone();
                reasons.push(Reason::Mounted { part: part(), places, files });
            }
            if users.swap {
                reasons.push(Reason::Swap { part: part() });
            }
            match (&users.holders[..], &content.file_system) {
                ([], Some(of)) if content.member => {
                    reasons.push(Reason::Member { part: part(), of: of.clone() });
                }
                ([], _) => {}
                (holders, _) => {
                    reasons.push(Reason::Held { part: part(), holders: holders.to_vec() });
                }
            }
        }
        if !device.same_bytes.is_empty() {
            reasons.push(Reason::SameBytes { devices: device.same_bytes.clone() });
        }
        match device.kind {
            Kind::Disk | Kind::Loop | Kind::Nbd if device.size == 0 => {
                reasons.push(Reason::NoMedium)
            }
            Kind::Disk => {
                if stays {
                    reasons.push(Reason::BuiltIn { bus: device.bus });
                }
                if device.read_only {
                    reasons.push(Reason::ReadOnly);
                }
            }
            kind => reasons.push(Reason::Kind(kind)),
        }
        match reasons.is_empty() {
            true => Self::Offered,
            false => Self::NotOffered(reasons),
        }
    }

    /// The reasons, if it is not offered.
    pub fn reasons(&self) -> &[Reason] {
        match self {
            Self::Offered => &[],
            Self::NotOffered(reasons) => reasons,
        }
    }
}

impl Reason {
    /// Whether it may be overwritten all the same, when somebody names it: nobody needs it, but it is no
    /// stick either.
    pub fn is_overridden_by_name(&self) -> bool {
        self.is_overridden_by_answer() || matches!(self, Self::Kind(Kind::Loop | Kind::Nbd))
    }

    /// Whether it may be overwritten when somebody has seen what is on it, and types its name again: a
    /// script that names it may mean another disk.
    pub fn is_overridden_by_answer(&self) -> bool {
        matches!(self, Self::BuiltIn { .. })
    }

    /// The reason's name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Mounted { .. } => "mounted",
            Self::Swap { .. } => "swap",
            Self::Held { .. } => "held",
            Self::Member { .. } => "member",
            Self::SameBytes { .. } => "same-bytes",
            Self::NoMedium => "no-medium",
            Self::ReadOnly => "read-only",
            Self::Kind(_) => "kind",
            Self::BuiltIn { .. } => "built-in",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mounted { part, places: at, files } => {
                write!(f, "{} is mounted at {}", shown(part), places(at))?;
                match files.is_empty() {
                    true => Ok(()),
                    false => write!(f, ", where the machine uses {}", places(files)),
                }
            }
            Self::Swap { part } => write!(f, "{} is swap that is in use", shown(part)),
            Self::Held { part, holders } => {
                let of = holders.iter().map(Holder::to_string).collect::<Vec<_>>();
                write!(f, "{} is a part of {}", shown(part), of.join("; of "))
            }
            Self::Member { part, of } => {
                write!(f, "{} belongs to {}, by its first bytes", shown(part), shown(of))
            }
            Self::SameBytes { devices } => {
                write!(f, "its bytes are those of {}, too", shown(&devices.join(", ")))
            }
            Self::NoMedium => f.write_str("there is nothing in it"),
            Self::ReadOnly => f.write_str("it is read-only; some cards and sticks have a switch"),
            Self::Kind(kind) => f.write_str(match kind {
                Kind::Disk => "it is a disk",
                Kind::Optical => "it is a drive for CDs and DVDs",
                Kind::Floppy => "it is a drive for floppy disks",
                Kind::FirmwareFlash => "it is flash that holds firmware",
                Kind::Loop => "it is a loop device: a file",
                Kind::Nbd => "it is a network block device",
                Kind::Memory => "it is memory",
                Kind::Composed => "it is made of other devices",
            }),
            Self::BuiltIn { bus: Some(bus) } => write!(f, "it is built in: {bus}"),
            Self::BuiltIn { bus: None } => f.write_str("it is built in: not removable"),
        }
    }
}
