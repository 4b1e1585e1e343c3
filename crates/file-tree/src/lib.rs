//! A tree of files as a value: what a file system is made from, before any file system.
//!
//! Names are checked when they enter ([`Name`]), so a tree can hold nothing that a file system
//! could not: no `/`, no NUL, no `.` or `..`, at most 255 bytes, no name twice. Entries are kept
//! sorted by their bytes, so the order in which a tree was put together leaves no trace.
//! Contents are [`Content`](image_layout::Content): bytes in memory, or payload by reference.

mod escaped;
mod name;
mod tree;

pub use escaped::Escaped;
pub use name::{Name, NameError};
pub use tree::{Directory, File, Meta, Node, Symlink, Timestamp, TreeError};
