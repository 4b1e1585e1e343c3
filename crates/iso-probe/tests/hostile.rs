//! Images made to hurt: bounded time and memory, a typed answer, no panic.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests read files and clocks
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod support;

use iso_probe::{IsoFacts, Limits, ProbeError};
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::time::{Duration, Instant};
use support::{probe, probe_within};
use testbench::Dice;
use testbench::raw_iso::{Iso, SECTOR, nm, pack, point, record, record_of};

fn facts(image: &[u8]) -> Result<IsoFacts, ProbeError> {
    probe(Cursor::new(image), image.len() as u64)
}

/// Far more than any of these takes, far less than a person would wait.
const PATIENCE: Duration = Duration::from_secs(60);

fn root_extent(image: &[u8]) -> u32 {
    u32::from_le_bytes(image[16 * SECTOR + 158..][..4].try_into().unwrap())
}

#[test]
fn directories_in_circles() {
    let mut image = Iso::new("LOOP", &["a/b/file", "z"]).build();
    let root = root_extent(&image);
    point(&mut image, b"B", root, SECTOR as u32);
    let facts = facts(&image).unwrap();
    // B is the root again: nothing new is in it.
    assert_eq!(facts.paths.keys().collect::<Vec<_>>(), ["/Z"]);
    assert!(!facts.truncated_listing);
}

#[test]
fn pointers_out_of_the_image() {
    let good = Iso::new("FAR", &["dir/x", "file"]).build();
    let blocks = (good.len() / SECTOR) as u32;
    let mut image = good.clone();
    point(&mut image, b"FILE.;1", blocks - 1, SECTOR as u32 + 1);
    match facts(&image) {
        Err(ProbeError::Truncated { needed_bytes, .. }) => {
            assert_eq!(needed_bytes, good.len() as u64 + 1);
        }
        other => panic!("{other:?}"),
    }
    // The last byte of the file may be the last byte of the image.
    point(&mut image, b"FILE.;1", blocks - 1, SECTOR as u32);
    assert_eq!(facts(&image).unwrap().paths["/FILE"], SECTOR as u64);
    point(&mut image, b"FILE.;1", u32::MAX, u32::MAX);
    assert!(matches!(facts(&image), Err(ProbeError::Truncated { .. })));
    point(&mut image, b"FILE.;1", u32::MAX, 0);
    assert_eq!(facts(&image).unwrap().paths["/FILE"], 0, "an empty file lies nowhere");
    for (extent, size) in [(u32::MAX, 2048), (blocks, 2048), (blocks - 1, u32::MAX)] {
        let mut image = good.clone();
        point(&mut image, b"DIR", extent, size);
        let error = facts(&image).unwrap_err();
        let bad = matches!(error, ProbeError::Corrupt { .. } | ProbeError::Truncated { .. });
        assert!(bad, "{extent} {size}: {error:?}");
    }
    // Zeros are a directory with nothing in it.
    let mut image = good.clone();
    point(&mut image, b"DIR", 0, 2048);
    assert_eq!(facts(&image).unwrap().paths.keys().collect::<Vec<_>>(), ["/FILE"]);
}

/// An image whose sectors from `base.len()` on are made up when they are read.
struct Endless<F> {
    base: Vec<u8>,
    len: u64,
    at: u64,
    sector: F,
    read: u64,
}

impl<F: Fn(u64) -> Vec<u8>> Read for &mut Endless<F> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let base = self.base.len() as u64;
        let (source, from) = if self.at < base {
            (self.base.clone(), self.at as usize)
        } else {
            let sector = (self.at - base) / SECTOR as u64;
            ((self.sector)(sector), (self.at - base) as usize % SECTOR)
        };
        let take = buf.len().min(source.len() - from);
        buf[..take].copy_from_slice(&source[from..from + take]);
        self.at += take as u64;
        self.read += take as u64;
        Ok(take)
    }
}

impl<F> Seek for &mut Endless<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        if let SeekFrom::Start(at) = to {
            self.at = at;
        }
        Ok(self.at)
    }
}

/// A directory of (almost) 4 GiB.
fn endless<F: Fn(u64) -> Vec<u8>>(rock_ridge: bool, sector: F) -> Endless<F> {
    let mut base = Iso { rock_ridge, ..Iso::new("BIG", &["dir/x"]) }.build();
    let start = (base.len() / SECTOR) as u32;
    let size = u32::MAX - 2047;
    point(&mut base, b"DIR", start, size);
    base.extend(pack(&[record(&[0], start, size, true, &[])]));
    Endless { base, len: 4 << 30, at: 0, sector, read: 0 }
}

