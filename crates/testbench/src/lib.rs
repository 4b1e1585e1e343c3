//! Oracles, fixtures and QEMU for the tests; never part of a release.
//!
//! An *oracle* is somebody else's program that says whether our bytes are right: `e2fsck`,
//! `grub-fstest`, QEMU. A missing one skips its test, by name, in the summary that
//! `cargo xtask test` prints; with `BOOTKEY_REQUIRE_ORACLES=1` (as CI sets) it fails the test.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod oracle;

pub use oracle::{Oracle, Ran, missing, oracle, run};
