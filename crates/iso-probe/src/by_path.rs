//! Values by path, found with and without regard to case.

use serde::de::{Deserialize, Deserializer};
use serde::{Serialize, Serializer};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Index;
use std::sync::OnceLock;

/// A map by path, in the order of the paths' bytes. It is made once and looked into often: an index
/// without regard to case is made with the first question that needs it.
#[derive(Clone)]
pub struct ByPath<T> {
    /// Sorted by path; no path twice.
    entries: Vec<(String, T)>,
    /// The places of the entries, sorted by their paths without regard to case, then as they are
    /// spelled. Places, because all paths together may be long, and a second copy would double the
    /// memory for them.
    folded: OnceLock<Vec<usize>>,
    /// The same places by the number of slashes in the paths, in that order.
    by_depth: OnceLock<Vec<Vec<usize>>>,
}

/// The number of slashes from which on paths are not told apart: no recipe looks deeper.
const DEEPEST: usize = 8;

/// The number of slashes in a path.
fn slashes(path: &str) -> usize {
    path.bytes().filter(|byte| *byte == b'/').count()
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

impl<T> ByPath<T> {
    /// The number of paths.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no path.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The paths, in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &String> + Clone {
        self.entries.iter().map(|(path, _)| path)
    }

    /// The values, in the order of their paths.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.entries.iter().map(|(_, value)| value)
    }

    /// The paths with their values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &T)> {
        self.entries.iter().map(|(path, value)| (path, value))
    }

    /// The paths themselves, in order.
    pub fn into_keys(self) -> impl Iterator<Item = String> {
        self.entries.into_iter().map(|(path, _)| path)
    }

    /// The value of exactly this path.
    pub fn get(&self, path: &str) -> Option<&T> {
        let at = self.place(path).ok()?;
        self.entries.get(at).map(|(_, value)| value)
    }

    /// Whether there is exactly this path.
    pub fn contains_key(&self, path: &str) -> bool {
        self.place(path).is_ok()
    }

    /// Adds or replaces the value of a path, and returns the one that it had.
    pub fn insert(&mut self, path: String, value: T) -> Option<T> {
        self.folded.take();
        self.by_depth.take();
        match self.place(&path) {
            Ok(at) => self.entries.get_mut(at).map(|entry| std::mem::replace(&mut entry.1, value)),
            Err(at) => {
                self.entries.insert(at, (path, value));
                None
            }
        }
    }

    /// The path that `path` means, as it is spelled in the map. The case of ASCII letters may
    /// differ: an exact match wins, else the first in order.
    pub fn find(&self, path: &str) -> Option<&str> {
        match self.place(path) {
            Ok(at) => self.entries.get(at).map(|(path, _)| path.as_str()),
            Err(_) => self.folded_from(path).next().filter(|p| p.eq_ignore_ascii_case(path)),
        }
    }

    /// The paths that begin with `start`, whose case may differ. They come in the order without
    /// regard to case.
    pub fn beginning<'p>(&'p self, start: &str) -> impl Iterator<Item = &'p str> {
        let begins = move |path: &&str| {
            let begin = path.as_bytes().get(..start.len());
            begin.is_some_and(|begin| begin.eq_ignore_ascii_case(start.as_bytes()))
        };
        self.folded_from(start).take_while(begins)
    }

    /// The paths that begin with `start`, but only those with as many slashes as `depth` says.
    pub fn beginning_at<'p>(&'p self, depth: usize, start: &str) -> impl Iterator<Item = &'p str> {
        let all = self.by_depth().get(depth.min(DEEPEST)).map_or(&[][..], Vec::as_slice);
        let spelled = |at: &usize| self.spelled(*at);
        let first = all.partition_point(|at| compare_folded(spelled(at), start).is_lt());
        let begins = move |path: &&str| {
            let begin = path.as_bytes().get(..start.len());
            begin.is_some_and(|begin| begin.eq_ignore_ascii_case(start.as_bytes()))
        };
        let as_deep = move |path: &&str| depth < DEEPEST || slashes(path) == depth;
        all.iter().skip(first).map(spelled).take_while(begins).filter(as_deep)
    }

    /// The paths from `path` on, in the order without regard to case.
    pub(crate) fn folded_from(&self, path: &str) -> impl Iterator<Item = &str> {
        let spelled = |at: &usize| self.spelled(*at);
        let folded = self.folded();
        let first = folded.partition_point(|at| compare_folded(spelled(at), path).is_lt());
        folded.iter().skip(first).map(spelled)
    }

    /// The same paths with other values.
    pub(crate) fn map<U>(&self, value: impl Fn(&T) -> U) -> ByPath<U> {
        let entries = self.entries.iter().map(|(path, of)| (path.clone(), value(of))).collect();
        ByPath { entries, folded: self.folded.clone(), by_depth: self.by_depth.clone() }
    }

    fn spelled(&self, at: usize) -> &str {
        self.entries.get(at).map_or("", |(path, _)| path)
    }

    fn by_depth(&self) -> &[Vec<usize>] {
        self.by_depth.get_or_init(|| {
            let mut by_depth = vec![Vec::new(); DEEPEST + 1];
            for at in self.folded() {
                if let Some(same) = by_depth.get_mut(slashes(self.spelled(*at)).min(DEEPEST)) {
                    same.push(*at);
                }
            }
            by_depth
        })
    }

    fn folded(&self) -> &[usize] {
        self.folded.get_or_init(|| {
            let path = |at: &usize| self.spelled(*at);
            let mut folded: Vec<usize> = (0..self.entries.len()).collect();
            // Stable, which is fast where most is sorted already, as most images are of one case.
            folded.sort_by(|a, b| compare_folded(path(a), path(b)));
            folded
        })
    }

    fn place(&self, path: &str) -> Result<usize, usize> {
        self.entries.binary_search_by(|(found, _)| found.as_str().cmp(path))
    }
}

