//! `bootkey merge`: lists of digests, joined.

use crate::cli::Merge;
use crate::failure::Failure;
use crate::say::Say;

pub(crate) fn run(args: &Merge, say: &Say) -> Result<(), Failure> {
    let files = bootkey::merge_sums(&args.out, &args.lists)?;
    say.note(&format!("{}: {files} files", input_file::shown(&args.out)));
    Ok(())
}
