//! The tables against the programs that read them.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod common;
mod fdisk;
mod grub;
mod readers;
mod refuse;
mod sectors_of_4096;
mod sfdisk;
mod sgdisk;
