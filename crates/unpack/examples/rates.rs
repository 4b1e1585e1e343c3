//! Measures what the rates in `weights.rs` say: for each hostile stream, and for data that is hard
//! and easy to compress, the time that unpacking takes beside the work that is charged for it.
//!
//! `cargo run --release -p unpack --example rates [MiB] [FILE...]`; a last column above 1 is a rate
//! that is too low. Times are the processor's, so others may use the machine meanwhile. With
//! packed files, only they are measured; else the programs of the codecs must be installed.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, clippy::unwrap_used)] // a tool

use serde::Deserialize as _;
use serde::de::value::{Error, StrDeserializer};
use std::io::{self, Write as _};
use std::process::{Command, Stdio};
use testbench::HOSTILE_STREAMS;
use unpack::{Budget, Compression, Limit, Streams};

/// The time for which this thread has run, in nanoseconds.
fn processor_time() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}

fn measure(name: &str, compression: Compression, bytes: &[u8]) {
    let budget = Budget::for_input(bytes.len() as u64, 512 << 20);
    let start = processor_time();
    let mut reader = compression.reader(bytes, Streams::All, &budget);
    let ended = match io::copy(&mut reader, &mut io::sink()) {
        Ok(_) => "whole".to_owned(),
        Err(e) => match budget.exhausted() {
            Some(Limit::Work) => "WORK".to_owned(),
            Some(Limit::Bytes) => "BYTES".to_owned(),
            None => e.to_string(),
        },
    };
    let nanoseconds = (processor_time() - start) as f64;
    let (mib, work) = (budget.unpacked() >> 20, budget.work() as f64);
    println!(
        "{name:55} {:6.2} s  {:6.2} charged  {mib:5} MiB out  {:5.2}  {ended}",
        nanoseconds / 1e9,
        work / 1e9,
        nanoseconds / work
    );
}

fn pack(program: &str, args: &[&str], bytes: &[u8]) -> Vec<u8> {
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(bytes));
        child.wait_with_output().unwrap().stdout
    })
}

fn main() {
    let mib: usize = std::env::args().nth(1).map_or(16, |a| a.parse().unwrap());
    let files: Vec<String> = std::env::args().skip(2).collect();
    for file in &files {
        let bytes = std::fs::read(file).unwrap();
        let compression = Compression::recognise(&bytes).unwrap_or(Compression::None);
        measure(file, compression, &bytes);
    }
    if !files.is_empty() {
        return;
    }
    let mut x = 1_u64;
    let mut next = move || {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        (x >> 24) as u8
    };
    let noise: Vec<u8> = std::iter::repeat_with(&mut next).take(mib << 20).collect();
    let letters: Vec<u8> = noise.iter().map(|b| b'a' + (b & 3)).collect();
    let words = ["boot ", "key ", "iso ", "\n", "menuentry ", "linux /vmlinuz ", "quiet "];
    let text = noise.iter().flat_map(|b| words[usize::from(*b) % words.len()].bytes());
    let text: Vec<u8> = text.take(mib << 20).collect();
    let zeros = vec![0; mib << 24];
    let pairs = b"ab".repeat(mib << 21);
    for (compression, program, args) in [
        (Compression::Gzip, "gzip", &["-1"][..]),
        (Compression::Xz, "xz", &["-0", "-T1"]),
        (Compression::Zstd, "zstd", &["-1", "-q"]),
        (Compression::Lz4, "lz4", &["-l", "-1", "-q"]),
        (Compression::Bzip2, "bzip2", &["-9"]),
        (Compression::Lzma, "xz", &["--format=lzma", "-0"]),
    ] {
        let kinds = [("noise", &noise), ("letters", &letters), ("text", &text)];
        for (kind, bytes) in kinds.into_iter().chain([("zeros", &zeros), ("pairs", &pairs)]) {
            let packed = pack(program, &[&["-c"], args].concat(), bytes);
            let name = format!("{compression:?}: {kind}, {} KiB", packed.len() >> 10);
            measure(&name, compression, &packed);
        }
    }
    for stream in HOSTILE_STREAMS {
        let (bytes, _) = stream.of_len(mib << 20);
        let compression =
            Compression::deserialize(StrDeserializer::<Error>::new(stream.codec)).unwrap();
        measure(stream.name, compression, &bytes);
    }
}
