//! The reading of a spec file.

use crate::error::Error;
use key_spec::Spec;
use std::path::{Path, PathBuf};

/// A spec, and the directory that its relative paths start from.
///
/// # Errors
/// When the file cannot be read or is not a spec.
pub fn read_spec(path: &Path) -> Result<(Spec, PathBuf), Error> {
    let file = key_inputs::read_spec(path)?;
    Ok((Spec::parse(&path.to_string_lossy(), &file.text)?, file.base))
}
