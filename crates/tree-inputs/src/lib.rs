//! Reads trees of files: directories on disk and tar archives.
//!
//! ```text
//!  /some/rootfs ── from_directory ──► (Directory, DirectorySources)
//!  rootfs.tar ──── from_tar ────────► (Directory, TarSources)       contents stay in the archive
//!  curl | zcat ─── from_tar_stream ─► (Directory, TarSources)       contents go to a spool file
//!                        ▲
//!                  MetadataPolicy: owners, modes, times, attributes kept or pinned
//! ```
//!
//! The tree is a value that refers to contents by number; the writer of the image gets the bytes
//! from the sources. Directories are read in sorted order: neither the order on disk nor inode
//! numbers nor the time of reading change the tree.
//!
//! ```
//! use file_tree::{MetadataPolicy, Owners};
//! use image_layout::SourceId;
//!
//! # let dir = tempfile::tempdir()?;
//! # std::fs::write(dir.path().join("hello"), "world")?;
//! // Everything as root's, though anybody may run this.
//! let owners = Owners::Pinned { uid: 0, gid: 0 };
//! let policy = MetadataPolicy { owners, ..MetadataPolicy::KEEP };
//! let (tree, sources) = tree_inputs::from_directory(dir.path(), &policy, SourceId(0))?;
//! // … lay a file system out of `tree`, write it with the bytes of `sources`, and then:
//! sources.check_unchanged()?;
//! # assert_eq!(tree.nodes().count(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Hostile input
//!
//! In a directory, a file or directory that changes or vanishes while it is read, or that may not
//! be read, is an [`Error`] that names it. No symbolic link is followed, and trees may be deeper
//! than the stack or the limit of open files. In an archive, names that are absolute, hold `..` or
//! lead through a symbolic link are errors, and so are truncation and impossible sizes and maps.
//! Memory grows with the number of files, never with their lengths or what they claim to hold.
// Opening files is what this crate is for.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod directory;
mod error;
pub mod format;
mod tar;

pub use directory::{DirectorySources, from_directory};
pub use error::Error;
pub use tar::{TarSources, from_tar, from_tar_stream};
