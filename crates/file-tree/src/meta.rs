//! Mode, owner and time of a node.

/// A point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub seconds: i64,
    /// Nanoseconds within the second, below 1 000 000 000.
    pub nanoseconds: u32,
}

/// The metadata that every node has.
///
/// Of a source's four times only the last modification is kept: nobody can set the time of the
/// last change or of creation on a live file system, the time of the last access changes when
/// the tree is read, and either would make two builds from the same files differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meta {
    /// Permission bits with setuid, setgid and sticky: `mode & 0o7777`.
    pub mode: u16,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Time of last modification.
    pub mtime: Timestamp,
}

impl Meta {
    /// The metadata of a node that belongs to root and was last modified at `mtime`.
    pub fn root(mode: u16, mtime: Timestamp) -> Self {
        Self { mode, uid: 0, gid: 0, mtime }
    }
}
