//! The files that Xen entries start.

use crate::InitrdSize;
use crate::origin::NamedPackage;
use file_tree::FileContent;

/// The files of an `[[entry]]` with `xen`.
#[derive(Debug, Clone)]
pub struct XenFiles {
    /// The hypervisor.
    pub hypervisor: BootFile,
    /// The kernel of dom0, the system that Xen starts first.
    pub kernel: BootFile,
    /// The initrd of dom0.
    pub initrd: Option<BootFile>,
    /// The size of that initrd, if there is one and it can be read.
    pub initrd_size: Option<InitrdSize>,
}

/// A file that GRUB loads.
#[derive(Debug, Clone)]
pub enum BootFile {
    /// A file to be carried onto the key.
    Carried {
        /// The name that the user gave; for messages only.
        shown: String,
        /// The file's bytes.
        content: FileContent,
        /// The package that it was taken from, if the spec names one.
        package: Option<NamedPackage>,
        /// The SHA-256 in hex, if it was asked for, or costs next to nothing.
        sha256: Option<String>,
    },
    /// A file inside an ISO of the key.
    InIso {
        /// The number of the ISO in the inventory, from 0.
        iso: usize,
        /// The file's path in the ISO.
        path: String,
        /// The file's bytes, by their places in the ISO.
        content: FileContent,
    },
}
