//! Any bytes → a tree, options, a size → an image → `e2fsck`, `ferrosys`, `ext4-view`.
//! The work is done by the tests' own module; `README.md` says how to run this.
#![no_main]
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // it runs e2fsck on files
#![allow(clippy::unwrap_used)] // a finding is a panic

#[path = "../../tests/it/arbitrary/mod.rs"]
mod arbitrary;
#[path = "../../tests/it/common.rs"]
#[allow(dead_code)] // of all tests
mod common;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    arbitrary::run(bytes);
});
