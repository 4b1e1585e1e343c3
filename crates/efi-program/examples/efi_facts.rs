//! Prints what EFI programs are, as JSON; with a shim first, also whether it lets each of the
//! others start.
//!
//! ```text
//! cargo run -p efi-program --example efi_facts -- shimx64.efi.signed vmlinuz
//! ```
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // a program reads files

use efi_program::{Facts, acceptance};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut shim = None;
    for path in std::env::args_os().skip(1) {
        let path = std::path::PathBuf::from(path);
        let facts =
            Facts::of(&std::fs::read(&path)?).map_err(|e| format!("{}: {e}", path.display()))?;
        println!("{}: {}", path.display(), serde_json::to_string_pretty(&facts)?);
        if let Some(shim) = &shim {
            println!("{}: {}", path.display(), serde_json::to_string(&acceptance(shim, &facts))?);
        }
        shim = shim.or_else(|| facts.shim.is_some().then_some(facts));
    }
    Ok(())
}
