//! Prints the facts of ISO images as JSON: `cargo run -p iso-probe --example facts -- x.iso`.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // a program that opens files

use iso_probe::IsoImage;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in std::env::args_os().skip(1) {
        let file = std::fs::File::open(&path)?;
        let size = file.metadata()?.len();
        let mut image = IsoImage::open(file, size)?;
        image.read_initrds()?;
        println!("{}", serde_json::to_string_pretty(image.facts())?);
    }
    Ok(())
}
