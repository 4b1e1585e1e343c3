//! Arbitrary bytes read as a tree, options and a size. The file system made of these is checked by
//! all readers.
//!
//! ```text
//! bytes ─► tree, options, size ─► lay_out ─► image ─► e2fsck ─► ferrosys ─► ext4-view
//!                                    └────► refused: with reason? does what it names fit?
//! ```
//!
//! The fuzz target `tree_to_image` and the test with fixed seeds (in `fs-ext`) are both [`run`].

mod ferrosys;
mod input;
mod options;
mod refusal;
mod tree;
mod view;
mod windows;

pub use ferrosys::{
    compare as ferrosys_compares, compare_but_holes as ferrosys_compares_but_holes,
};
pub use refusal::expect_reason;
pub use view::{can_read as ext4_view_reads, compare as ext4_view_compares};

use crate::images::*;
use file_tree::Directory;
use fs_ext::{Error, Options, lay_out, smallest};
use input::Input;

/// Longest image that is written, in bytes; longer ones are only laid out.
const LARGEST: u64 = 3 << 30;

/// A case: the tree, options and size that bytes stand for.
#[derive(Debug)]
pub struct Case {
    pub tree: Directory,
    pub options: Options,
    size: options::Size,
    /// Whether to make the checks that need one more layout each.
    thorough: bool,
}

/// A small tree, without options and size.
pub fn small_tree(bytes: &[u8]) -> Directory {
    tree::tree(&mut Input::new(bytes), tree::SMALL)
}

/// The outcome of a case.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// An image was made, and all readers found the tree in it.
    Good,
    /// The case was refused, with a valid reason.
    Refused,
    /// The image was laid out, but is longer than `LARGEST` and was not written.
    Large,
}

impl Case {
    /// The case of these bytes. Any bytes are valid; those that are missing are zeros.
    pub fn of(bytes: &[u8]) -> Self {
        let mut input = Input::new(bytes);
        let options = options::options(&mut input);
        let size = options::size(&mut input);
        let thorough = input.one_in(4);
        let tree = tree::tree(&mut input, tree::LARGE);
        Self { tree, options, size, thorough }
    }

    /// Runs the case. Panics when anything is wrong.
    pub fn run(&self) -> Outcome {
        let least = match smallest(&self.tree, &self.options, 0) {
            Ok(least) => least,
            Err(e) => {
                expect_reason(&e, &self.tree, &self.options);
                let e = lay_out(&self.tree, 64 << 20, &self.options).unwrap_err();
                expect_reason(&e, &self.tree, &self.options);
                return Outcome::Refused;
            }
        };
        let block = self.options.block_size.map_or(1024, |b| u64::from(b.bytes()));
        if self.thorough && least >= block {
            // One block less than the smallest size must not do: if any smaller size wrongly did,
            // this one most likely would.
            self.expect_too_small(least - block, least);
        }
        let wanted = self.size.bytes(least, block);
        // Some sizes above the smallest do not do either: a larger file system may need more for
        // its own tables than it gains.
        let size = match lay_out(&self.tree, wanted.min(LARGEST), &self.options) {
            Ok(_) => wanted.min(LARGEST),
            Err(_) => {
                self.expect_too_small(wanted.min(LARGEST), least);
                least
            }
        };
        let layout = match lay_out(&self.tree, size, &self.options) {
            Ok(layout) => layout,
            Err(e) => panic!("{size} was said to do: {e}"),
        };
        assert_eq!(layout.len(), size);
        if self.thorough {
            assert!(lay_out(&self.tree, size, &self.options) == Ok(layout.clone()), "not the same");
        }
        if size > LARGEST {
            return Outcome::Large;
        }
        let image = Image::of(&layout);
        ferrosys_compares(&image.path(), &self.tree, &self.options);
        if ext4_view_reads(&self.tree, &self.options) {
            ext4_view_compares(&image.path(), &self.tree, &self.options);
        }
        Outcome::Good
    }

    fn expect_too_small(&self, size: u64, least: u64) {
        match lay_out(&self.tree, size, &self.options) {
            Err(Error::DoesNotFit { smallest: Some(said), .. }) => assert_eq!(said, least),
            // Without a given block size, a smaller file system may get smaller blocks, and other
            // limits with them.
            Err(e) if self.options.block_size.is_none() => {
                expect_reason(&e, &self.tree, &self.options);
            }
            Err(e) => panic!("{size} below {least}: {e}"),
            Ok(_) => panic!("{size} will do, not only {least}"),
        }
    }
}

/// Runs the case of these bytes; panics when anything is wrong.
pub fn run(bytes: &[u8]) -> Outcome {
    Case::of(bytes).run()
}
