//! The way to a device: this user may open it, or udisks does, which asks for a password.

use crate::failure::Failure;
use device_write::Device;
use rustix::process::geteuid;
use shown_text::{ShellWord, shown};
use std::io;
use std::path::Path;
use udisks::Udisks;

/// Who opens, unmounts and ejects a device.
pub(super) enum Way {
    /// This user, who may.
    Own,
    /// udisks, for a user who is not root.
    Udisks(Udisks),
}

/// A device that is mounted, and where.
pub(super) struct Mount<'a> {
    /// The path of the device, or of its partition.
    pub(super) device: String,
    pub(super) place: &'a String,
}

impl Way {
    /// Opens a device for this program alone.
    pub(super) fn open(&self, path: &str) -> Result<Device, Failure> {
        let opened = match self {
            Self::Own => Device::open(Path::new(path)),
            Self::Udisks(udisks) => match udisks.open(Path::new(path)) {
                Ok(file) => Device::opened(file),
                Err(udisks::Error::Busy { .. }) => Err(device_write::Error::Busy),
                // Whatever is wrong with udisks, root needs none.
                Err(error) => return Err(not_allowed(shown(path), Some(&error))),
            },
        };
        let device = shown(path);
        opened.map_err(|source| Failure::Writing { device, source, owners: Vec::new() })
    }

    /// Unmounts a device at a place.
    pub(super) fn unmount(&self, mount: &Mount<'_>) -> Result<(), Failure> {
        let unmounted = match self {
            Self::Own => device_write::unmount(Path::new(mount.place)),
            Self::Udisks(udisks) => match udisks.unmount(Path::new(&mount.device)) {
                Err(error @ udisks::Error::NotAllowed { .. }) => {
                    return Err(not_allowed(shown(&mount.device), Some(&error)));
                }
                unmounted => unmounted.map_err(io::Error::other),
            },
        };
        unmounted.map_err(|source| Failure::Unmount { place: shown(mount.place), source })
    }

    /// Closes a device, and has it powered off, or let go of by the kernel.
    pub(super) fn eject(&self, path: &str, device: Device) -> io::Result<()> {
        if geteuid().is_root() {
            return device.let_go();
        }
        // Nobody may have it open then, this program neither.
        drop(device);
        let connected;
        let udisks = match self {
            Self::Udisks(udisks) => udisks,
            Self::Own => {
                connected = Udisks::connect().map_err(io::Error::other)?;
                &connected
            }
        };
        udisks.power_off(Path::new(path)).map_err(io::Error::other)
    }
}

/// The error of a user who may not write a device, with the command for root.
pub(super) fn not_allowed(device: String, why: Option<&udisks::Error>) -> Failure {
    // The root user's PATH may not lead to this program.
    let program = std::env::current_exe().unwrap_or_else(|_| "bootkey".into());
    let words = [program.into_os_string()].into_iter().chain(std::env::args_os().skip(1));
    let words: Vec<String> = words.map(|word| ShellWord::argument(&word).to_string()).collect();
    let why = why.map(|error| format!(" ({error})")).unwrap_or_default();
    Failure::NotAllowed { device, why, command: format!("sudo {}", words.join(" ")) }
}
