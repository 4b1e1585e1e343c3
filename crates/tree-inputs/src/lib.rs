//! Reads trees of files from the outside: directories on disk and tar archives.
//!
//! ```text
//!  /some/rootfs ── from_directory ──► (Directory, DirectorySources)
//!  rootfs.tar ──── from_tar ────────► (Directory, TarSources)       contents stay in the archive
//!  curl | zcat ─── from_tar_stream ─► (Directory, TarSources)       contents go to a spool file
//!                        ▲
//!                  MetadataPolicy: owners, modes, times, attributes kept or pinned
//! ```
//!
//! The tree is a value with contents by reference; whoever writes the image asks the sources for
//! the bytes. Directories are read in sorted order, and nothing of a machine's order, inode
//! numbers or times of reading reaches the tree.
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
//! # What ends here
//!
//! A directory: a file, or a directory, that changes or vanishes while it is read; what may not
//! be read; symbolic links that lead out (none is followed); trees deeper than a stack or than
//! the number of open files. An archive: names that are absolute, hold `..` or lead through a
//! symbolic link; truncation; sizes and maps that cannot be. All of these are an [`Error`] that
//! names the file. Memory grows with the number of files and never with what they hold or say
//! to hold.
// This crate reads the outside.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod directory;
mod error;
pub mod format;
mod tar;

pub use directory::{DirectorySources, from_directory};
pub use error::Error;
pub use tar::{TarSources, from_tar, from_tar_stream};
