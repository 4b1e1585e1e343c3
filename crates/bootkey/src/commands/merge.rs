//! `bootkey merge`: lists of digests, joined.

use crate::cli::Merge;
use crate::failure::Failure;
use crate::say::Say;
use std::ops::ControlFlow;

pub(crate) fn run(args: &Merge, say: &Say) -> Result<(), Failure> {
    let mut told = false;
    let mut waiting = || {
        if !std::mem::replace(&mut told, true) {
            say.note("waiting for a build into the same directory");
        }
        ControlFlow::Continue(())
    };
    let files = bootkey::merge_sums(&args.out, &args.lists, &mut waiting)?;
    say.note(&format!("{}: {files} files", input_file::shown(&args.out)));
    Ok(())
}
