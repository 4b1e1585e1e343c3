//! Why a tree cannot be read.

use file_tree::{Escaped, NameError, TreeError};
use std::io;
use thiserror::Error as ThisError;

/// Why a tree cannot be read. `path` is below the directory that was asked for or inside the
/// archive, unless it is that directory itself.
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
    /// Something that no tree holds.
    #[error("{path}: {source}")]
    Tree { path: String, source: TreeError },
    /// A name that no tree holds.
    #[error("{path}: {source}")]
    Name { path: String, source: NameError },
    /// More files than there are numbers for.
    #[error("{path}: more than {max} files in one tree")]
    TooMany { path: String, max: u64 },
    /// More names than there is room for.
    #[error("{path}: the names of one tree have more than {max} bytes")]
    TooManyNames { path: String, max: u64 },

    /// The archive ends in the middle of something.
    #[error("the archive ends at byte {at}, within {what}: it is truncated")]
    Truncated { at: u64, what: String },
    /// A header that is none.
    #[error("no tar header at byte {at} of the archive: {reason}")]
    Header { at: u64, reason: String },
    /// A number in a header, or in a record behind one, that cannot be.
    #[error("the header at byte {at} of the archive: the {field} `{shown}` cannot be")]
    Field { at: u64, field: &'static str, shown: String },
    /// A header that wants more memory than any sensible one.
    #[error("the header at byte {at} of the archive: {what} of {len} bytes; {max} are possible")]
    TooLong { at: u64, what: &'static str, len: u64, max: u64 },
    /// The name leaves the tree.
    #[error("`{path}` in the archive: an absolute name")]
    Absolute { path: String },
    /// The name leaves the tree.
    #[error("`{path}` in the archive: a name with `..` in it")]
    DotDot { path: String },
    /// The name goes through a symbolic link that the archive made before.
    #[error("`{path}` in the archive: `{link}` is a symbolic link, and nothing is put behind one")]
    ThroughSymlink { path: String, link: String },
    /// Something is in the place of a directory.
    #[error("`{path}` in the archive: `{parent}` is not a directory")]
    NotADirectory { path: String, parent: String },
    /// A directory that has something in it cannot be replaced by a file.
    #[error("`{path}` in the archive: there is a directory with something in it already")]
    NotEmpty { path: String },
    /// A hard link to what is not there.
    #[error("`{path}` in the archive: a hard link to `{target}`, which is not in the archive yet")]
    LinkTarget { path: String, target: String },
    /// A type of member that has no place in a tree.
    #[error("`{path}` in the archive: members of type `{kind}` are not supported")]
    Kind { path: String, kind: String },
    /// A sparse file's map that cannot be.
    #[error("`{path}` in the archive: its map of holes is wrong: {reason}")]
    Sparse { path: String, reason: String },
    /// An ACL in words that cannot be one.
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

/// A path in a message.
pub(crate) fn shown(path: &[u8]) -> String {
    Escaped(path).to_string()
}
