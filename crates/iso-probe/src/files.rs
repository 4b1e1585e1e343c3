//! The files of an image, by path.

use crate::by_path::ByPath;
use crate::extents::FileExtents;
use crate::links::Links;
use std::collections::BTreeMap;

/// The files of an image, which are found by path with and without regard to case.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// The paths as the image spells them, and where the files lie.
    files: ByPath<FileExtents>,
    /// Symbolic links to directories.
    links: Links,
    /// Files inside EFI images, by their names in the facts: `/efi.img:/vmlinuz`. They can be
    /// opened, but are not listed.
    inner: BTreeMap<String, FileExtents>,
    /// The image's own files, kept while the files above stand in for them.
    behind: Option<Box<Files>>,
    /// Whether a path that is not found here is looked for in `behind`; `None` if it never may be.
    sees_behind: Option<bool>,
}

impl Files {
    pub(crate) fn new(files: BTreeMap<String, FileExtents>, links: Links) -> Self {
        Self { files: files.into(), links, ..Self::default() }
    }

    /// The files `files`, which stand in for `own`. [`look_behind`](Self::look_behind) makes `own`
    /// visible behind them if that is `allowed`.
    pub(crate) fn in_front_of(
        own: Self,
        files: BTreeMap<String, FileExtents>,
        allowed: bool,
    ) -> Self {
        let (behind, sees_behind) = (Some(Box::new(own)), allowed.then_some(false));
        Self { behind, sees_behind, ..Self::new(files, Links::default()) }
    }

    /// From now on, also finds the files behind these, if that is allowed.
    pub(crate) fn look_behind(&mut self) {
        if let Some(sees) = &mut self.sees_behind {
            *sees = true;
        }
    }

    /// The files that these stand in for, which are given back.
    pub(crate) fn take_behind(&mut self) -> Option<Self> {
        self.behind.take().map(|own| *own)
    }

    fn seen_behind(&self) -> Option<&Self> {
        self.behind.as_deref().filter(|_| self.sees_behind == Some(true))
    }

    /// Adds files inside EFI images, by their names in the facts.
    pub(crate) fn add_inner(&mut self, files: impl IntoIterator<Item = (String, FileExtents)>) {
        self.inner.extend(files);
    }

    /// The path of the file that `path` means, as the image spells it, without symbolic links to
    /// directories. The case of ASCII letters may differ, but an exact match wins.
    pub(crate) fn find(&self, path: &str) -> Option<&str> {
        let inner = || self.inner.get_key_value(path).map(|(name, _)| name.as_str());
        let through_links = || self.files.find(&self.links.resolve(path)?);
        let behind = || self.seen_behind()?.find(path);
        self.files.find(path).or_else(through_links).or_else(inner).or_else(behind)
    }

    /// Whether there is a directory `path` with a file somewhere in it.
    pub(crate) fn has_directory(&self, path: &str) -> bool {
        let there = |path: &str| {
            let prefix = format!("{}/", path.trim_end_matches('/'));
            self.files.beginning(&prefix).next().is_some()
        };
        there(path)
            || self.links.resolve(path).is_some_and(|path| there(&path))
            || self.seen_behind().is_some_and(|own| own.has_directory(path))
    }

    /// The names of the files in a directory, and of the directories in it that have files.
    pub(crate) fn names(&self, directory: &str) -> impl Iterator<Item = String> + '_ {
        let prefix = format!("{}/", directory.trim_end_matches('/'));
        let mut from = prefix.clone();
        std::iter::from_fn(move || {
            let path = self.files.folded_from(&from).next()?;
            let rest = below(path, &prefix)?;
            let name = rest.split('/').next().unwrap_or(rest);
            // Skips all that lies below a directory: `0` is the character behind `/`.
            from = match rest == name {
                true => format!("{path}\0"),
                false => format!("{prefix}{name}0"),
            };
            Some(name.to_owned())
        })
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The paths of files that lie in more than one piece.
    pub(crate) fn multi_extent(&self) -> impl Iterator<Item = String> + '_ {
        self.files.iter().filter(|f| f.1.in_pieces()).map(|f| f.0.clone())
    }

    pub(crate) fn len(&self, path: &str) -> Option<u64> {
        Some(self.extents(path)?.len)
    }

    /// The place of a file in the image.
    pub(crate) fn extents(&self, path: &str) -> Option<&FileExtents> {
        let behind = || self.seen_behind()?.extents(path);
        self.files.get(path).or_else(|| self.inner.get(path)).or_else(behind)
    }

    /// The file that starts at byte `start` of the image.
    pub(crate) fn at(&self, start: u64) -> Option<(String, FileExtents)> {
        let mut files = self.files.iter();
        let file = files.find(|(_, file)| file.extents.first().is_some_and(|e| e.0 == start))?;
        Some((file.0.clone(), file.1.clone()))
    }

    /// The lengths of all files, by path.
    pub(crate) fn lengths(&self) -> ByPath<u64> {
        self.files.map(|extents| extents.len)
    }
}

/// The rest of `path` behind `prefix`, whose case may differ.
fn below<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    let (start, rest) = path.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(paths: &[&str]) -> Files {
        let files = paths.iter().map(|path| ((*path).to_owned(), FileExtents::default()));
        Files::new(files.collect(), Links::default())
    }

    #[test]
    fn case_matters_only_where_nothing_fits_better() {
        let files = files(&["/B/x", "/a", "/b/X", "/b/x", "/b/y/z", "/b0"]);
        for (asked, found) in [
            ("/b/x", Some("/b/x")),
            ("/B/X", Some("/B/x")),
            ("/b/X", Some("/b/X")),
            ("/A", Some("/a")),
            ("/b", None),
            ("/b/", None),
            ("/c", None),
        ] {
            assert_eq!(files.find(asked), found, "{asked}");
        }
        let names = |directory: &str| files.names(directory).collect::<Vec<_>>();
        assert_eq!(names("/b"), ["x", "y"]);
        assert_eq!(names("/"), ["a", "B", "b0"]);
        assert_eq!(names("/a"), [""; 0]);
        for (directory, there) in [("/B/Y/", true), ("", true), ("/a", false), ("/b/x", false)] {
            assert_eq!(files.has_directory(directory), there, "{directory}");
        }
    }
}
