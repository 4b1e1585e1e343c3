//! Reads the outside: spec files, ISOs, GRUB installations, packages.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // this is the crate that reads

mod apt;
mod cache;
mod deb;
mod digest;
mod dpkg;
mod environment;
mod error;
mod files;
mod grub;
mod spec_file;

pub use apt::{Fetched, Request, fetch_packages};
pub use cache::{cached_member, extract_members};
pub use deb::{Control, Deb, Member, MemberKind, Members};
pub use environment::Environment;
pub use error::{Error, Family, NodeKind};
pub use files::{FileSources, Identity, Payload, open_payload};
pub use grub::{
    Asset, Candidate, GRUB_PACKAGES, GRUB_PLATFORM, GrubFiles, GrubOrigin, MEMDISK_PACKAGE,
    PlaceKind, candidates, locate, locate_memdisk,
};
pub use spec_file::{MAX_SPEC_LEN, SpecText, read_spec};
