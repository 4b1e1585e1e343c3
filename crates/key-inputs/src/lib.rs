//! Reads the outside: spec files, ISOs, GRUB installations, packages.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // this is the crate that reads

mod deb;
mod digest;
mod error;
mod files;
mod spec_file;

pub use deb::{Control, Deb, Member, MemberKind, Members};
pub use error::{Error, Family, NodeKind};
pub use files::{FileSources, Identity, Payload, open_payload};
pub use spec_file::{MAX_SPEC_LEN, SpecText, read_spec};
