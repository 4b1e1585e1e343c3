//! `bootkey inspect`: what is on a disk, and what firmware would start.

use crate::cli::Inspect;
use crate::failure::Failure;
use crate::print::{json, print};
use bootkey::inspect;
use bootkey::key_read::{Disk, DiskImage};

pub(crate) fn run(args: &Inspect, verbose: bool) -> Result<(), Failure> {
    let image = DiskImage::open(&args.key)?;
    let found = inspect::inspect(&Disk::read(&image)?)?;
    print(&if args.json { json(&found)? } else { inspect::text(&found, verbose) })?;
    match found.is_nothing() {
        true => Err(Failure::NothingKnown { path: args.key.clone() }),
        false => Ok(()),
    }
}
