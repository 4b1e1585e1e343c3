//! `resize2fs` takes what the reserved group descriptor blocks promise.

use crate::common::*;
use fs_ext::{Flavour, InodeCount};
use testbench::oracle;

#[test]
fn resize2fs_grows_it() {
    let Some(resize2fs) = oracle("resize2fs") else { return };
    let tree = sample();
    for block_size in BLOCK_SIZES {
        for flavour in FLAVOURS {
            let mut options = options(flavour, block_size);
            options.inodes = InodeCount::PerBytes(1 << 16);
            // One short group to begin with, then some with copies, then a thousand times the size.
            let image = Image::new(&tree, 7_000_000, &options);
            let thousandfold = (flavour != Flavour::Ext2).then_some(7_000_002_560);
            for size in [40u64 << 20].into_iter().chain(thousandfold) {
                let file = std::fs::File::options().write(true).open(image.path()).unwrap();
                file.set_len(size).unwrap();
                let ran = resize2fs.run([image.path()]);
                ran.expect_success("resize2fs");
                image.check();
                let Some(fields) = image.dumpe2fs() else { return };
                let blocks = (size / u64::from(block_size.bytes())).to_string();
                assert!(fields.contains(&("Block count".into(), blocks)), "{fields:?}");
            }
            for (path, bytes) in files(&tree) {
                if path.is_ascii() && !path.contains(['"', '\\']) {
                    assert_eq!(image.debugfs_dump(&path), Some(bytes), "{path}");
                }
            }
        }
    }
}
