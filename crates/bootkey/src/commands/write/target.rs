//! The device that is written to: found, refused if somebody needs it, and freed of its mounts.

use super::way::{Mount, Way, not_allowed};
use crate::failure::Failure;
use crate::say::Say;
use block_devices::{BlockDevice, Decision, Reason, System, list, mounts_at};
use device_write::{Device, Medium as _};
use rustix::fs::{Access, access, major, minor};
use rustix::process::geteuid;
use shown_text::shown;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use udisks::Udisks;

/// A device that may be overwritten.
pub(super) struct Target {
    /// As it was named.
    pub(super) path: PathBuf,
    pub(super) device: BlockDevice,
}

impl Target {
    /// The device that is named, if it may be overwritten.
    ///
    /// `asks`: whether somebody has to type its name before.
    pub(super) fn find(path: &Path, asks: bool) -> Result<Self, Failure> {
        let wrong = |what: String| Failure::Target { path: path.to_owned(), what };
        let Ok(real) = std::fs::canonicalize(path) else {
            let what = "not there; `bootkey devices` lists the devices that are";
            return Err(wrong(what.to_owned()));
        };
        let devices = list(&system())?;
        let is_it = |device: &&BlockDevice| Path::new(&device.path) == real;
        // Where no udev runs, /dev/mapper has nodes of its own, and no links.
        let number = number(&real);
        let is_its_node = |device: &&BlockDevice| number.is_some() && device.number == number;
        let found = devices.iter().find(is_it).or_else(|| devices.iter().find(is_its_node));
        let Some(device) = found else {
            let name = real.file_name().unwrap_or_default().to_string_lossy();
            let has_it = |whole: &&BlockDevice| whole.partitions.iter().any(|p| p.name == name);
            return Err(wrong(match devices.iter().find(has_it) {
                Some(whole) => format!(
                    "a partition; a key has partitions itself, and is written to all of {}",
                    shown(&whole.path)
                ),
                None => "no block device; `bootkey devices` lists those that there are".to_owned(),
            }));
        };
        let decision = Decision::about(device);
        let overrides = |reason: &&Reason| match asks {
            true => reason.is_overridden_by_name(),
            false => reason.is_overridden_by_name() && !reason.is_overridden_by_answer(),
        };
        let read_only = device.read_only.then_some(&Reason::ReadOnly);
        let reasons = decision.reasons().iter().filter(|reason| !overrides(reason));
        let mut reasons: Vec<String> = reasons.chain(read_only).map(Reason::to_string).collect();
        // Of a disk both say that it is read-only.
        reasons.dedup();
        match reasons.is_empty() {
            true => Ok(Self { path: path.to_owned(), device: device.clone() }),
            false => {
                let device = shown(&device.path);
                Err(Failure::Refused { device, reasons: reasons.join("; ") })
            }
        }
    }

    /// For messages.
    pub(super) fn shown(&self) -> String {
        shown(&self.device.path)
    }

    /// The way in which this user may write it, and unmount what is mounted from it; an error with the
    /// command for root if there is none. What root may not do, the kernel says when it is tried.
    pub(super) fn way(&self) -> Result<Way, Failure> {
        let may_write = access(&self.device.path, Access::READ_OK | Access::WRITE_OK).is_ok();
        if geteuid().is_root() || may_write && self.mounts().is_empty() {
            return Ok(Way::Own);
        }
        let udisks = Udisks::connect().and_then(|udisks| {
            udisks.check_known(Path::new(&self.device.path))?;
            Ok(udisks)
        });
        match udisks {
            Ok(udisks) => Ok(Way::Udisks(udisks)),
            // Many machines have none; that is nothing to tell.
            Err(udisks::Error::NotThere { .. }) => Err(not_allowed(self.shown(), None)),
            Err(error) => Err(not_allowed(self.shown(), Some(&error))),
        }
    }

