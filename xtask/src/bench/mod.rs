//! `cargo xtask bench fs-ext`: the file system writer beside other people's, in one go
//! (`bench grub-image`: core images, in `grub_image.rs`; `bench download`: beside
//! `curl`, in `download.rs`; `bench write`: onto a stick, in `write.rs`; `bench key`: whole keys, in `key.rs`, into
//! docs/benchmarks.md).

mod cases;
mod download;
mod grub_image;
mod installer;
mod key;
mod measure;
mod options;
mod rounds;
mod write;

pub use options::Options;

use cases::CASES;
use rounds::each;

use crate::sh::{self, Error, cargo};

/// Measures, and prints a table for each case.
///
/// # Errors
/// When an input cannot be made or a program fails.
pub fn run(options: &Options) -> Result<(), Error> {
    if options.what == "grub-image" {
        return grub_image::run(options.rounds);
    }
    if options.what == "download" {
        return download::run(options);
    }
    if options.what == "write" {
        return write::run(options);
    }
    if options.what == "key" {
        return key::run(options);
    }
    sh::run(cargo().args(["build", "--locked", "--release", "-p", "fs-ext", "--example", "mkfs"]))?;
    let peers = cargo()
        .args(["build", "--locked", "--release", "--manifest-path", "xtask/bench-peers/Cargo.toml"])
        .arg("--target-dir")
        .arg(sh::root().join("target/bench-peers"))
        .status();
    // Other people's crates: an offline machine, or an older compiler, need not have them.
    let peers = peers.is_ok_and(|s| s.success());
    each(CASES, options, peers).map(|_| ())
}
