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
        && let Some(image) = key(only)
    {
        return print_exactly(&grub_cfg(&Disk::read(&image)?)?);
    }
    print_exactly(&plan_key(inputs, say)?.plan().grub_cfg)
}

/// The file as a key, if it is one: neither a spec nor an ISO. What cannot be opened is none: the
/// survey says why.
fn key(path: &Path) -> Option<DiskImage> {
    if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("toml")) {
        return None;
    }
    let image = DiskImage::open(path).ok()?;
    let disk = Disk::read(&image).ok()?;
    let is_iso = recognise(disk.whole()).ok()?.is_iso();
    (!is_iso && image.len() > 0 && disk.is_known()).then_some(image)
}
