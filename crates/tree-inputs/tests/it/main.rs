//! Trees from outside, against GNU tar, `cp -a`, Linux and hostile archives.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod common;
mod deep;
mod directory;
mod file_system;
mod gnu_tar;
mod hostile;
