//! What is mounted, and what is swapped to.

use crate::system::{Error, System};
use std::collections::BTreeMap;
use std::path::Path;

const MOUNTS: &str = "/proc/self/mountinfo";
const SWAPS: &str = "/proc/swaps";

/// The uses of block devices by their numbers (`8:17`) and names (`sdb1`).
#[derive(Debug, Default)]
pub(crate) struct Mounts {
    by_number: BTreeMap<String, Vec<String>>,
    by_name: BTreeMap<String, Vec<String>>,
    swaps: Vec<String>,
}

impl Mounts {
    pub fn read(system: &System) -> Result<Self, Error> {
        let mounts = system.read(MOUNTS);
        let mounts = mounts.map_err(|source| Error::Proc { path: system.path(MOUNTS), source })?;
        let mut found = Self::default();
        for line in mounts.lines() {
            found.mount(system, line);
        }
        found.btrfs(system);
        // OK to do without: a kernel without swap has no such file.
        let swaps = system.read(SWAPS).unwrap_or_default();
        let swaps = swaps.lines().skip(1).filter_map(|line| line.split_whitespace().next());
        found.swaps = swaps.filter_map(|path| device_name(system, &unescape(path))).collect();
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

    /// Of a btrfs over several devices, the mounts name one.
    fn btrfs(&mut self, system: &System) {
        for file_system in system.names("/sys/fs/btrfs").unwrap_or_default() {
            let devices = system.names(format!("/sys/fs/btrfs/{file_system}/devices"));
            let devices = devices.unwrap_or_default();
            let places = devices.iter().filter_map(|name| self.by_name.get(name)).flatten();
            let mut places: Vec<String> = places.cloned().collect();
            if places.is_empty() {
                // Mounted all the same, where this process does not see it.
                places.push("a place that is not seen from here".to_owned());
            }
            for name in devices {
                self.by_name.insert(name, places.clone());
            }
        }
    }

    /// The places where the device is mounted, the shortest first.
    pub fn of(&self, name: &str, number: &str) -> Vec<String> {
        let lists = [self.by_number.get(number), self.by_name.get(name)];
        let mut places: Vec<String> = lists.into_iter().flatten().flatten().cloned().collect();
        places.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
        places.dedup();
        places
    }

    pub fn is_swap(&self, name: &str) -> bool {
        self.swaps.iter().any(|swap| swap == name)
    }
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
