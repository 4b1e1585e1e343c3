//! The files of an image, as the readers of configurations see them.

use super::budget::{MenuBudget, Spent};
use super::files::{Files, Volume};
use crate::contents::Contents;
use std::rc::Rc;

/// The greatest length of a configuration file, in bytes, and the number of files to read, with
/// those that others include.
const MAX_BYTES: usize = 256 << 10;
const MAX_FILES: usize = 128;

/// The text files of an image, read within limits.
pub(super) struct Texts<'a, 'r> {
    contents: &'a mut Contents<'r>,
    volume: &'a Volume,
    budget: MenuBudget,
    files_left: usize,
}

impl<'a, 'r> Texts<'a, 'r> {
    /// The texts of an image, with a budget for all of its menus.
    pub(super) fn new(contents: &'a mut Contents<'r>, volume: &'a Volume) -> Self {
        Self { contents, volume, budget: MenuBudget::default(), files_left: MAX_FILES }
    }

    /// The path as the image spells it.
    pub(super) fn find(&self, path: &str) -> Option<&str> {
        self.contents.files().find(path)
    }
}

impl Files for Texts<'_, '_> {
    fn volume(&self) -> &Volume {
        self.volume
    }

    fn text(&mut self, path: &str) -> Result<Option<Rc<str>>, Spent> {
        let Some(path) = self.contents.files().find(path).map(str::to_owned) else {
            return Ok(None);
        };
        let Some(len) = self.contents.files().len(&path).filter(|len| *len <= MAX_BYTES as u64)
        else {
            return Ok(None);
        };
        self.files_left = self.files_left.checked_sub(1).ok_or(Spent)?;
        self.budget.charge_bytes(usize::try_from(len).unwrap_or(MAX_BYTES))?;
        let bytes = self.contents.head(&path, MAX_BYTES);
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).replace('\r', "").into()))
    }

    fn len(&self, path: &str) -> Option<u64> {
        self.contents.files().len(self.contents.files().find(path)?)
    }

    fn is_directory(&self, path: &str) -> bool {
        self.contents.files().has_directory(path)
    }

    fn names(&mut self, directory: &str) -> Result<Vec<String>, Spent> {
        let mut names = Vec::new();
        for name in self.contents.files().names(directory) {
            self.budget.charge_bytes(name.len())?;
            names.push(name);
        }
        names.sort_by_key(|name| name.to_ascii_uppercase());
        Ok(names)
    }

    fn look_behind(&mut self) {
        self.contents.look_behind();
    }

    fn budget(&mut self) -> &mut MenuBudget {
        &mut self.budget
    }
}
