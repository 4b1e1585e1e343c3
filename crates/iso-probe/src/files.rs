//! The files of an image, by path.

use crate::extents::FileExtents;
use crate::links::Links;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The files of an image, which are found by path with and without regard to case.
#[derive(Debug)]
pub(crate) struct Files {
    /// The paths as the image spells them, sorted, and where the files lie.
    files: Vec<(String, FileExtents)>,
    /// The indices of the files, sorted by their paths without regard to case, then as they are
    /// spelled. Indices, because all paths together may be long, and a second copy would double
    /// the memory for them.
    folded: Vec<usize>,
    /// Symbolic links to directories.
    links: Links,
    /// Files inside EFI images, by their names in the facts: `/efi.img:/vmlinuz`. They can be
    /// opened, but are not listed.
    inner: BTreeMap<String, FileExtents>,
}

/// Compares two paths without regard to the case of ASCII letters.
fn compare_folded(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    // Neighbours have most of their paths in common, so equal bytes are passed in larger steps.
    let same = a.as_chunks::<16>().0.iter().zip(b.as_chunks::<16>().0);
    let same = same.take_while(|(a, b)| a == b).count() * 16;
    let (a, b) = (a.get(same..).unwrap_or_default(), b.get(same..).unwrap_or_default());
    a.iter().map(u8::to_ascii_lowercase).cmp(b.iter().map(u8::to_ascii_lowercase))
}

impl Files {
    pub(crate) fn new(files: BTreeMap<String, FileExtents>, links: Links) -> Self {
        let files: Vec<(String, FileExtents)> = files.into_iter().collect();
        let mut folded: Vec<usize> = (0..files.len()).collect();
        let path = |at: &usize| files.get(*at).map_or("", |(path, _)| path);
        // Stable, which is fast where most is sorted already, as most images are of one case.
        folded.sort_by(|a, b| compare_folded(path(a), path(b)));
        Self { files, folded, links, inner: BTreeMap::new() }
    }

    /// Adds files inside EFI images, by their names in the facts.
    pub(crate) fn add_inner(&mut self, files: impl IntoIterator<Item = (String, FileExtents)>) {
        self.inner.extend(files);
    }

    /// The path of the file that `path` means, as the image spells it, without symbolic links to
    /// directories. The case of ASCII letters may differ, but an exact match wins.
    pub(crate) fn find(&self, path: &str) -> Option<&str> {
        let spelled = |path: &str| match self.index(path) {
            Some(at) => self.files.get(at).map(|(path, _)| path.as_str()),
            None => self.folded_from(path).next().filter(|found| found.eq_ignore_ascii_case(path)),
        };
        let inner = || self.inner.get_key_value(path).map(|(name, _)| name.as_str());
        spelled(path).or_else(|| spelled(&self.links.resolve(path)?)).or_else(inner)
    }

    /// Whether there is a directory `path` with a file somewhere in it.
    pub(crate) fn has_directory(&self, path: &str) -> bool {
        let there = |path: &str| {
            let prefix = format!("{}/", path.trim_end_matches('/'));
            self.folded_from(&prefix).next().is_some_and(|path| below(path, &prefix).is_some())
        };
        there(path) || self.links.resolve(path).is_some_and(|path| there(&path))
    }

    /// The names of the files in a directory, and of the directories in it that have files.
    pub(crate) fn names(&self, directory: &str) -> impl Iterator<Item = String> + '_ {
        let prefix = format!("{}/", directory.trim_end_matches('/'));
        let mut from = prefix.clone();
        std::iter::from_fn(move || {
            let path = self.folded_from(&from).next()?;
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
        self.files.iter().map(|(path, _)| path.as_str())
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
        let listed = self.index(path).and_then(|at| self.files.get(at));
        listed.map(|(_, extents)| extents).or_else(|| self.inner.get(path))
    }

    /// The file that starts at byte `start` of the image.
    pub(crate) fn at(&self, start: u64) -> Option<(String, FileExtents)> {
        let mut files = self.files.iter();
        files.find(|(_, file)| file.extents.first().is_some_and(|e| e.0 == start)).cloned()
    }

    /// The lengths of all files, by path.
    pub(crate) fn lengths(&self) -> BTreeMap<String, u64> {
        self.files.iter().map(|(path, extents)| (path.clone(), extents.len)).collect()
    }

    /// The index of the file of exactly this path.
    fn index(&self, path: &str) -> Option<usize> {
        self.files.binary_search_by(|(found, _)| found.as_str().cmp(path)).ok()
    }

    /// The paths from `path` on, in the order without regard to case.
    fn folded_from(&self, path: &str) -> impl Iterator<Item = &str> {
        let spelled = |at: &usize| self.files.get(*at).map_or("", |(path, _)| path);
        let first = self.folded.partition_point(|at| compare_folded(spelled(at), path).is_lt());
        self.folded.iter().skip(first).map(spelled)
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
