//! The error of reading a tree.

use file_tree::{NameError, TreeError};
use shown_text::Shown;
use std::io;
use thiserror::Error as ThisError;

/// The error of reading a tree. `path` is relative to the directory or archive that is read, or the
/// path of that directory itself.
#[derive(Debug, ThisError)]
#[non_exhaustive]
#[allow(missing_docs)] // the messages say what the fields are
pub enum Error {
    /// A system call failed.
    #[error("{path}: {what}: {source}")]
    Io { path: String, what: &'static str, source: io::Error },
    /// Something changed while it was being read.
    #[error("{path}: changed while it was being read: {what}")]
    Changed { path: String, what: String },
    /// The thing cannot be in a tree.
    #[error("{path}: {source}")]
    Tree { path: String, source: TreeError },
    /// The name cannot be in a tree.
    #[error("{path}: {source}")]
    Name { path: String, source: NameError },
    /// The tree has more files than there are source ids.
    #[error("{path}: more than {max} files in one tree")]
    TooMany { path: String, max: u64 },
    /// The names are longer together than there is room for.
    #[error("{path}: the names of one tree have more than {max} bytes")]
    TooManyNames { path: String, max: u64 },

    /// The archive ends in the middle of something.
    #[error("the archive ends at byte {at}, within {what}: it is truncated")]
    Truncated { at: u64, what: String },
    /// A block is no tar header where one must be.
    #[error("no tar header at byte {at} of the archive: {reason}")]
    Header { at: u64, reason: String },
    /// A number in a header, or in a record behind one, is impossible.
    #[error("the header at byte {at} of the archive: the {field} `{shown}` cannot be")]
    Field { at: u64, field: &'static str, shown: String },
    /// A header declares more bytes than are read into memory.
    #[error("the header at byte {at} of the archive: {what} of {len} bytes; {max} are possible")]
    TooLong { at: u64, what: &'static str, len: u64, max: u64 },
    /// The archive makes more of itself than its length allows.
    #[error("the header at byte {at} of the archive: {what}: {len}, and {max} are possible here")]
    TooMuch { at: u64, what: &'static str, len: u64, max: u64 },
    /// The name has more levels of directories than are read.
    #[error(
        "`{path}…` in the archive: a name of {levels} levels; {max} are possible: pack the archive \
         anew without it"
    )]
    TooDeep { path: String, levels: usize, max: usize },
    /// The name is absolute, so it leads out of the tree.
    #[error("`{path}` in the archive: an absolute name")]
    Absolute { path: String },
    /// The name has `..` in it, so it may lead out of the tree.
    #[error("`{path}` in the archive: a name with `..` in it")]
    DotDot { path: String },
    /// The name goes through a symbolic link that the archive made before.
    #[error("`{path}` in the archive: `{link}` is a symbolic link, and nothing is put behind one")]
    ThroughSymlink { path: String, link: String },
    /// The name is below a thing that is no directory.
    #[error("`{path}` in the archive: `{parent}` is not a directory")]
    NotADirectory { path: String, parent: String },
    /// The name is that of a directory which is not empty, so no file can replace it.
    #[error("`{path}` in the archive: there is a directory with something in it already")]
    NotEmpty { path: String },
    /// A hard link leads to a name that has not come yet.
    #[error("`{path}` in the archive: a hard link to `{target}`, which is not in the archive yet")]
    LinkTarget { path: String, target: String },
    /// The member is of a type that a tree cannot hold.
    #[error("`{path}` in the archive: members of type `{kind}` are not supported")]
    Kind { path: String, kind: String },
    /// The map of a sparse file is impossible.
    #[error("`{path}` in the archive: its map of holes is wrong: {reason}")]
    Sparse { path: String, reason: String },
    /// An ACL in text form is wrong.
    #[error(
        "`{path}` in the archive: no ACL in numbers: `{entry}`; \
         pack with `--numeric-owner`, or without `--acls`"
    )]
    Acl { path: String, entry: String },
}

impl Error {
    pub(crate) fn io(
        path: impl Into<String>,
        what: &'static str,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, what, source }
    }
}

/// A path as messages show it.
pub(crate) fn shown(path: &[u8]) -> String {
    Shown(path).to_string()
}
