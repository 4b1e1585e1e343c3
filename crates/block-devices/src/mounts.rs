//! What is mounted, and what is swapped to.

use crate::system::{Error, System};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

const MOUNTS: &str = "/proc/self/mountinfo";
const SWAPS: &str = "/proc/swaps";

/// The directories in which the kernel names the devices of mounted file systems, even where this
/// process does not see the mount.
const MOUNTED: [&str; 3] = ["/sys/fs/ext4", "/sys/fs/xfs", "/sys/fs/f2fs"];

/// A place of a mount that this process does not see: it is in a container, and the mount is not.
const UNSEEN: &str = "a place that is not seen from here";

/// The uses of block devices by their numbers (`8:17`) and names (`sdb1`).
#[derive(Debug, Default)]
pub(crate) struct Mounts {
    by_number: BTreeMap<String, Vec<String>>,
    by_name: BTreeMap<String, Vec<String>>,
    swaps: Vec<String>,
    /// Files that loop devices show, and files that are swapped to.
    files: Vec<String>,
    loops: Vec<Loop>,
}

/// A loop device.
#[derive(Debug)]
struct Loop {
    name: String,
    /// What it shows: a file,
    file: String,
    /// or a device or partition, of which this is the kernel's name.
    of: Option<String>,
}

impl Mounts {
    pub fn read(system: &System) -> Result<Self, Error> {
        let unread = |path: &str| {
            let path = system.path(path);
            move |source| Error::Proc { path, source }
        };
        let mounts = system.read(MOUNTS).map_err(unread(MOUNTS))?;
        let mut found = Self::default();
        for line in mounts.lines() {
            found.mount(system, line);
        }
        found.btrfs(system)?;
        found.unseen(system)?;
        found.loop_files(system)?;
        let swaps = system.read(SWAPS).or_else(|error| match error.kind() {
            // A kernel without swap has no such file.
            ErrorKind::NotFound => Ok(String::new()),
            _ => Err(unread(SWAPS)(error)),
        })?;
        for path in swaps.lines().skip(1).filter_map(|line| line.split_whitespace().next()) {
            let path = unescape(path);
            match device_name(system, &path) {
                Some(name) => found.swaps.push(name),
                None => found.files.push(path),
            }
        }
        Ok(found)
    }

    /// `36 35 98:0 /root /place options shared:1 - ext3 /dev/root rw`
    fn mount(&mut self, system: &System, line: &str) {
        let Some((before, behind)) = line.split_once(" - ") else { return };
        let mut before = before.split(' ').skip(2);
        let (Some(number), Some(place)) = (before.next(), before.nth(1)) else { return };
        let place = unescape(place);
        self.by_number.entry(number.to_owned()).or_default().push(place.clone());
        // btrfs, bcachefs and others have numbers that are no device's. Some name all their devices.
        let Some(source) = behind.split(' ').nth(1) else { return };
        for device in unescape(source).split(':').filter_map(|path| device_name(system, path)) {
            self.by_name.entry(device).or_default().push(place.clone());
        }
    }

    /// Adds the other devices of each btrfs, because the list of mounts names only one of them.
    fn btrfs(&mut self, system: &System) -> Result<(), Error> {
        for file_system in system.names_if_any("/sys/fs/btrfs")? {
            let devices = system.names_if_any(format!("/sys/fs/btrfs/{file_system}/devices"))?;
            let places = devices.iter().filter_map(|name| self.by_name.get(name)).flatten();
            let mut places: Vec<String> = places.cloned().collect();
            if places.is_empty() {
                places.push(UNSEEN.to_owned());
            }
            for name in devices {
                self.by_name.insert(name, places.clone());
            }
        }
        Ok(())
    }

    /// Adds the devices of mounted file systems that the list of mounts does not show, because they
    /// are mounted elsewhere.
    fn unseen(&mut self, system: &System) -> Result<(), Error> {
        for file_systems in MOUNTED {
            for name in system.names_if_any(file_systems)? {
                let number = system.attribute(format!("/sys/class/block/{name}/dev"));
                if self.of(&name, &number.unwrap_or_default()).is_empty() {
                    self.by_name.entry(name).or_default().push(UNSEEN.to_owned());
                }
            }
        }
        Ok(())
    }

