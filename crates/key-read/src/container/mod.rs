//! Files that hold an image in another form: virtual disks, read by their maps, and compressed
//! streams of blocks that can be read each by itself, as bootkey writes them.
//!
//! Nothing is unpacked to the disk. Memory: a map of the units, 8 bytes each, or a list of the
//! blocks and a few of these.

mod gzip;
mod mapped;
mod packed;
mod qcow2;
mod vhd;
mod vmdk;
mod whole;
mod xz;
mod zstd;

pub(crate) use whole::{Container, Unreadable, Whole};

use image_layout::read_array;
use image_write::Format;
use std::io;

/// An image that a file holds in another form, and which.
pub(crate) type Contained = (Format, Box<dyn Container>);

/// The image that a file holds in another form; the file itself, if it is none of these.
pub(crate) fn open(file: Whole) -> Result<Result<Contained, Whole>, Unreadable> {
    let head: [u8; 8] = match read_array(&file, 0) {
        Ok(head) => head,
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(Err(file)),
        Err(e) => return Err(e.into()),
    };
    let contained: Contained = match head {
        [b'Q', b'F', b'I', 0xfb, ..] => (Format::Qcow2, Box::new(qcow2::open(file)?)),
        [b'K', b'D', b'M', b'V', ..] => (Format::Vmdk, Box::new(vmdk::open(file)?)),
        [0x1f, 0x8b, 8, ..] => (Format::Gzip, Box::new(gzip::open(file)?)),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => (Format::Xz, Box::new(xz::open(file)?)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => (Format::Zstd, Box::new(zstd::open(file)?)),
        _ if vhd::has_footer(&file)? => (Format::Vhd, Box::new(vhd::open(file)?)),
        _ => return Ok(Err(file)),
    };
    Ok(Ok(contained))
}
