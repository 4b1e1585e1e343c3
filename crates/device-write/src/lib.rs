//! The writer of devices: an image gets onto a stick so that at every moment the stick has no
//! partition table, or all of the image.
//!
//! ```text
//! erase ──────► probe ────────► write ──────► compare ─────► finish
//! first page,   markers up to   all that has  read back      the rest of the first 128 KiB, where
//! tables, what  its end, read   an owner but  past the       file systems have their signatures;
//! was known by, and zeroed      the first     cache          then the first page, which has the
//! or all of it  again           128 KiB                      partition table; each is compared, too
//! ```
//!
//! Between two arrows everything is on the medium. What goes wrong before the last leaves a stick
//! that starts nothing and shows nothing, and the [`Error`] says so. Where something goes wrong
//! behind it, these 128 KiB are erased again. Only a stick that is pulled out there may lack a part of
//! them and show an ISO 9660 all the same; its files are there then.
// Writing devices is what this crate is for.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod access;
mod aligned;
mod capacity;
mod compare;
mod device;
mod erase;
mod error;
mod image;
mod medium;
mod progress;
mod traces;
mod units;
mod unmount;
mod write;

pub use device::Device;
pub use error::{Error, Mismatch, State};
pub use image::Image;
pub use medium::Medium;
pub use progress::{OnProgress, Phase, Progress};
pub use unmount::unmount;
pub use write::{Written, write};
