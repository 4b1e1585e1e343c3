//! `bootkey menu`: the grub.cfg, as it would be on the key, or as it is on one.

use super::request::plan_key;
use crate::cli::Inputs;
use crate::failure::Failure;
use crate::print::print_exactly;
use crate::say::Say;
use bootkey::inspect::grub_cfg;
use bootkey::key_read::{Disk, DiskImage, ReadAt as _, recognise};
use std::path::Path;

pub(crate) fn run(inputs: &Inputs, say: &Say) -> Result<(), Failure> {
    if let [only] = &inputs.inputs[..]
        && let Some(image) = key(only)?
    {
        return print_exactly(&grub_cfg(&Disk::read(&image)?)?);
    }
    print_exactly(&plan_key(inputs, say)?.plan().grub_cfg)
}

/// The file as a key, if it is one: neither a spec nor an ISO. What cannot be opened is none: the
/// survey says why.
fn key(path: &Path) -> Result<Option<DiskImage>, Failure> {
    if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("toml")) {
        return Ok(None);
    }
    let Ok(image) = DiskImage::open(path) else { return Ok(None) };
    let disk = match Disk::read(&image) {
        // A compressed file that bootkey has made is no ISO.
        Err(e) if e.is_damaged_block() => return Err(e.into()),
        Err(_) => return Ok(None),
        Ok(disk) => disk,
    };
    let Ok(content) = recognise(disk.whole()) else { return Ok(None) };
    let is_key = !content.is_iso() && image.len() > 0 && disk.is_known();
    Ok(is_key.then_some(image))
}
