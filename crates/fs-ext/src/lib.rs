//! ext2, ext3 and ext4 file systems, made from a tree of files without touching either.
//!
//! [`lay_out`] turns a [`Directory`](file_tree::Directory) into an image as a value: a
//! [`Layout`](image_layout::Layout), in which every byte that must be something belongs to a
//! region with a name. Contents that are references stay references, so that a file system of
//! any size costs only its tables.
//!
//! ```text
//!  0      1 KiB
//!  ├──────┬──────────────────────────┬──────────────────────────┬─ ─ ─┬──────────────┐
//!  │ boot │ group 0                  │ group 1                  │     │ last, short  │
//!  └──────┴──────────────────────────┴──────────────────────────┴─ ─ ─┴──────────────┘
//!         ╱                          ╲   8 × block size blocks, as one bitmap has bits
//!  ┌─────┬───────────┬──────────┬─────┬─────┬─────────────┬──────────────────────────┐
//!  │super│group      │reserved  │block│inode│inode table  │ data: files, directories,│
//!  │block│descriptors│GDT blocks│bit- │bit- │             │ indirect blocks, journal,│
//!  │     │           │          │map  │map  │ used │ zero │ … │ free                 │
//!  └─────┴───────────┴──────────┴─────┴─────┴──────┴──────┴───┴──────────────────────┘
//!   └ only in groups 0, 1 and ┘              └──┬─┘         ▲
//!     powers of 3, 5 and 7                      └ i_block ──┘
//! ```
//!
//! In ext4, sixteen groups have their bitmaps and inode tables together in the first of them.
//!
//! ```
//! use file_tree::{Directory, File, Meta, Node, Timestamp};
//! use fs_ext::{Flavour, Label, Options, lay_out, smallest};
//! use image_layout::{Content, SourceId};
//!
//! let time = Timestamp { seconds: 1_246_190_400, nanoseconds: 0 };
//! let mut tree = Directory::new(Meta::root(0o755, time));
//! let iso = Content::Source { id: SourceId(0), offset: 0, len: 700 << 20 };
//! tree.insert(b"iso/x.iso", Node::File(File::new(Meta::root(0o644, time), iso)))?;
//!
//! let mut options = Options::new(Flavour::Ext3, [0x11; 16], [0x22; 16], time);
//! options.label = Label::new("isos")?;
//! options.reserved_percent = 0;
//! let size = smallest(&tree, &options, 10 << 20)?; // and 10 MiB to spare
//! let layout = lay_out(&tree, size, &options)?;
//!
//! // In blocks of 4 KiB, since it is more than 512 MiB: 16 MiB of journal, 11 of inode tables.
//! assert_eq!(size >> 20, 739);
//! assert!(lay_out(&tree, 700 << 20, &options).is_err());
//! let file = layout.regions().find(|r| r.name == "file /iso/x.iso").ok_or("no file")?;
//! assert_eq!(file.at % 4096, 0);
//! assert!(layout.to_string().contains("group 0/block bitmap"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where things are
//!
//! - [`mod@format`]: the bytes, one file per page of the
//!   [specification](https://docs.kernel.org/filesystems/ext4/), under its own names;
//! - `geometry`: numbers that follow from the size: groups, copies, tables; writes nothing;
//! - `defaults`: `mke2fs`' rules for what was not chosen;
//! - `feature`: features by `mke2fs`' names, and which go together;
//! - `inode_list`: the tree as a list of inodes, and what each needs; `fit`: whether that fits, and
//!   the smallest size that does;
//! - `allocate`: blocks taken and free; `placement`: which go to what, found out once to see
//!   whether a tree fits and once to write it;
//! - `map`: how inodes find their blocks, by a `block_map` or an `extent_tree`; `directory`: plain
//!   lists of entries; `hash_tree`: hashed ones, with the `hash` of a name;
//! - `sparse`: where a file has holes; `xattr`, `special`: attributes, devices and their like;
//! - [`read`]: the way back, whoever made the file system; [`mod@check`]: whether it is whole;
//! - `inode_table`, `journal`, `resize_inode`, `tables`: what else is written; `checksum`: what
//!   each checksum covers, with the two of `crc`; `lay_out` puts everything together.
//!
//! # What is claimed
//!
//! - Every table of every group, superblock copies included. Bitmaps that a descriptor with a
//!   checksum says are not in use read as zero. The parts of inode tables that are
//!   not in use, the journal's log and the copies of reserved GDT blocks must read as zero.
//! - The 1024 bytes before the superblock must read as zero: a boot sector or another file
//!   system's signature there would make programs that probe a partition see something else.
//! - A file's last block to its end: what the file leaves must read as zero, since Linux would
//!   show it when the file grows.
//! - Free blocks, and bytes behind the last block, are not claimed and may hold anything.

mod allocate;
mod block_map;
pub mod check;
mod checksum;
mod crc;
mod defaults;
mod directory;
mod error;
mod extent_tree;
mod feature;
mod fit;
mod flavour;
pub mod format;
mod geometry;
mod hash;
mod hash_tree;
mod inode_blocks;
mod inode_list;
mod inode_table;
mod journal;
mod lay_out;
mod map;
mod options;
mod placement;
pub mod read;
mod resize_inode;
mod sizes;
mod sparse;
mod special;
mod tables;
mod xattr;

pub use error::{Error, Space};
pub use feature::Features;
pub use flavour::Flavour;
pub use lay_out::{lay_out, smallest};
pub use options::{InodeCount, Label, Options};
pub use sizes::{BlockSize, InodeSize};
