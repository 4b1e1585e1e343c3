//! `bootkey ls`: the files on a key.

use crate::cli::Ls;
use crate::failure::Failure;
use crate::print::{json, print};
use bootkey::key_files::{self, Place};
use bootkey::key_read::{Disk, DiskImage};

pub(crate) fn run(args: &Ls) -> Result<(), Failure> {
    let place = args.place.as_deref().map(Place::parse).transpose()?;
    let image = DiskImage::open(&args.key)?;
    let disk = Disk::read(&image)?;
    let Some(place) = place else {
        let places = key_files::places(&disk);
        return match args.json {
            true => print(&json(&key_files::places_json(&places))?),
            false => print(&key_files::places_text(&places)),
        };
    };
    let listing = key_files::list(&disk, &place, args.recursive)?;
    match args.json {
        true => print(&json(&key_files::json(&listing))?),
        false => print(&key_files::text(&listing, args.long)),
    }
}
