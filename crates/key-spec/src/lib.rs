//! The key's specification (TOML) as typed data.
//!
//! ```toml
#![doc = include_str!("../tests/specs/good/everything.toml")]
//! ```
//!
//! Everything is optional, except that each ISO must say where it comes from; [`Spec::default`]
//! stands for a command line without a spec. A key or value that does not exist, cannot be, or is
//! not supported yet is an [`Error`] that points at the place and says what can be written there:
//!
//! ```
//! let text = "[boot]\nfilesystem = \"exfat\"\n";
//! let error = key_spec::Spec::parse("rescue.toml", text).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "rescue.toml:2:14: boot.filesystem: \"exfat\" is not supported yet: \
//!      bootkey makes none, but a partition that is made again by hand may be exFAT; \
//!      use \"ext2\" or \"ext3\" or \"ext4\" or \"fat32\"\n  \
//!        |\n\
//!      2 | filesystem = \"exfat\"\n  \
//!        |              ^^^^^^^"
//! );
//! ```

mod address;
mod autoinstall;
mod choice;
mod complete;
mod defaults;
mod download;
mod entry;
mod error;
mod error_family;
mod iso;
mod menu;
mod one_or_table;
mod packages;
mod parse;
mod persistence;
mod pinned;
mod portable;
mod schema;
mod set;
mod size;
mod spec;
mod text;
mod time;
mod tree;
mod variations;
mod write;

pub use address::WebAddress;
pub use autoinstall::Autoinstall;
pub use choice::{EspFilesystem, Filesystem, Firmware, Table};
pub use complete::Overrides;
pub use download::{Check, Download, Sums, SumsKey};
pub use entry::{BootFile, Entry, XenEntry};
pub use error::Error;
pub use error_family::ErrorFamily;
pub use iso::{Iso, IsoSource, RecipeChoice};
pub use menu::{DefaultEntry, Menu, Password, Theme, Timeout};
pub use packages::Packages;
pub use persistence::Persistence;
pub use schema::json_schema;
pub use size::{AutoSize, RestSize, Size, SizeError};
pub use spec::{BootPartition, Esp, Isos, Key, Seed, Spec};
pub use spec_value::{FileName, Line};
pub use text::{Label, MemberPath, PackageName, Sha256};
pub use time::Time;
pub use tree::{KeyDirectory, KeyPartition, Tree, TreeSource};
pub use variations::{Variation, Variations};
