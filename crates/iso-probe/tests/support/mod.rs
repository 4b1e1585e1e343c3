//! Facts of an image with everything read, which these tests compare.
#![allow(dead_code)] // each test file uses its part

use iso_probe::{IsoFacts, IsoImage, Limits, ProbeError};
use std::io::{Read, Seek};

/// All facts of an image, with what is in its initrds.
pub fn probe<R: Read + Seek>(input: R, len: u64) -> Result<IsoFacts, ProbeError> {
    probe_within(input, len, &Limits::default())
}

/// As [`probe`], with limits of one's own.
pub fn probe_within<R: Read + Seek>(
    input: R,
    len: u64,
    limits: &Limits,
) -> Result<IsoFacts, ProbeError> {
    let mut image = IsoImage::open_within(input, len, limits)?;
    image.read_initrds()?;
    Ok(image.into_facts())
}
