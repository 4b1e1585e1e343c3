//! The record of a key: how it was made, as the key itself carries it.
//!
//! ```text
//! boot:/boot/bootkey/
//! ├─ key.toml       the spec, complete and without the paths of the machine: build from it
//! └─ inputs.toml    what it was made of: each input's place on the key, length and digest
//! ```
//!
//! A plan determines every byte of a key, and a record determines the plan: the spec is in it, and
//! the inputs lie on the key. So a key can be laid out again, compared and changed. The format is
//! described in `docs/record.md`; other programs may read it.
//!
//! | question | file |
//! |---|---|
//! | what is known of the inputs | `inputs.rs` |
//! | how it is written, and read back | `text.rs` |
//! | how a path that is no UTF-8 is written | `path.rs` |

mod error;
mod inputs;
mod path;
mod text;

pub use error::Error;
pub use inputs::{Grub, InputFile, Inputs, Iso, Node, Place, Tree, Use};
pub use path::{path_bytes, path_text};
pub use text::{FORMAT, INPUTS_HEAD, Record};

/// The directory of the record on GRUB's partition.
pub const DIRECTORY: &str = "/boot/bootkey";
/// The name of the spec in that directory.
pub const SPEC: &str = "key.toml";
/// The name of the list of inputs in that directory.
pub const INPUTS: &str = "inputs.toml";

/// The revision of the rules by which keys are laid out: a number that grows whenever the same
/// spec and inputs give other bytes. A key of another revision is not laid out again by this
/// version; its inputs are still checked by their digests.
pub const LAYOUT: u32 = 1;