#[track_caller]
fn bounded<F: Fn(u64) -> Vec<u8>>(what: &str, mut image: Endless<F>) -> IsoFacts {
    let (started, len) = (Instant::now(), image.len);
    let facts = probe(&mut image, len).unwrap();
    println!(
        "{what}: {} paths, {} bytes read, {:?}",
        facts.paths.len(),
        image.read,
        started.elapsed()
    );
    assert!(facts.truncated_listing, "{what}");
    assert!(started.elapsed() < PATIENCE, "{what}: {:?}", started.elapsed());
    facts
}

/// 60 records a sector, their names numbered.
fn numbered(sector: u64, suffix: &str, system_use: &[u8]) -> Vec<u8> {
    let record =
        |n| record(format!("{:06}{suffix}", sector * 40 + n).as_bytes(), 40, 1, false, system_use);
    let mut out = pack(&(0..40).map(record).collect::<Vec<_>>());
    out.truncate(SECTOR);
    out
}

#[test]
fn a_hundred_million_entries() {
    let facts = bounded("entries", endless(false, |n| numbered(n, "", &[])));
    assert_eq!(facts.paths.len(), Limits::default().entries - 1, "all but the directory itself");
}

#[test]
fn versions_that_ask_for_quadratic_work() {
    bounded("versions", endless(false, |n| numbered(n, ";2", &[])));
}

#[test]
fn hard_links_that_ask_for_quadratic_work() {
    let px = |serial: u32| {
        let mut px = b"PX\x2c\x01".to_vec();
        for value in [0o100_644_u32, 2, 0, 0, serial] {
            px.extend(value.to_le_bytes());
            px.extend(value.to_be_bytes());
        }
        px
    };
    let sector = move |n: u64| {
        let record = |i: u64| record(b"A", 40, 1, false, &px((n * 20 + i) as u32 + 1));
        let mut out = pack(&(0..20).map(record).collect::<Vec<_>>());
        out.truncate(SECTOR);
        out
    };
    let mut image = endless(true, sector);
    // The path table, where links are looked for, names the endless directory.
    let dir = (image.base.len() / SECTOR) as u32 - 1;
    let table = u32::from_le_bytes(image.base[16 * SECTOR + 140..][..4].try_into().unwrap());
    image.base[table as usize * SECTOR + 2..][..4].copy_from_slice(&dir.to_le_bytes());
    bounded("hard links", image);
}

#[test]
fn deep_directories() {
    let path = vec!["d"; 500].join("/");
    let facts = facts(&Iso::new("DEEP", &[&path, "top"]).build()).unwrap();
    assert!(facts.truncated_listing);
    assert_eq!(facts.paths.keys().collect::<Vec<_>>(), ["/TOP"]);
}

#[test]
fn limits_of_one_s_own() {
    let names: Vec<String> = (0..50).map(|n| format!("dir/file{n}")).collect();
    let image = Iso::new("X", &names.iter().map(String::as_str).collect::<Vec<_>>()).build();
    let within = |limits| probe_within(Cursor::new(&image), image.len() as u64, &limits).unwrap();
    let all = Limits::default();
    assert_eq!(within(all).paths.len(), 50);
    for limits in [
        Limits { entries: 20, ..all },
        Limits { path_bytes: 200, ..all },
        Limits { depth: 0, ..all },
        Limits { work: 150, ..all },
    ] {
        let facts = within(limits);
        assert!(facts.truncated_listing && facts.paths.len() < 50, "{limits:?}");
        assert!(facts.paths.iter().all(|entry| all_paths_of(&image).contains(entry.0)));
    }
}

fn all_paths_of(image: &[u8]) -> Vec<String> {
    facts(image).unwrap().paths.into_keys().collect()
}

