//! Tests of budgets with hostile streams: every block and stream is charged, and an exhausted
//! budget stops the decoder. No time is measured here; `examples/rates.rs` does that.
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use serde::Deserialize as _;
use serde::de::value::{Error, StrDeserializer};
use std::io::{self, Read as _};
use testbench::{HOSTILE_STREAMS, HostileStream};
use unpack::{Budget, Compression, Limit, Streams};

fn compression(stream: &HostileStream) -> Compression {
    Compression::deserialize(StrDeserializer::<Error>::new(stream.codec)).unwrap()
}

/// Unpacks as far as it goes. Returns the number of bytes, or the error.
fn drain(compression: Compression, bytes: &[u8], budget: &Budget) -> io::Result<u64> {
    io::copy(&mut compression.reader(bytes, Streams::All, budget), &mut io::sink())
}

/// The decoders take the hostile streams for streams: they fail only at the end of the bytes, where
/// the stream would go on, or not at all.
#[test]
fn hostile_streams_are_valid_as_far_as_they_go() {
    for stream in HOSTILE_STREAMS {
        let (bytes, _) = stream.of_len(1 << 12);
        if let Err(e) = drain(compression(stream), &bytes, &Budget::new(u64::MAX, u64::MAX)) {
            assert_eq!(e.kind(), io::ErrorKind::UnexpectedEof, "{}: {e}", stream.name);
        }
    }
}

/// Twice as many blocks or streams cost twice as much. (What each costs, `weights.rs` tests.)
#[test]
fn work_is_in_proportion_to_the_length() {
    for stream in HOSTILE_STREAMS {
        let work = |len| {
            let (bytes, _) = stream.of_len(len);
            let budget = Budget::new(u64::MAX, u64::MAX);
            // OK to ignore: whether the stream is complete does not matter here.
            let _ = drain(compression(stream), &bytes, &budget);
            budget.work()
        };
        let (one, two) = (work(1 << 16), work(1 << 17));
        let ratio = two as f64 / one as f64;
        assert!((1.9..2.1).contains(&ratio), "{}: {one}, then {two}", stream.name);
    }
}

/// A stream that costs more than the budget is stopped soon after that, whatever it is made of.
#[test]
fn what_is_spent_stops_the_decoder() {
    for stream in HOSTILE_STREAMS {
        let (bytes, _) = stream.of_len(1 << 17);
        let unbounded = Budget::new(u64::MAX, u64::MAX);
        let _ = drain(compression(stream), &bytes, &unbounded);
        let half = unbounded.work() / 2;
        let budget = Budget::new(half, u64::MAX);
        let e = drain(compression(stream), &bytes, &budget).unwrap_err();
        assert!(e.to_string().contains("takes more work"), "{}: {e}", stream.name);
        assert_eq!(budget.exhausted(), Some(Limit::Work), "{}", stream.name);
        // A decoder gets 16 KiB at once.
        let most = half + unbounded.work() / 8 + 100_000;
        assert!(budget.work() <= most, "{}: {} of {half}", stream.name, budget.work());
    }
}

/// No more bytes are unpacked than the budget allows, and exactly as many are no error.
#[test]
fn no_more_bytes_come_than_may() {
    let gz = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xcbH\xcd\xc9\xc9\x07\0\x86\xa6\x106\x05\0\0\0";
    for (most, fine) in [(4, false), (5, true), (6, true)] {
        let budget = Budget::new(u64::MAX, most);
        let mut text = Vec::new();
        let mut reader = Compression::Gzip.reader(&gz[..], Streams::All, &budget);
        let read = reader.read_to_end(&mut text);
        assert_eq!(read.is_ok(), fine, "{most}");
        assert_eq!(budget.exhausted(), (!fine).then_some(Limit::Bytes), "{most}");
        assert_eq!(&text[..], &b"hello"[..text.len()]);
    }
    let plain = Budget::new(u64::MAX, 3);
    let read = Compression::None.reader(&b"four"[..], Streams::All, &plain).read(&mut [0; 9]);
    assert_eq!(read.unwrap(), 3);
}
