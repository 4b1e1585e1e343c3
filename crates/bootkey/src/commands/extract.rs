//! `bootkey extract`: files out of a key.

use super::build::{stopping, unless};
use crate::cli::Extract;
use crate::failure::Failure;
use crate::say::Say;
use bootkey::key_files::{self, Overwrite, Place};
use bootkey::key_read::{Disk, DiskImage};

pub(crate) fn run(args: &Extract, say: &Say) -> Result<(), Failure> {
    let place = Place::parse(&args.place)?;
    let image = DiskImage::open(&args.key)?;
    let overwrite = if args.force { Overwrite::Replace } else { Overwrite::Refuse };
    let stopped = stopping()?;
    let keep_on = || unless(&stopped);
    let done = key_files::extract(&Disk::read(&image)?, &place, &args.to, overwrite, &keep_on)?;
    for line in &done.left_out {
        say.grave_warning(&format!("left out: {line}"));
    }
    let files = if done.files == 1 { "file" } else { "files" };
    say.note(&format!("{} {files}, {} bytes", done.files, done.bytes));
    match done.missed {
        0 => Ok(()),
        count => Err(Failure::Missed { key: args.key.clone(), count }),
    }
}
