//! The installed GRUB, and its tools as oracles.
#![allow(dead_code)] // every test file uses its part

pub mod handmade;

use grub_image::PlatformFiles;
use sha2::{Digest, Sha256};
use std::path::Path;

pub const DIRECTORY: &str = "/usr/lib/grub/i386-pc";

/// The installed platform directory; `None` skips the test.
#[track_caller]
pub fn installed() -> Option<PlatformFiles> {
    let Ok(entries) = std::fs::read_dir(DIRECTORY) else {
        testbench::missing(&format!("{DIRECTORY} (package grub-pc-bin)"));
        return None;
    };
    let files = entries.map(Result::unwrap).filter(|e| e.file_type().unwrap().is_file());
    Some(PlatformFiles::new(
        files
            .map(|e| {
                let bytes = std::fs::read(e.path()).unwrap();
                (e.file_name().into_string().unwrap(), bytes.into())
            })
            .collect(),
    ))
}

/// The same with one file replaced.
pub fn with(files: &PlatformFiles, name: &str, bytes: &[u8]) -> PlatformFiles {
    let all = files.names().map(|n| (n.to_owned(), files.get(n).unwrap().clone()));
    let mut all: std::collections::BTreeMap<_, _> = all.collect();
    all.insert(name.to_owned(), bytes.into());
    PlatformFiles::new(all)
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// The tool's arguments for a set of options; config and memdisk are written beside `out`.
pub fn mkimage_arguments(options: &grub_image::ImageOptions<'_>, out: &Path) -> Vec<String> {
    let mut args: Vec<String> = ["-O", "i386-pc", "-o"].map(String::from).to_vec();
    args.push(out.to_str().unwrap().to_owned());
    for (flag, bytes) in [("-m", options.memdisk), ("-c", options.config.map(str::as_bytes))] {
        if let Some(bytes) = bytes {
            let file = out.with_extension(flag.trim_start_matches('-'));
            std::fs::write(&file, bytes).unwrap();
            args.extend([flag.to_owned(), file.to_str().unwrap().to_owned()]);
        }
    }
    // Behind -m, which sets a prefix of its own.
    args.extend(["-p".to_owned(), options.prefix.to_owned()]);
    args.extend(options.modules.iter().map(|m| (*m).to_owned()));
    args
}

/// Unpacks a raw LZMA1 stream of a known length.
pub fn unpack(stream: &[u8], len: usize) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut reader = lzma_rust2::LzmaReader::new(stream, len as u64, 3, 0, 2, 1 << 24, None)?;
    let mut out = Vec::new();
    reader.read_to_end(&mut out)?;
    Ok(out)
}

/// Position and values of the first difference.
#[track_caller]
pub fn assert_same(ours: &[u8], theirs: &[u8], what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}: lengths");
    if let Some(i) = ours.iter().zip(theirs).position(|(a, b)| a != b) {
        panic!("{what}: byte {i:#x} is {:#04x}, the tool's is {:#04x}", ours[i], theirs[i]);
    }
}
