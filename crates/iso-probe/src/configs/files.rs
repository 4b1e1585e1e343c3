//! The files of an image as the readers of configurations see them, and how paths are joined.

use super::budget::{MenuBudget, Spent};
use std::rc::Rc;

/// The names by which GRUB knows the volume.
#[derive(Debug, Clone, Default)]
pub(crate) struct Volume {
    pub(crate) label: String,
    /// `None` if it has none.
    pub(crate) uuid: Option<String>,
}

/// The files of an image, by absolute path, with the budget that reading them is charged to.
pub(super) trait Files {
    /// The volume that the files are on.
    fn volume(&self) -> &Volume;
    /// The text of a file, without carriage returns; `None` if there is no such file, or it is too
    /// large for a configuration.
    fn text(&mut self, path: &str) -> Result<Option<Rc<str>>, Spent>;
    /// The size of a file, in bytes.
    fn len(&self, path: &str) -> Option<u64>;
    /// Whether there is a directory of this path.
    fn is_directory(&self, path: &str) -> bool;
    /// The names in a directory, in the order in which ISO 9660 sorts them.
    fn names(&mut self, directory: &str) -> Result<Vec<String>, Spent>;
    /// From now on, also finds the files of the volume that this one lies in, if there is one: an
    /// EFI image lies in an ISO, and GRUB searches both.
    fn look_behind(&mut self) {}
    /// The budget that all work is charged to.
    fn budget(&mut self) -> &mut MenuBudget;
}

/// The absolute path that `path` means in the directory `from`, with `.` and `..` resolved. If it
/// starts with `/`, `from` does not matter.
pub(super) fn join(from: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let start = if path.starts_with('/') { "" } else { from };
    for part in start.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.iter().fold(String::new(), |path, part| path + "/" + part)
}

/// The directory of a file.
pub(super) fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// Files in memory, for the readers' tests.
#[cfg(test)]
pub(super) mod memory {
    use super::{Files, MenuBudget, Spent, Volume};
    use std::collections::{BTreeMap, BTreeSet};
    use std::rc::Rc;

    /// A tree of texts.
    #[derive(Debug, Default)]
    pub(in super::super) struct Memory {
        pub(in super::super) volume: Volume,
        files: BTreeMap<String, Rc<str>>,
        pub(in super::super) budget: MenuBudget,
        /// The number of files whose text was asked for and given.
        pub(in super::super) read: usize,
    }

    impl Memory {
        pub(in super::super) fn new<'a>(
            files: impl IntoIterator<Item = (&'a str, &'a str)>,
        ) -> Self {
            let files = files.into_iter().map(|(path, text)| (path.to_owned(), text.into()));
            Self { files: files.collect(), ..Self::default() }
        }
    }

    impl Files for Memory {
        fn volume(&self) -> &Volume {
            &self.volume
        }

        fn text(&mut self, path: &str) -> Result<Option<Rc<str>>, Spent> {
            let Some(text) = self.files.get(path).cloned() else { return Ok(None) };
            self.budget.charge_bytes(text.len())?;
            self.read += 1;
            Ok(Some(text))
        }

        fn len(&self, path: &str) -> Option<u64> {
            self.files.get(path).map(|text| text.len() as u64)
        }

        fn is_directory(&self, path: &str) -> bool {
            let prefix = format!("{}/", path.trim_end_matches('/'));
            self.files.keys().any(|path| path.starts_with(&prefix))
        }

        fn names(&mut self, directory: &str) -> Result<Vec<String>, Spent> {
            let prefix = format!("{}/", directory.trim_end_matches('/'));
            let inside = self.files.keys().filter_map(|path| path.strip_prefix(&prefix));
            let names: BTreeSet<&str> = inside.filter_map(|rest| rest.split('/').next()).collect();
            let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
            names.sort_by_key(|name| name.to_ascii_uppercase());
            self.budget.charge(names.len())?;
            Ok(names)
        }

        fn budget(&mut self) -> &mut MenuBudget {
            &mut self.budget
        }
    }
}