    fn loop_files(&mut self, system: &System) -> Result<(), Error> {
        let names = system.names_if_any("/sys/block")?;
        for name in names.into_iter().filter(|name| name.starts_with("loop")) {
            let file = system.attribute(format!("/sys/block/{name}/loop/backing_file"));
            let Some(file) = file else { continue };
            // There are files in /dev, too: in /dev/shm.
            let is_device = |name: &String| system.is_there(format!("/sys/class/block/{name}"));
            let of = device_name(system, &file).filter(is_device);
            self.files.push(file.clone());
            self.loops.push(Loop { name, file, of });
        }
        Ok(())
    }

    /// The loop devices that show this device or partition.
    pub fn loops_of(&self, name: &str) -> impl Iterator<Item = &str> {
        self.loops.iter().filter(move |it| it.of.as_deref() == Some(name)).map(|it| &*it.name)
    }

    /// The devices that have the same bytes as this loop device: the one that it shows, and other loop
    /// devices of its file.
    pub fn same_bytes(&self, name: &str) -> Vec<String> {
        let Some(this) = self.loops.iter().find(|it| it.name == name) else { return Vec::new() };
        let others = self.loops.iter().filter(|it| it.file == this.file && it.name != name);
        this.of.iter().chain(others.map(|it| &it.name)).cloned().collect()
    }

    /// The places where the device is mounted, the shortest first.
    pub fn of(&self, name: &str, number: &str) -> Vec<String> {
        let lists = [self.by_number.get(number), self.by_name.get(name)];
        let mut places: Vec<String> = lists.into_iter().flatten().flatten().cloned().collect();
        places.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
        places.dedup();
        places
    }

    /// The files at these places that are in use. A file may lie on another file system that is mounted
    /// below: it is named all the same, because which of several mounts hides the others is not told.
    pub fn files_below(&self, places: &[String]) -> Vec<String> {
        let is_below =
            |file: &&String| places.iter().any(|place| Path::new(file).starts_with(place));
        self.files.iter().filter(is_below).cloned().collect()
    }

    pub fn is_swap(&self, name: &str) -> bool {
        self.swaps.iter().any(|swap| swap == name)
    }
}

/// The number of mounts at a place, of which one hides the others.
///
/// # Errors
/// If the kernel does not say what is mounted.
pub fn mounts_at(system: &System, place: &str) -> Result<usize, Error> {
    let unread = |source| Error::Proc { path: system.path(MOUNTS), source };
    let mounts = system.read(MOUNTS).map_err(unread)?;
    let places = mounts.lines().filter_map(|line| line.split(' ').nth(4));
    Ok(places.filter(|at| unescape(at) == place).count())
}

/// The kernel's name of the device at a path, links followed: that of `/dev/mapper/root` is `dm-0`.
fn device_name(system: &System, path: &str) -> Option<String> {
    let inside = Path::new(path).strip_prefix("/dev").ok()?;
    let name = match system.resolve(path) {
        Some(real) => real.strip_prefix(system.resolve("/dev")?).ok()?.to_owned(),
        None => inside.to_owned(),
    };
    // As in sysfs.
    Some(name.to_str()?.replace('/', "!"))
}

/// A path as it was before the kernel wrote its spaces, tabs, line ends and backslashes in octal.
fn unescape(text: &str) -> String {
    let codes = [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")];
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let code = codes.iter().find(|(code, _)| rest.starts_with(code));
        let (len, plain) = code.map_or((1, "\\"), |(code, plain)| (code.len(), plain));
        out.push_str(plain);
        rest = &rest[len..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octal_codes_become_what_they_stand_for() {
        assert_eq!(unescape(r"/a\040b\011\134040\x"), "/a b\t\\040\\x");
    }
}