impl<T> Default for ByPath<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), folded: OnceLock::new(), by_depth: OnceLock::new() }
    }
}

impl<T> From<BTreeMap<String, T>> for ByPath<T> {
    fn from(map: BTreeMap<String, T>) -> Self {
        Self { entries: map.into_iter().collect(), ..Self::default() }
    }
}

impl<T> FromIterator<(String, T)> for ByPath<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(iter: I) -> Self {
        iter.into_iter().collect::<BTreeMap<_, _>>().into()
    }
}

impl<T> IntoIterator for ByPath<T> {
    type Item = (String, T);
    type IntoIter = std::vec::IntoIter<(String, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a ByPath<T> {
    type Item = (&'a String, &'a T);
    type IntoIter =
        std::iter::Map<std::slice::Iter<'a, (String, T)>, fn(&'a (String, T)) -> Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter().map(|(path, value)| (path, value))
    }
}

impl<T> Index<&str> for ByPath<T> {
    type Output = T;

    /// # Panics
    /// When there is no such path.
    fn index(&self, path: &str) -> &T {
        self.get(path).unwrap_or_else(|| panic!("no {path}"))
    }
}

// Two maps are equal if their entries are, whether their indexes have been made yet or not.
impl<T: PartialEq> PartialEq for ByPath<T> {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl<T: Eq> Eq for ByPath<T> {}

impl<T: std::fmt::Debug> std::fmt::Debug for ByPath<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<T: Serialize> Serialize for ByPath<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for ByPath<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BTreeMap::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATHS: [&str; 12] = [
        "/B/x",
        "/a",
        "/b/X",
        "/b/x",
        "/b/y/z",
        "/b0",
        "/B",
        "/é",
        "/Ê/x",
        "/b/y/Z",
        "/b/2/3/4/5/6/7/8",
        "/b/2/3/4/5/6/7/8/9",
    ];

    /// The index must find what a walk over all paths finds.
    #[test]
    fn the_index_finds_what_a_walk_finds() {
        let map: BTreeMap<String, ()> = PATHS.map(|path| (path.to_owned(), ())).into();
        let paths = ByPath::from(map.clone());
        let asked =
            PATHS.iter().flat_map(|p| [p.to_lowercase(), p.to_uppercase(), format!("{p}x")]);
        for asked in asked.chain(["", "/", "/b/", "/B/Y"].map(str::to_owned)) {
            let alike = || map.keys().find(|path| path.eq_ignore_ascii_case(&asked));
            let exact = map.get_key_value(&asked).map(|(path, ())| path);
            assert_eq!(paths.find(&asked), exact.or_else(alike).map(String::as_str), "{asked}");
            let begins =
                |path: &&String| path.to_ascii_lowercase().starts_with(&asked.to_ascii_lowercase());
            let mut found: Vec<&str> = paths.beginning(&asked).collect();
            found.sort_unstable();
            assert_eq!(found, map.keys().filter(begins).collect::<Vec<_>>(), "{asked}");
            for depth in 0..12 {
                let mut found: Vec<&str> = paths.beginning_at(depth, &asked).collect();
                found.sort_unstable();
                let walk = map.keys().filter(begins).filter(|path| slashes(path) == depth);
                assert_eq!(found, walk.collect::<Vec<_>>(), "{asked} {depth}");
            }
        }
    }

    #[test]
    fn what_is_added_is_found() {
        let mut paths: ByPath<u64> = [("/b".to_owned(), 1)].into_iter().collect();
        assert_eq!(paths.find("/A"), None);
        assert_eq!((paths.insert("/a".into(), 2), paths.insert("/b".into(), 3)), (None, Some(1)));
        assert_eq!((paths.find("/A"), paths["/a"], paths["/b"]), (Some("/a"), 2, 3));
        let json = serde_json::to_string(&paths).unwrap();
        assert_eq!(json, r#"{"/a":2,"/b":3}"#);
        assert_eq!(serde_json::from_str::<ByPath<u64>>(&json).unwrap(), paths);
    }
}
