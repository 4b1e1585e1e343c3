//! The parts that the targets share: how a target starts, and how an input becomes what it stands
//! for.
//!
//! One file in `src/bin` a target: its first inputs, and what is done with each.

pub mod facts;
pub mod grub;
pub mod isos;
pub mod packages;

use std::path::Path;

/// The first inputs of a target, by names for people.
pub type Seeds = Vec<(String, Vec<u8>)>;

/// Defines a target: its first inputs, and what is done with each input.
#[macro_export]
macro_rules! target {
    ($seeds:path, |$input:ident| $body:block) => {
        libfuzzer_sys::fuzz_target!(
            init: $crate::plant(env!("CARGO_BIN_NAME"), $seeds()),
            |$input: &[u8]| $body
        );
    };
}

/// Writes a target's first inputs into `corpus`, before libFuzzer looks there.
pub fn plant(target: &str, seeds: Seeds) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    std::fs::create_dir_all(&corpus).expect("the corpus");
    for (name, bytes) in seeds {
        std::fs::write(corpus.join(name), bytes).expect("a seed");
    }
}

/// An input whose first byte says what the others are.
pub fn tagged(tag: u8, bytes: &[u8]) -> Vec<u8> {
    [&[tag], bytes].concat()
}

/// Ends the run, with its input, if a message could act on a terminal or tells nothing.
pub fn readable(error: &impl std::fmt::Display) {
    let text = error.to_string();
    assert!(!text.is_empty() && text.len() < 8192, "{} bytes", text.len());
    assert!(!text.chars().any(char::is_control), "what a terminal would act on: {text:?}");
}
