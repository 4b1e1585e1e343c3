//! Packages of Linux distributions: read, fetched with apt, and kept in a cache.
//!
//! ```text
//! a.deb  ar, tar ──┐                    ┌─► Package   members by name, in memory
//! b.rpm  cpio ─────┴─ archive, unpack ──┤
//!                                       └─► a file    a member copied out
//! apt-get ─ fetch ─► Cache ─► a.deb, members that were asked for, files that are kept unpacked
//! dpkg ─────────────────────► owner: which installed package a file belongs to
//! ```
//!
//! No dpkg, no rpm and no root are needed: package files are read here, and the only program that
//! is started is `apt-get`, which works in a folder of its own. Packages are taken for hostile:
//! names are checked before they are used, sizes and work are bounded, and nothing that was read is
//! used before all checksums have been verified.
//!
//! Callers say where things are on this machine: this crate reads no environment variables.
// Opening package files and writing the cache are what this crate is for.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod apt;
mod archive;
mod cache;
mod deb;
mod dpkg;
mod error;
mod kept;
mod member;
mod package;
mod rpm;
mod section;

pub use apt::{Apt, Fetched, Request, fetch};
pub use archive::Members;
pub use cache::{Cache, CachedPackage, Keep};
pub use deb::{Control, Deb};
pub use dpkg::{Installed, owner};
pub use error::Error;
pub use kept::Kept;
pub use member::{Member, MemberKind};
pub use package::Package;
pub use rpm::{Rpm, RpmHeader};
