//! Packages of Linux distributions: read, fetched from Debian's archive, and kept in a cache.
//!
//! ```text
//! a.deb  ar, tar ──┐                    ┌─► Package   members by name, in memory
//! b.rpm  cpio ─────┴─ archive, unpack ──┤
//!                                       └─► a file    a member copied out
//! mirror ─ repository ─► Cache ─► a.deb, members that were asked for, files that are kept unpacked
//! dpkg ─────────────────────► owner: which installed package a file belongs to
//! ```
//!
//! No apt, no dpkg, no rpm and no root are needed: no program is started. Mirrors and packages are taken
//! for hostile: what is fetched is signed by keys that are trusted, names are checked before they are used, sizes and work are bounded, and nothing that was read is
//! used before all checksums have been verified.
//!
//! Callers say where things are on this machine, what time it is, and how a URL is got
//! ([`Get`](repository::Get)): this crate reads no environment variables and knows no network.
// Opening package files and writing the cache are what this crate is for.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod archive;
mod cache;
mod deb;
mod dpkg;
mod error;
mod kept;
mod listed;
mod member;
mod package;
pub mod repository;
mod rpm;
mod section;

pub use archive::Members;
pub use cache::{Cache, CachedMember, CachedPackage, Keep};
pub use deb::{Control, Deb};
pub use dpkg::{Installed, forbidden, owner};
pub use error::Error;
pub use kept::Kept;
pub use listed::ListedPackage;
pub use member::{Member, MemberKind};
pub use package::Package;
pub use repository::{ArchiveError, Fetched, Request};
pub use rpm::{Rpm, RpmHeader};
