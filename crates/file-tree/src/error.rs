//! The reasons why something cannot be part of a tree.

use crate::{Name, NameError};
use thiserror::Error;

/// The reason why a value cannot be part of a tree, or a node cannot be put where it was asked to
/// go.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
#[allow(missing_docs)] // the messages say what the fields are
pub enum TreeError {
    /// A component of the path is no name.
    #[error("`{path}`: {source}")]
    Name { path: String, source: NameError },
    /// The path is taken.
    #[error("`{path}` is there already")]
    Exists { path: String },
    /// Nothing has this path.
    #[error("`{path}` is not there")]
    Missing { path: String },
    /// A component of the path is not a directory.
    #[error("`{path}`: `{component}` is not a directory")]
    NotADirectory { path: String, component: Name },
    /// A second name for a directory.
    #[error("`{path}` is a directory, and a directory has one name; make a symbolic link")]
    LinkedDirectory { path: String },
    /// A symbolic link that points nowhere.
    #[error(
        "a symbolic link has a target of {len} bytes{}; it must have 1 to 4095, none of them NUL",
        if *nul { " with a NUL in it" } else { "" }
    )]
    SymlinkTarget { len: usize, nul: bool },
    /// Device numbers have 12 bits of major and 20 bits of minor.
    #[error("the device number {major}:{minor} is too large; 4095:1048575 is the largest")]
    DeviceNumber { major: u32, minor: u32 },
    /// The pieces of a file add up to more than a signed 64-bit offset reaches.
    #[error("a file's contents end beyond byte {}", i64::MAX)]
    FileTooLong,
    /// The name of an extended attribute.
    #[error(
        "`{shown}` is no name of an extended attribute: it must have 3 to 255 bytes, none of \
         them NUL, and start with a namespace such as `user.`"
    )]
    XattrName { shown: String },
    /// The value of an extended attribute.
    #[error(
        "the extended attribute `{name}` has a value of {len} bytes; at most 65536 are possible"
    )]
    XattrValue { name: String, len: usize },
    /// A POSIX ACL that is not in the form that Linux hands out.
    #[error("the extended attribute `{name}` of {len} bytes is no POSIX ACL of version 2")]
    Acl { name: String, len: usize },
}
