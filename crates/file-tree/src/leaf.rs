//! Files, symbolic links and devices: the nodes that hold no others.

use crate::{FileContent, Meta, TreeError, Xattrs};

/// A regular file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Mode, owner, time.
    pub meta: Meta,
    /// Extended attributes.
    pub xattrs: Xattrs,
    /// The bytes it holds, or where they come from.
    pub content: FileContent,
}

impl File {
    /// A file without extended attributes.
    pub fn new(meta: Meta, content: impl Into<FileContent>) -> Self {
        Self { meta, xattrs: Xattrs::new(), content: content.into() }
    }
}

/// A symbolic link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symlink {
    /// Mode, owner, time; the mode is 0o777 by convention.
    pub meta: Meta,
    /// Extended attributes (Linux lets a symbolic link have no `user.` ones).
    pub xattrs: Xattrs,
    target: Box<[u8]>,
}

impl Symlink {
    /// Longest target, in bytes: longer ones nothing follows.
    pub const TARGET_MAX: usize = 4095;

    /// A link to `target`, without extended attributes.
    ///
    /// # Errors
    /// [`TreeError::SymlinkTarget`]: no byte, more than 4095, or a NUL among them.
    pub fn new(meta: Meta, target: &[u8]) -> Result<Self, TreeError> {
        let (len, nul) = (target.len(), target.contains(&0));
        if len == 0 || len > Self::TARGET_MAX || nul {
            return Err(TreeError::SymlinkTarget { len, nul });
        }
        Ok(Self { meta, xattrs: Xattrs::new(), target: target.into() })
    }

    /// The path that it points to: any bytes but NUL, at least one.
    pub fn target(&self) -> &[u8] {
        &self.target
    }
}

/// A device, fifo or socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Special {
    /// Mode, owner, time.
    pub meta: Meta,
    /// Extended attributes.
    pub xattrs: Xattrs,
    /// The kind of node, with the number of a device.
    pub kind: SpecialKind,
}

impl Special {
    /// A special node without extended attributes.
    pub fn new(meta: Meta, kind: SpecialKind) -> Self {
        Self { meta, xattrs: Xattrs::new(), kind }
    }
}

/// Nodes that are nothing but a type and perhaps a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpecialKind {
    /// A block device.
    Block(DeviceNumber),
    /// A character device.
    Character(DeviceNumber),
    /// A named pipe.
    Fifo,
    /// A socket in the file system.
    Socket,
}

/// Major and minor number of a device: 12 and 20 bits, as in Linux.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeviceNumber {
    major: u32,
    minor: u32,
}

impl DeviceNumber {
    /// Checks the numbers.
    ///
    /// # Errors
    /// [`TreeError::DeviceNumber`].
    pub fn new(major: u32, minor: u32) -> Result<Self, TreeError> {
        if major >= 1 << 12 || minor >= 1 << 20 {
            return Err(TreeError::DeviceNumber { major, minor });
        }
        Ok(Self { major, minor })
    }

    /// The driver: below 2^12.
    pub fn major(self) -> u32 {
        self.major
    }

    /// The driver's device: below 2^20.
    pub fn minor(self) -> u32 {
        self.minor
    }
}
