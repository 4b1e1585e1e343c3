//! Reads a disk image back: its partitions, its file systems, their files and where these lie.
//!
//! ```text
//! path ─► DiskImage ─► Disk ─► Volume ─► FileSystem ─► Node ─► File
//!         its bytes    table   a part    ext, FAT      a path   bytes, and extents of the image
//!         whatever             of it
//!         they lie in
//! ```
//!
//! ```no_run
//! use key_read::{Disk, DiskImage};
//! # fn main() -> Result<(), key_read::Error> {
//! let image = DiskImage::open("key.img".as_ref())?;
//! let disk = Disk::read(&image)?;
//! for volume in disk.volumes() {
//!     let Some(files) = volume.file_system()? else { continue };
//!     for entry in files.entries(&files.root()?)? {
//!         println!("{}:/{}", volume.number, String::from_utf8_lossy(&entry.name));
//!     }
//! }
//! # Ok(()) }
//! ```
//!
//! Any image may come: hostile bytes stop at the readers of the formats, which are
//! [`partition_table::read`], [`fs_ext::read`] and [`fs_fat::read`].
// Reading files and devices is what this crate is for.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod bad_sectors;
mod container;
mod disk;
mod error;
mod file;
mod file_system;
mod image;
mod node;
mod path;
mod recognise;
mod select;
mod streamed;
mod walk;

pub use bad_sectors::BadRange;
pub use disk::{Disk, Volume};
pub use error::Error;
pub use file::File;
pub use file_system::FileSystem;
pub use fs_ext::read::FileType;
pub use image::DiskImage;
pub use image_layout::{FileExtent, Part, ReadAt, read_array};
pub use node::{DirectoryEntry, Node};
pub use recognise::{Content, recognise};
pub use select::is_iso;
pub use streamed::{OnUnpacked, StreamedImage};
pub use walk::{Visited, Walk};
