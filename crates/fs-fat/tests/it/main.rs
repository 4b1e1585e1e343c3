//! The file systems against the programs that read them.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod check;
mod common;
mod fatfs;
mod fsck;
mod grub;
mod mtools;
mod refuse;
mod smallest;
mod snapshot;
