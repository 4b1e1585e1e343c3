//! Any bytes as a tree, options and a size; the file system made of them, looked at by `e2fsck`,
//! `ferrosys` and `ext4-view`. The work is done by `ext-testbench`, which fs-ext's own tests use too.
#![no_main]

use ext_testbench::arbitrary;
use ext_testbench::images::Pattern;
use fuzz::Seeds;
use image_layout::{SourceId, Sources as _};

/// Noise of many lengths; longer inputs hold larger trees.
fn seeds() -> Seeds {
    let noise = |seed: u32| {
        let mut bytes = vec![0; seed as usize * 75];
        Pattern.read_exact_at(SourceId(seed), 0, &mut bytes).expect("no file is read");
        (seed.to_string(), bytes)
    };
    (1..=40).map(noise).collect()
}

fuzz::target!(seeds, |input| {
    arbitrary::run(input);
});
