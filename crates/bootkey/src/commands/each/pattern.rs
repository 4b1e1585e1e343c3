//! The pattern of the images' paths, as the command line has it.

use crate::failure::Failure;
use bootkey::each::OutputPattern;
use std::path::Path;

pub(super) fn pattern(output: &Path) -> Result<OutputPattern, Failure> {
    OutputPattern::parse(output).map_err(|message| Failure::Option { option: "-o", message })
}
