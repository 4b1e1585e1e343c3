//! The crate against other people's programs. Every image that a test makes passes `e2fsck -fn`
//! (see `ext_testbench`), with garbage wherever the layout claims nothing.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod check;
mod differential;
mod digests;
mod e2fsck;
mod everything;
mod ext4;
mod fiemap;
mod fuzz;
mod grub;
mod kernel;
mod limits;
mod metadata;
mod mke2fs;
mod random_trees;
mod reflinks;
mod resize;
mod smallest;
mod snapshot;

use ext_testbench::{arbitrary, images as common};
