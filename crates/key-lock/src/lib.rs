//! The lock of a key: all that somebody else needs to build the same image.
//!
//! ```text
//! bootkey.lock
//! ├─ format, bootkey, layout    who wrote it, and by which rules the key is laid out
//! ├─ spec                       the spec itself, so that a lock alone is enough
//! ├─ image                      the length and SHA-256 of what comes of it
//! └─ download, package,         every input: its length and SHA-256, and where it is had
//!    file, directory
//! ```
//!
//! The same inputs give the same lock, byte for byte: it holds no time of its making, no user and no
//! path but those that the spec itself names. The format is described in `docs/lock.md`; other
//! programs may read it. A lock comes from somebody else, so it is read as hostile: what would become a
//! part of an address or of a path is checked here.
//!
//! | question | file |
//! |---|---|
//! | what a lock holds | `lock.rs` |
//! | how it is written, and read back | `text.rs` |
//! | which texts are names, versions, digests | `check.rs` |

mod check;
mod error;
mod lock;
mod text;

pub use error::Error;
pub use lock::{Contents, Download, LocalInput, Lock, Member, Package};
pub use text::{FORMAT, HEAD, MAX_LEN};

/// The name of the lock beside a spec.
pub const FILE_NAME: &str = "bootkey.lock";