    /// An error if the key lies on this device, or is this device.
    pub(super) fn check_other_than(&self, key: &Path) -> Result<(), Failure> {
        let names = self.device.partitions.iter().map(|p| format!("/dev/{}", p.name));
        let devices = names.chain([self.device.path.clone()]);
        let numbers = devices.filter_map(|path| Some(std::fs::metadata(path).ok()?.rdev()));
        let same = std::fs::metadata(key).is_ok_and(|key| {
            let of_key = if key.rdev() == 0 { key.dev() } else { key.rdev() };
            numbers.into_iter().any(|number| number == of_key)
        });
        let backing = self.device.backing_file.as_ref();
        let backing = backing.and_then(|file| std::fs::canonicalize(file).ok());
        match same || backing.is_some() && backing == std::fs::canonicalize(key).ok() {
            true => Err(Failure::Target {
                path: key.to_owned(),
                what: format!("on {} itself; copy it somewhere else first", self.shown()),
            }),
            false => Ok(()),
        }
    }

    /// Unmounts what is mounted from it: nothing that the machine needs, or it would have been refused.
    pub(super) fn unmount_all(&self, way: &Way, say: &Say) -> Result<(), Failure> {
        let mut mounts = self.mounts();
        // What is mounted in another one goes first.
        mounts.sort_by_key(|mount| (core::cmp::Reverse(mount.place.len()), mount.place));
        mounts.dedup_by_key(|mount| mount.place);
        for mount in mounts {
            let name = shown(mount.place);
            match mounts_at(&system(), mount.place)? {
                // Somebody has unmounted it meanwhile.
                0 => continue,
                1 => {}
                // The last one would be unmounted, and that may be another device's.
                _ => return Err(Failure::MountedOver { place: name }),
            }
            way.unmount(&mount)?;
            // udisks unmounts one of a device's places, and that may be another of them.
            while matches!(way, Way::Udisks(_)) && mounts_at(&system(), mount.place)? > 0 {
                way.unmount(&mount)?;
            }
            say.note(&format!("unmounted `{name}`"));
        }
        Ok(())
    }

    /// Opens it for this program alone.
    pub(super) fn open(&self, way: &Way) -> Result<Device, Failure> {
        let device = way.open(&self.device.path)?;
        self.check_same(&device)?;
        Ok(device)
    }

    /// An error if what was opened is not the device that was decided about: somebody may have plugged
    /// another one in while the question was read, or what its path leads to is another one's node.
    fn check_same(&self, opened: &Device) -> Result<(), Failure> {
        let of_opened = (Some(opened.number()), opened.len());
        match of_opened == (self.device.number.clone(), self.device.size) && self.is_there() {
            true => Ok(()),
            false => Err(Failure::Target {
                path: self.path.clone(),
                what: "another device than it was; look at it again".to_owned(),
            }),
        }
    }

    /// What is mounted from it, or from a partition of it.
    fn mounts(&self) -> Vec<Mount<'_>> {
        let partitions =
            self.device.partitions.iter().map(|p| (format!("/dev/{}", p.name), &p.users));
        let parts = partitions.chain([(self.device.path.clone(), &self.device.users)]);
        let mut mounts = Vec::new();
        for (device, users) in parts {
            let places = users.mounted.iter();
            mounts.extend(places.map(|place| Mount { device: device.clone(), place }));
        }
        mounts
    }

    /// Whether it is there still: one that was pulled out may say no more than that a read has failed.
    pub(super) fn is_there(&self) -> bool {
        let known = |device: &BlockDevice| {
            let BlockDevice { sequence, number, size, identity, .. } = device;
            (*sequence, number.clone(), *size, identity.clone())
        };
        let is_it = |now: &BlockDevice| now.path == self.device.path;
        let now = list(&system()).ok().and_then(|devices| devices.into_iter().find(is_it));
        now.is_some_and(|now| known(&now) == known(&self.device))
    }
}

/// The kernel's number of a block device, as in sysfs.
fn number(path: &Path) -> Option<String> {
    let metadata = std::fs::metadata(path).ok()?;
    let number = metadata.rdev();
    let is_block = metadata.file_type().is_block_device();
    is_block.then(|| format!("{}:{}", major(number), minor(number)))
}

fn system() -> System {
    System::at(Path::new("/"))
}
