//! `bootkey ls`: the files on a key.

use crate::cli::Ls;
use crate::failure::Failure;
use crate::print::{json, print};
use bootkey::key_files::{self, Place};
use bootkey::key_read::{Disk, DiskImage};

pub(crate) fn run(args: &Ls) -> Result<(), Failure> {
    let place = Place::parse(&args.place)?;
    let image = DiskImage::open(&args.key)?;
    let listing = key_files::list(&Disk::read(&image)?, &place, args.recursive)?;
    match args.json {
        true => print(&json(&key_files::json(&listing))?),
        false => print(&key_files::text(&listing, args.long)),
    }
}
