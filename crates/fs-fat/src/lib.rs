//! FAT12, FAT16 and FAT32 file systems, made from a tree of files without touching either.
//!
//! [`lay_out`] turns a [`Directory`](file_tree::Directory) into an image as a value: a
//! [`Layout`](image_layout::Layout), in which every byte that must be something belongs to a
//! region with a name. Contents that are references stay references. What it is for is the EFI
//! system partition, which firmware reads: FAT and nothing else; and a partition for ISOs that every
//! system can write to.
//!
//! ```text
//!  0            reserved sectors            data
//!  ├──────┬──────┬───┬──────┬──────┬───────┬───────┬────┬────┬──────────────┬──────────────┐
//!  │ boot │FSInfo│   │backup│backup│       │ FAT 1 │FAT │root│ directories, │ free         │
//!  │sector│      │ 0 │ boot │FSInfo│   0   │       │ 2  │dir.│ files        │ (unclaimed)  │
//!  └──────┴──────┴───┴──────┴──────┴───────┴───────┴────┴────┴──────────────┴──────────────┘
//!          └──── FAT32 only ──────┘           ▲      in FAT32 one directory like the others
//!                                             │
//!          a number for each cluster: which is next in its file
//! ```
//!
//! ```
//! use file_tree::{Directory, File, Meta, Node, Timestamp};
//! use fs_fat::{FatType, Label, Options, lay_out, smallest};
//! use image_layout::{Content, SourceId};
//!
//! let time = Timestamp { seconds: 1_246_190_400, nanoseconds: 0 };
//! let mut tree = Directory::new(Meta::root(0o755, time));
//! let grub = Content::Source { id: SourceId(0), offset: 0, len: 700_000 };
//! tree.insert(b"EFI/BOOT/BOOTX64.EFI", Node::File(File::new(Meta::root(0o644, time), grub)))?;
//!
//! let mut options = Options::new(0x1234_ABCD, time);
//! options.label = Some(Label::new("esp")?);
//! options.hidden_sectors = 2048; // the partition starts at 1 MiB
//! options.kind = Some(FatType::Fat32);
//! let size = smallest(&tree, &options, 0)?;
//! let layout = lay_out(&tree, size, &options)?;
//!
//! // FAT32 has at least 65,525 clusters, here of one sector.
//! assert_eq!(size, 34_098_688);
//! let file = layout.regions().find(|r| r.name == "file /EFI/BOOT/BOOTX64.EFI").ok_or("none")?;
//! assert_eq!(file.content, Content::Source { id: SourceId(0), offset: 0, len: 700_000 });
//! assert!(lay_out(&tree, size - 512, &options).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where things are
//!
//! The bytes of the tables that are written are the driver's, the crate [`hadris_fat`] (ADR 8); which there are, and
//! who they belong to, is found out here.
//!
//! - `options`: what a caller chooses, and times as FAT has them;
//! - `names`: what FAT can hold: names, which two of them are one, and nodes;
//! - `device`: a disk in memory that keeps no zeros;
//! - `populate`: the driver formats it and makes every entry, but is told that files hold zeros;
//! - `fit`: the smallest size that does;
//! - [`read`], on the tables of [`mod@format`]: the way back, whoever made the file system;
//! - [`check`](mod@check): whether one that was used is whole, whoever made it;
//! - `lay_out`: the driver's sectors as regions, and the files' contents where they belong.
//!
//! # What is claimed
//!
//! Everything before the data, and every cluster in use to its end: what a file leaves of its last
//! one must read as zero. Free clusters may hold anything. Nobody's code is in the boot sector;
//! should a BIOS start it, it passes on to the next device (`int 18h`).

pub mod check;
mod device;
mod error;
mod fat_type;
mod fit;
pub mod format;
mod lay_out;
mod names;
mod options;
mod populate;
pub mod read;

pub use error::Error;
pub use fat_type::FatType;
pub use lay_out::{cluster_size, lay_out, smallest};
pub use options::{Label, Options};
