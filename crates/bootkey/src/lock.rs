//! Locks: made of a spec, written beside it, checked, and exported.
//!
//! ```text
//! key.toml ─ make ─► Lock ─ write ─► bootkey.lock
//!              │                        │
//!   packages from the archive,          ├─ check    what does not hold any more
//!   downloads, files of this machine,   └─ export   all that it needs, into another cache
//!   and the image, streamed to a hasher
//! ```

mod check;
mod digests;
mod export;
mod make;
mod told;
mod write;

pub use check::check;
pub use digests::digests;
pub use export::export;
pub use make::{Making, make};
pub use told::Told;
pub use write::{before, write};
