//! Trees, images and other people's readers for the tests of `fs-ext` and the fuzz target in
//! `tests/fuzz`. Never part of a release.
//!
//! Every image that is made here passes `e2fsck -fn` (see [`images::Image::new`]), with garbage
//! wherever the layout claims nothing.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics
#![allow(missing_debug_implementations)] // nobody prints an image

pub mod arbitrary;
pub mod images;
