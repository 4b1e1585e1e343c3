//! `cargo xtask golden`: the digests of small keys, which `tests/golden` pins.

use crate::sh::{self, Error, cargo};

/// Options of `golden`.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Options {
    /// Write the digests of today's keys instead of comparing them
    #[arg(long)]
    pin: bool,
}

/// Compares the digests, or pins them anew.
///
/// # Errors
/// When a digest is another, or a key cannot be built.
pub fn run(options: &Options) -> Result<(), Error> {
    sh::run(cargo().args(["build", "--locked", "-p", "bootkey"]))?;
    let mut test = cargo();
    test.args(["test", "--locked", "-p", "tests", "--test", "golden"]);
    if options.pin {
        test.env("BOOTKEY_PIN_GOLDEN", "1");
    }
    sh::run(&mut test)
}
