//! Virtual disks: the image inside another format, as a layout again.
//!
//! ```text
//! image       │MBR│core.img│          │file /x.iso           │             │
//!             ├────────────┤          ├──────────────────────┤
//!             └─────┐      └─────┐    └─┐                     └─┐
//! container   header│tables│MBR core.img│file /x.iso            │
//! ```
//!
//! Each format is a function from layout to layout, so that whatever can be done with an image
//! can be done with it: written to a sparse file with shared blocks, streamed, hashed in the same
//! pass. What is stored follows from the layout alone: units (clusters, grains, blocks) that
//! hold any byte of a region that is not [`Content::Zero`](image_layout::Content::Zero). Whether an
//! input's own zeros are holes is a matter of the file system where it happens to lie, and must not change a byte.

mod container;
mod qcow2;
mod vhd;
mod vmdk;

pub(crate) use container::{Container, Run};

use crate::{DiskIdentity, Error, Format};
use image_layout::Layout;

/// The virtual disk that holds an image, if the format is one.
pub(crate) fn contain(
    format: Format,
    image: &Layout,
    id: &DiskIdentity,
) -> Result<Option<Container>, Error> {
    let disk = match format {
        Format::Raw | Format::Gzip | Format::Xz | Format::Zstd => return Ok(None),
        _ if !image.len().is_multiple_of(512) => {
            return Err(Error::NoSectors { format, len: image.len() });
        }
        Format::Qcow2 => qcow2::qcow2(image).map(Some),
        Format::Vmdk => vmdk::vmdk(image, id),
        Format::Vhd => vhd::dynamic_vhd(image, id),
        Format::VhdFixed => vhd::fixed_vhd(image, id),
    }?;
    disk.map(Some).ok_or(Error::TooLargeFor { format, len: image.len() })
}