#[test]
fn a_name_of_64_kib() {
    // One record whose continuation area holds 300 NM entries that each go on in the next.
    let mut iso = Iso::new("NAME", &["long", "other"]);
    iso.rock_ridge = true;
    let part = [&[b'N', b'M', 255, 1, 1][..], &[b'n'; 250]].concat();
    let area = part.repeat(300);
    let build = |iso: &mut Iso, block: u32| {
        let mut ce = b"CE\x1c\x01".to_vec();
        for value in [block, 0, area.len() as u32] {
            ce.extend(value.to_le_bytes());
            ce.extend(value.to_be_bytes());
        }
        iso.system_use.insert("long".into(), ce);
        iso.files.insert("zz".into(), area.clone());
        iso.build()
    };
    let image = build(&mut iso, 0);
    let block =
        u32::from_le_bytes(image[record_of(&image, b"ZZ.;1") + 2..][..4].try_into().unwrap());
    let facts = facts(&build(&mut iso, block)).unwrap();
    // It is listed under its short name, and the rest of the directory is there.
    assert_eq!(facts.paths.keys().collect::<Vec<_>>(), ["/LONG", "/other", "/zz"]);
}

#[test]
fn names_that_are_no_text() {
    let mut iso = Iso::new("A\u{1b}[2J'\"$\n", &["x"]);
    iso.rock_ridge = true;
    iso.system_use.insert("x".into(), nm(b"\xff'\n$(rm)/../;\x1b[2J"));
    let facts = facts(&iso.build()).unwrap();
    assert_eq!(facts.volume_id, "A\u{1b}[2J'\"$\n");
    assert!(facts.paths.is_empty(), "no menu can write its name");
    let (path, why) = facts.unreachable.first_key_value().unwrap();
    assert_eq!(path, "/\u{fffd}'\n$(rm)/../;\u{1b}[2J");
    assert_eq!(why, "its name is not UTF-8, so that no menu can write it");
}

/// Flips up to 20 bytes of the image's first part, where its structures are, `rounds` times.
/// Answers how often the image was still accepted.
fn flip(what: &str, image: &[u8], rounds: u64) -> u64 {
    let structures = image.len().min(80 * SECTOR) - 16 * SECTOR;
    let (mut accepted, mut slowest) = (0, Duration::ZERO);
    for seed in 0..rounds {
        let mut dice = Dice::new(seed);
        let mut broken = image.to_vec();
        for _ in 0..=dice.below(20) {
            broken[16 * SECTOR + dice.below(structures)] = dice.below(256) as u8;
        }
        let started = Instant::now();
        accepted += u64::from(facts(&broken).is_ok());
        slowest = slowest.max(started.elapsed());
    }
    println!("{what}: {accepted} of {rounds} accepted, the slowest took {slowest:?}");
    assert!(slowest < PATIENCE);
    accepted
}

#[test]
fn flipped_bytes() {
    let paths: Vec<String> = (0..60).map(|n| format!("dir{}/file{n}", n % 7)).collect();
    let mut iso = Iso::new("FLIP", &paths.iter().map(String::as_str).collect::<Vec<_>>());
    iso.boot = vec![(0, 0, 4), (0xef, 0, 100)];
    let accepted = flip("plain", &iso.build(), 2000);
    assert!((1..2000).contains(&accepted), "neither all nor nothing: {accepted}");
    iso.rock_ridge = true;
    let accepted = flip("Rock Ridge", &iso.build(), 2000);
    assert!((1..2000).contains(&accepted), "neither all nor nothing: {accepted}");
    for name in ["ipxe/ipxe", "memtest86+/memtest86+x64", "grub-rescue/grub-rescue-cdrom"] {
        let path = format!("/usr/lib/{name}.iso");
        match std::fs::read(&path) {
            Ok(image) => _ = flip(name, &image, 300),
            Err(_) => testbench::missing(&path),
        }
    }
}

#[test]
fn cut_anywhere() {
    let image = Iso::new("CUT", &["a/b", "c"]).build();
    for len in (0..image.len()).step_by(97) {
        // The last file has one byte in the last sector.
        if len > image.len() - SECTOR {
            assert_eq!(facts(&image[..len]).unwrap().paths.len(), 2, "{len}");
            continue;
        }
        match facts(&image[..len]).unwrap_err() {
            ProbeError::Truncated { .. } => assert!(len > 16 * SECTOR + 87),
            ProbeError::NotIso { .. } | ProbeError::Corrupt { .. } => {
                assert!(len < 17 * SECTOR, "{len}");
            }
            other => panic!("{len}: {other:?}"),
        }
    }
}

#[test]
fn a_file_shorter_than_announced_is_an_io_error() {
    let image = Iso::new("X", &["a"]).build();
    let result = probe(Cursor::new(&image[..20 * SECTOR]), image.len() as u64);
    assert!(matches!(result, Err(ProbeError::Io(_))), "{result:?}");
}
