//! The oldest Rust that the workspace declares to compile with.

use std::process::Command;

use crate::sh::{self, Error};

/// The workspace's `rust-version`.
pub(crate) const MSRV: &str = env!("CARGO_PKG_RUST_VERSION");

/// Whether rustup has that toolchain.
pub(crate) fn is_there() -> bool {
    sh::succeeds(Command::new("rustup").args(["run", MSRV, "rustc", "--version"]))
}

/// The command by which rustup installs that toolchain.
pub(crate) fn install() -> Command {
    let mut command = Command::new("rustup");
    command.args(["toolchain", "install", MSRV, "--profile", "minimal", "--no-self-update"]);
    command
}

/// Compiles bootkey, with all its crates, with that toolchain.
///
/// # Errors
/// When that fails.
pub(crate) fn check() -> Result<(), Error> {
    let mut command = Command::new("rustup");
    command.args(["run", MSRV, "cargo", "check", "--locked", "--package", "bootkey"]);
    command.args(["--target-dir", "target/msrv"]).current_dir(sh::root());
    // Both variables are removed, because they name the toolchain that runs this program.
    sh::run(command.env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sh::cargo;

    /// Where that toolchain is missing, clippy alone notices what is too new.
    #[test]
    fn clippy_knows_what_is_newer() {
        let dir = tempfile::tempdir().unwrap();
        let manifest = format!(
            "[package]\nname = \"x\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
             rust-version = \"{MSRV}\"\n[workspace]\n[lib]\npath = \"lib.rs\"\n\
             [lints.clippy]\nincompatible_msrv = \"deny\"\n"
        );
        std::fs::write(dir.path().join("Cargo.toml"), manifest).unwrap();
        let clippy = |text: &str| {
            std::fs::write(dir.path().join("lib.rs"), text).unwrap();
            let mut command = cargo();
            testbench::run(command.args(["clippy", "--offline"]).current_dir(dir.path()))
        };
        clippy("pub fn f(s: &str) -> usize { s.len() }\n").expect_success("clippy");
        // Of 1.91.
        let newer = clippy("pub fn f(s: &str) -> usize { s.ceil_char_boundary(1) }\n");
        let said = newer.expect_objection(101, "current MSRV", "a newer function").stderr;
        assert!(said.contains("incompatible-msrv") || said.contains("incompatible_msrv"), "{said}");
    }
}
