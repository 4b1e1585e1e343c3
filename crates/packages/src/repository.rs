//! Debian's archive, or another of its form: packages by name, signed.
//!
//! ```text
//! Wishes ─ sources ─► Source  mirror, suite, keys                   apt's lists, or Debian's mirrors
//!                       │
//!                       ▼
//!                   InRelease   signature, suite, dates: Valid-Until, and no older than before
//!                       │       digests
//!                       ▼
//!                   Packages.xz length and SHA-256; kept in the cache by its digest
//!                       │       the highest version of each package that was asked for
//!                       ▼
//!                   *.deb       length and SHA-256, read to the end, then put in place; see `cache.rs`
//! ```
//!
//! A package that a lock pins needs no list: it is known by its digest ([`get_pinned`]).
//!
//! Nothing that comes from a mirror is parsed before it is verified, and nothing is put into the
//! cache before all of it is. A source that cannot be reached is passed over with a message,
//! because anybody between us and the server can cause that in any case. A source that answers with
//! something wrong is an error.

mod address;
mod apt_sources;
mod candidates;
mod date;
mod error;
mod fetch;
mod fetching;
mod get;
mod index;
mod keys;
mod lists;
mod pinned;
mod pool;
mod release;
mod request;
mod resolve;
mod roll_back;
mod snapshot;
mod sources;
mod suite;
mod version;

pub use address::address;
pub use error::ArchiveError;
pub use fetch::{Fetched, fetch};
pub use fetching::Fetching;
pub use get::{Get, GetError, Place};
pub use pinned::Pinned;
pub use pool::get_pinned;
pub use request::Request;
pub use resolve::{Resolved, resolve};
pub use snapshot::Snapshot;
pub use sources::{Source, Wishes, mirrors, sources};
pub use version::is_higher;
