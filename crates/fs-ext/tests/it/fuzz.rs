//! What the fuzz target does with any bytes, done with two hundred seeds.

use crate::arbitrary::{Outcome, run};
use crate::common::*;
use image_layout::Sources;

/// The bytes of a case; longer ones hold larger trees.
fn bytes_of_seed(seed: u32) -> Vec<u8> {
    let len = [40, 200, 600, 2000][seed as usize % 4];
    let mut bytes = vec![0; len];
    Pattern.read_exact_at(image_layout::SourceId(seed), 0, &mut bytes).unwrap();
    bytes
}

#[test]
fn two_hundred_seeds() {
    let mut good = 0;
    for seed in 0..200 {
        let ran = std::panic::catch_unwind(|| run(&bytes_of_seed(seed)));
        match ran {
            Ok(Outcome::Good) => good += 1,
            Ok(_) => {}
            Err(_) => panic!("seed {seed}"),
        }
    }
    assert!(good >= 100, "only {good} images");
}
