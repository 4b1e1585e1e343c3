//! A disk image as a value: a sorted list of *named, disjoint* claims on its bytes.
//!
//! ```text
//! 000000000000           440  bytes  mbr/boot code
//! 0000000001b8             6  bytes  mbr/disk signature
//! 000000000200        100864  bytes  grub/core.img
//! 000000100400          1024  bytes  usbboot/superblock
//! 000002300000     734003200  source isos/file /debian.iso
//! ```
//!
//! A [`Layout`] of any size costs only its metadata: payload stays where it is, named by a
//! [`SourceId`], until a sink copies it. A gap that nobody claims means *don't care* (a hole in a
//! file); [`Content::Zero`] means *must read as zero*. Overlaps are found when claimed, and the
//! error names both owners. [`Reader`] is the image before it exists on disk; [`ReadAt`] is one that
//! does.

mod condensed;
mod content;
mod file_extent;
mod findings;
mod layout;
mod read_at;
mod reader;
mod regions;
mod sector;

pub use condensed::Condensed;
pub use content::{Content, SourceId};
pub use file_extent::{FileExtent, FileExtents};
pub use findings::Findings;
pub use layout::{ClaimError, Layout};
pub use read_at::{Part, Positioned, ReadAt, read_array};
pub use reader::{Reader, Sources};
pub use regions::Region;
pub use sector::SectorSize;
