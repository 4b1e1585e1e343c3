//! Who uses a device: what is mounted from it, swap, and devices that are made of it.

use crate::mounts::Mounts;
use crate::system::{Error, System};
use core::fmt;
use serde::Serialize;
use shown_text::shown;
use std::collections::BTreeSet;

/// The users of a device or of a partition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Users {
    /// The places where it is mounted, the shortest first.
    pub mounted: Vec<String>,
    /// The files at these places that the machine uses as devices, or swaps to: it may run from them.
    pub files: Vec<String>,
    /// Whether the machine swaps to it.
    pub swap: bool,
    /// The devices that are made of it, and those that are made of these.
    pub holders: Vec<Holder>,
}

/// A device that is made of another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Holder {
    /// The kernel's name: `dm-0`.
    pub name: String,
    /// The kind of its maker: `LVM`, `dm-crypt`, `md`.
    pub what: String,
    /// Its name among these: `vg-root`.
    pub title: Option<String>,
    /// The places where it is mounted.
    pub mounted: Vec<String>,
    /// Whether the machine swaps to it.
    pub swap: bool,
}

impl Users {
    /// The users of the device with this directory in sysfs.
    pub(crate) fn of(
        system: &System,
        mounts: &Mounts,
        name: &str,
        sysfs: &str,
    ) -> Result<Self, Error> {
        let number = system.attribute(format!("{sysfs}/dev")).unwrap_or_default();
        let mut walk = Walk { system, mounts, seen: BTreeSet::new(), holders: Vec::new() };
        walk.holders_of(name, sysfs)?;
        let (mounted, swap) = (mounts.of(name, &number), mounts.is_swap(name));
        let files = mounts.files_below(&mounted);
        Ok(Self { mounted, files, swap, holders: walk.holders })
    }
}

/// A walk from a device to all that are made of it.
struct Walk<'a> {
    system: &'a System,
    mounts: &'a Mounts,
    /// The devices that were met already: there may be several ways to one, as from two disks to
    /// the RAID on both.
    seen: BTreeSet<String>,
    holders: Vec<Holder>,
}

impl Walk<'_> {
    fn holders_of(&mut self, name: &str, sysfs: &str) -> Result<(), Error> {
        let mut holders = self.system.names_if_any(format!("{sysfs}/holders"))?;
        // The kernel does not say of these that they hold it.
        holders.extend(self.mounts.loops_of(name).map(str::to_owned));
        for name in holders {
            let sysfs = format!("/sys/class/block/{name}");
            let of = |attribute: &str| self.system.attribute(format!("{sysfs}/{attribute}"));
            let what = maker(of("dm/uuid"), of("md/level"), &name);
            let title = of("dm/name");
            self.add(&name, &sysfs, what, title)?;
            for partition in self.system.names_if_any(&sysfs)? {
                let inside = format!("{sysfs}/{partition}");
                if self.system.is_there(format!("{inside}/partition")) {
                    self.add(&partition, &inside, format!("a partition of {name}"), None)?;
                }
            }
        }
        Ok(())
    }

    fn add(
        &mut self,
        name: &str,
        sysfs: &str,
        what: String,
        title: Option<String>,
    ) -> Result<(), Error> {
        if self.seen.insert(name.to_owned()) {
            let number = self.system.attribute(format!("{sysfs}/dev")).unwrap_or_default();
            let (mounted, swap) = (self.mounts.of(name, &number), self.mounts.is_swap(name));
            self.holders.push(Holder { name: name.to_owned(), what, title, mounted, swap });
            self.holders_of(name, sysfs)?;
        }
        Ok(())
    }
}

/// The name of what has made a device: by the prefix of its UUID if it is device-mapper's, by its
/// RAID level if it is md's, else by its own name.
fn maker(dm: Option<String>, md: Option<String>, name: &str) -> String {
    if let Some(uuid) = dm {
        let known = [("LVM-", "LVM"), ("CRYPT-", "dm-crypt"), ("mpath-", "multipath")];
        let known = known.iter().find(|(prefix, _)| uuid.starts_with(prefix));
        return known.map_or("device-mapper", |(_, what)| what).to_owned();
    }
    match md {
        Some(level) => format!("md {level}"),
        None if name.starts_with("dm-") => "device-mapper".to_owned(),
        None => name.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned(),
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}", shown(&self.name), shown(&self.what))?;
        if let Some(title) = &self.title {
            write!(f, " `{}`", shown(title))?;
        }
        f.write_str(")")?;
        if self.swap {
            f.write_str(", swap")?;
        }
        match self.mounted.is_empty() {
            true => Ok(()),
            false => write!(f, ", mounted at {}", places(&self.mounted)),
        }
    }
}

/// Some places, or files, for a message.
pub(crate) fn places(places: &[String]) -> String {
    const SHOWN: usize = 3;
    let first = places.iter().take(SHOWN).map(|place| format!("`{}`", shown(place)));
    let first = first.collect::<Vec<_>>().join(", ");
    match places.len().saturating_sub(SHOWN) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
