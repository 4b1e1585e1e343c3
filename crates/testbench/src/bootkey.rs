//! Finding the program under test.

use std::path::PathBuf;

/// The path of the built `bootkey`, beside the running test: `target/PROFILE/bootkey`.
///
/// # Panics
/// When it is not built: `cargo test -p tests` alone does not build it.
pub fn bootkey() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own file");
    // target/PROFILE/deps/TEST-HASH, or target/PROFILE/xtask.
    let found = test.ancestors().skip(1).take(2).map(|dir| dir.join("bootkey"));
    found.clone().find(|p| p.is_file()).unwrap_or_else(|| {
        let looked: Vec<_> = found.map(|p| p.display().to_string()).collect();
        panic!(
            "the program under test is not built (looked for {}); \
             run `cargo build -p bootkey`, or `cargo xtask test`, which does",
            looked.join(" and ")
        )
    })
}
