//! What a small file system looks like, region by region.

use crate::common::*;
use fs_ext::{BlockSize, Flavour, lay_out};

#[test]
fn a_small_ext3() {
    let layout = lay_out(&sample(), 10 << 20, &options(Flavour::Ext3, BlockSize::Kib1)).unwrap();
    insta::assert_snapshot!(layout.to_string());
}

#[test]
fn a_small_ext2_in_blocks_of_4_kib() {
    let layout = lay_out(&sample(), 5_000_000, &options(Flavour::Ext2, BlockSize::Kib4)).unwrap();
    insta::assert_snapshot!(layout.to_string());
}

#[test]
fn the_layout_follows_from_the_tree_and_the_options() {
    let make = || lay_out(&sample(), 10 << 20, &options(Flavour::Ext3, BlockSize::Kib1)).unwrap();
    assert_eq!(make(), make());
}
