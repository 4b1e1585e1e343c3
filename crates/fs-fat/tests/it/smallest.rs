//! The smallest size: it does, and one sector less does not.

use crate::common::{SHAPES, directory, options, sample};
use fs_fat::{Error, Options, lay_out, smallest};

#[test]
fn one_sector_less_is_too_small() {
    for (kind, sector_size, _) in SHAPES {
        for options in [
            options(kind, sector_size),
            Options { kind: None, label: None, ..options(kind, sector_size) },
        ] {
            for tree in [directory(), sample()] {
                let size = smallest(&tree, &options, 0).unwrap();
                lay_out(&tree, size, &options).unwrap();
                let less = lay_out(&tree, size - sector_size.bytes(), &options);
                let want = Err(Error::DoesNotFit {
                    size: size - sector_size.bytes(),
                    smallest: Some(size),
                });
                assert_eq!(less, want, "{options:?}");
            }
        }
    }
}

#[test]
fn a_reserve_is_left_free() {
    for (kind, sector_size, _) in SHAPES {
        let (options, reserve) = (options(kind, sector_size), 1 << 20);
        let size = smallest(&sample(), &options, reserve).unwrap();
        let mut more = sample();
        more.insert(b"added", crate::common::file(crate::common::source(9, reserve))).unwrap();
        lay_out(&more, size, &options).unwrap();
    }
}
