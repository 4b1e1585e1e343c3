//! `cargo xtask deps`: the rules for the dependency tree.
//!
//! No C is compiled, so that a clone builds with nothing but Rust and a linker; licences are ones
//! that a binary may be shipped under; our declared Rust version is true of the dependencies; and
//! crates use each other only as `may_use.rs` lists and docs/architecture.md says.

mod circles;
mod foreign;
mod licence;
mod may_use;
pub(crate) mod metadata;
mod modules;
mod once;

use crate::fuzz;
use crate::sh::{self, Error};

pub use foreign::NO_C_COMPILER;

/// Options of `deps`.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct Options {
    /// Also build everything anew where no C compiler can be started
    #[arg(long)]
    build: bool,
}

/// Checks all rules.
///
/// # Errors
/// When a rule is broken, after all of them were checked and their complaints printed.
pub fn run(options: &Options) -> Result<(), Error> {
    // The package of the fuzz targets has a lock of its own, which every new dependency of ours
    // makes stale.
    sh::run(sh::cargo().args(["fetch", "--locked", "--manifest-path", fuzz::MANIFEST]))?;
    let packages = metadata::read()?;
    let mut complaints = foreign::complaints(&packages);
    complaints.extend(may_use::complaints(&packages));
    let doc = sh::root().join("docs/architecture.md");
    let doc = std::fs::read_to_string(&doc).map_err(Error::io(&doc))?;
    complaints.extend(may_use::document(&packages, &doc));
    complaints.extend(once::complaints()?);
    let circles = circles::complaints(&packages);
    complaints.extend(circles.map_err(|unread| Error::Objection(unread.to_string()))?);
    for complaint in &complaints {
        eprintln!("deps: {complaint}");
    }
    if !complaints.is_empty() {
        let text = format!("{} complaints about the dependencies", complaints.len());
        return Err(Error::Objection(text));
    }
    let ours = packages.iter().filter(|p| p.ours).count();
    println!("{ours} crates of ours, {} of others: no C, licences fine", packages.len() - ours);
    if options.build {
        let target = sh::root().join("target/no-c");
        let build = ["build", "--locked", "--workspace", "--target-dir"];
        sh::run(sh::cargo().envs(NO_C_COMPILER).args(build).arg(target))?;
    }
    Ok(())
}
