//! On-disk structs as tables that a reader can hold beside the specification.
//!
//! ```
//! use ondisk::{Le16, Le32};
//!
//! ondisk::ondisk! {
//!     /// Block group descriptor, 32-byte form (first rows).
//!     pub struct Example [8] {
//!         0x00  bg_block_bitmap_lo : Le32     = "Block number of the block bitmap.";
//!         0x04  bg_flags           : Le16     = "Flags.";
//!         0x06  bg_pad             : [u8; 2]  = "Padding.";
//!     }
//! }
//! let e = Example { bg_block_bitmap_lo: 7.into(), ..Example::zeroed() };
//! assert_eq!(e.to_bytes(), [7, 0, 0, 0, 0, 0, 0, 0]);
//! assert_eq!(Example::from_bytes(&e.to_bytes()), e);
//! ```
//!
//! Columns and order are those of the specification's own table: offset, name, type, meaning.
//! Rows must be contiguous: a shifted or missing row does not compile. From the same table come
//! [`Ondisk::dump`] and [`diff`], so `inspect`, snapshot tests and comparisons with other writers
//! need no second list.

mod int;
mod table;

pub use int::{Be16, Be32, Be64, Le16, Le32, Le64};
pub use table::{Field, Ondisk, Row, diff};
