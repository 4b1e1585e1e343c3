//! Many keys of one spec.
//!
//! ```text
//! sites.toml + key.toml ─► KeyList ─┬─ Shard: whose turn is it here
//!                                   └─ per key: CompletedRequest ─► Surveyed ─► Key ─► image, and a record that it was made
//! ```
//!
//! A key of a list is what `build` makes of the spec with the same values: nothing here decides about its
//! bytes. What the keys share (inputs read, core images, blocks) is in a [`Batch`].

mod batch;
mod key_list;
mod made;
mod matrix;
mod pattern;
mod shard;

pub use batch::Batch;
pub use key_list::{KeyList, ListedKey};
pub use made::Made;
pub use matrix::{Engine, JobList};
pub use pattern::OutputPattern;
pub use shard::Shard;
