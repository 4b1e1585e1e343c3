//! The way from an input to an ISO image and back, and the rules that all facts meet.

use iso_probe::{IsoFacts, IsoImage, Limits, ProbeError};
use std::io::Cursor;
use testbench::raw_iso::{Iso, SECTOR};

/// Limits that a small input can reach.
pub const LIMITS: Limits = Limits {
    entries: 2000,
    path_bytes: 1 << 20,
    depth: 16,
    work: 50_000,
    content_bytes: 4 << 20,
    unpacked_bytes: 4 << 20,
};

/// The number of bytes of the 16 sectors in front of an image's descriptors that are in an input:
/// the tables of a hybrid image.
const HEAD: usize = 1024;

/// The number of sectors of nothing that follow, for what points behind the others.
const NOTHING: usize = 64;

/// The image that an input stands for: its first bytes, and its sectors from 16 on as [`sectors`].
pub fn unpack(input: &[u8]) -> Vec<u8> {
    let (head, rest) = input.split_at(input.len().min(HEAD));
    let mut image = head.to_vec();
    image.resize(16 * SECTOR, 0);
    image.extend(sectors(rest));
    image.resize(image.len() + NOTHING * SECTOR, 0);
    image
}

/// The input that stands for an image.
pub fn pack(image: &[u8]) -> Vec<u8> {
    [&image[..HEAD], &pack_sectors(&image[16 * SECTOR..])].concat()
}

/// Sectors, each as its length without the zeros at its end (two bytes, little-endian) and its
/// bytes.
pub fn sectors(mut input: &[u8]) -> Vec<u8> {
    let mut image = Vec::new();
    while let [low, high, rest @ ..] = input {
        let len = usize::from(u16::from_le_bytes([*low, *high])) % (SECTOR + 1);
        let (sector, rest) = rest.split_at(len.min(rest.len()));
        let end = image.len() + SECTOR;
        image.extend(sector);
        image.resize(end, 0);
        input = rest;
    }
    image
}

/// The input that stands for these sectors.
pub fn pack_sectors(image: &[u8]) -> Vec<u8> {
    let mut input = Vec::new();
    for sector in image.chunks(SECTOR) {
        let len = sector.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1);
        input.extend((len as u16).to_le_bytes());
        input.extend(&sector[..len]);
    }
    input
}

/// An image with these files, and Rock Ridge names.
pub fn image(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Vec<u8> {
    let files = files.into_iter().collect();
    Iso { label: "X", rock_ridge: true, files, ..Iso::default() }.build()
}

/// Checks the rules that all facts meet, whatever the image.
pub fn check(facts: &IsoFacts) {
    for path in facts.paths.keys() {
        let mut parts = path.split('/');
        assert_eq!(parts.next(), Some(""), "absolute: {path:?}");
        assert!(parts.all(|part| !part.is_empty() && part != "." && part != ".."), "{path:?}");
    }
    let clean = |text: &str| assert!(!text.chars().any(char::is_control), "{text:?}");
    facts.disk_info.iter().for_each(|text| clean(text));
    for entry in &facts.boot_entries {
        assert!(facts.paths.contains_key(&entry.kernel), "{}", entry.kernel);
        clean(&entry.title);
        entry.args.iter().for_each(|arg| clean(arg));
    }
    for kernel in facts.kernels.values() {
        kernel.version.iter().for_each(|text| clean(text));
    }
    for initrd in facts.initrds.values() {
        initrd.names.iter().for_each(|name| clean(name));
    }
    // What is written down is what was found.
    let text = serde_json::to_string(facts).expect("facts are plain data");
    let read: IsoFacts = serde_json::from_str(&text).expect("it was just written");
    assert_eq!(read, *facts);
}

/// The parts of an input: 0xff, which no text has, parts them.
pub fn parts(input: &[u8]) -> impl Iterator<Item = &[u8]> {
    input.split(|b| *b == 0xff)
}

/// All facts of an image in memory, with what is in its initrds.
///
/// # Errors
/// As `IsoImage::open_within`.
pub fn probe_within(image: &[u8], limits: &Limits) -> Result<IsoFacts, ProbeError> {
    let mut open = IsoImage::open_within(Cursor::new(image), image.len() as u64, limits)?;
    open.read_initrds()?;
    Ok(open.into_facts())
}
