//! Symbolic links, as GRUB follows them.

use std::collections::{BTreeMap, VecDeque};

/// The number of symbolic links that GRUB follows on the way to one file.
const MAX_LINKS: usize = 7;
/// The greatest length of a path that is followed, and of a link's target: more than the deepest
/// path that is listed.
const MAX_PATH: usize = 16 << 10;

/// Symbolic links: the target of each, by its path, which has no other link in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Links(BTreeMap<String, String>);

impl Links {
    pub(crate) fn insert(&mut self, path: String, target: String) {
        self.0.insert(path, target);
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The targets of all links, by the links' paths.
    pub(crate) fn into_map(self) -> BTreeMap<String, String> {
        self.0
    }

    /// The path that `path` means when all links are followed, whether anything is there or not;
    /// `None` if there are more links than GRUB follows, or it is very long. The root is the empty
    /// path.
    pub(crate) fn resolve(&self, path: &str) -> Option<String> {
        resolve(&self.0, path)
    }

    /// As [`resolve`](Self::resolve), but each name that is passed takes one of `steps`, and
    /// nothing is followed when none is left.
    pub(crate) fn resolve_within(&self, path: &str, steps: &mut usize) -> Option<String> {
        follow(&self.0, path, steps)
    }
}

/// The path that `path` means when all `links` are followed; see [`Links::resolve`]. An absolute
/// target starts at the image's root.
pub(crate) fn resolve(links: &BTreeMap<String, String>, path: &str) -> Option<String> {
    follow(links, path, &mut usize::MAX.to_owned())
}

fn follow(links: &BTreeMap<String, String>, path: &str, steps: &mut usize) -> Option<String> {
    if path.len() > MAX_PATH {
        return None;
    }
    let mut left: VecDeque<&str> = path.split('/').collect();
    let mut at = String::new();
    let mut followed = 0;
    while let Some(part) = left.pop_front() {
        *steps = steps.saturating_sub(1);
        if *steps == 0 {
            return None;
        }
        match part {
            "" | "." => {}
            ".." => at.truncate(at.rfind('/').unwrap_or(0)),
            part => {
                let parent = at.len();
                at.push('/');
                at.push_str(part);
                let Some(target) = links.get(&at) else { continue };
                followed += 1;
                if followed > MAX_LINKS || target.len() > MAX_PATH {
                    return None;
                }
                at.truncate(if target.starts_with('/') { 0 } else { parent });
                for part in target.rsplit('/') {
                    left.push_front(part);
                }
            }
        }
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_on_inside_the_image() {
        let links = [
            ("/vmlinuz", "boot/kernel"),
            ("/boot/kernel", "../boot/./vmlinuz-6.1"),
            ("/os/current", "v5"),
            ("/debian", "."),
            ("/up", "../../.."),
            ("/loop", "loop"),
            ("/abs", "//os/current"),
        ];
        let links: BTreeMap<String, String> =
            links.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        for (path, found) in [
            ("/a/../b", Some("/b")),
            ("/vmlinuz", Some("/boot/vmlinuz-6.1")),
            ("/os/current/live/vmlinuz", Some("/os/v5/live/vmlinuz")),
            ("/abs/x", Some("/os/v5/x")),
            ("/debian/debian/debian/x", Some("/x")),
            ("/debian", Some("")),
            ("/up/x", Some("/x")),
            ("/loop", None),
            (&"/debian".repeat(8), None),
        ] {
            assert_eq!(resolve(&links, path).as_deref(), found, "{path}");
        }
    }
}
