//! Tests of every codec against its own program: what that packs is unpacked, and what it calls
//! truncated or damaged is called so here.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use proptest::prelude::*;
use std::io::{self, Read as _, Write as _};
use std::process::{Command, Stdio};
use testbench::oracle;
use unpack::{Budget, Compression, Streams};

/// A codec and its program.
struct Tool {
    compression: Compression,
    program: &'static str,
    /// Arguments besides `-c` and `-d`.
    args: &'static [&'static str],
    /// The program's message about a stream that was cut off.
    truncated: &'static str,
    /// Whether the codec's streams have a checksum.
    checks: bool,
}

const TOOLS: [Tool; 6] = [
    Tool {
        compression: Compression::Gzip,
        program: "gzip",
        args: &[],
        truncated: "unexpected end of file",
        checks: true,
    },
    Tool {
        compression: Compression::Xz,
        program: "xz",
        args: &["-T1"],
        truncated: "Unexpected end of input",
        checks: true,
    },
    Tool {
        compression: Compression::Zstd,
        program: "zstd",
        args: &[],
        truncated: "premature",
        checks: true,
    },
    Tool {
        compression: Compression::Lz4,
        program: "lz4",
        args: &["-l"],
        truncated: "", // it has several ways to say it
        checks: false,
    },
    Tool {
        compression: Compression::Bzip2,
        program: "bzip2",
        args: &[],
        truncated: "file ends unexpectedly",
        checks: true,
    },
    Tool {
        compression: Compression::Lzma,
        program: "xz",
        args: &["--format=lzma"],
        truncated: "Unexpected end of input",
        checks: false,
    },
];

/// The result of a program that packed or unpacked its input.
struct Made {
    status: Option<i32>,
    out: Vec<u8>,
    said: String,
}

impl Tool {
    fn run(&self, args: &[&str], input: &[u8]) -> Made {
        let mut child = Command::new(self.program)
            .args(self.args)
            .args(args)
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let out = std::thread::scope(|scope| {
            // OK to ignore: the program may close its input when it has seen enough.
            scope.spawn(move || stdin.write_all(input));
            child.wait_with_output().unwrap()
        });
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        Made { status: out.status.code(), out: out.stdout, said }
    }

    fn pack(&self, bytes: &[u8], level: &str) -> Vec<u8> {
        let made = self.run(&["-c", level], bytes);
        assert_eq!(made.status, Some(0), "{}: {}", self.program, made.said);
        made.out
    }

    fn unpack(&self, packed: &[u8]) -> io::Result<Vec<u8>> {
        let budget = Budget::new(u64::MAX, u64::MAX);
        let mut out = Vec::new();
        let mut reader = self.compression.reader(packed, Streams::All, &budget);
        reader.read_to_end(&mut out).map(|_| out)
    }
}

/// The tools that are installed.
fn tools() -> impl Iterator<Item = &'static Tool> {
    TOOLS.iter().filter(|t| oracle(t.program).is_some())
}

/// Bytes that no compression makes smaller.
fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut x = seed | 1;
    let next = || {
        // xorshift64
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        (x >> 24) as u8
    };
    std::iter::repeat_with(next).take(len).collect()
}

/// Bytes that any compression makes much smaller.
fn text(len: usize, seed: u64) -> Vec<u8> {
    let words = ["boot", "key", "iso", "\n", "menuentry ", "linux /vmlinuz ", "\0\0\0\0"];
    let picks = noise(len, seed);
    let bytes = picks.iter().flat_map(|b| words[usize::from(*b) % words.len()].bytes());
    bytes.take(len).collect()
}

fn contents() -> impl Strategy<Value = Vec<u8>> {
    let len = prop_oneof![0..300_usize, 1000..200_000_usize];
    (len, any::<u64>(), 0..4).prop_map(|(len, seed, kind)| match kind {
        0 => noise(len, seed),
        1 => text(len, seed),
        2 => vec![seed as u8; len],
        _ => [noise(len / 2, seed), text(len / 2, seed)].concat(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    /// A stream that the program packs is unpacked; of two streams, both or only the first, as
    /// asked for, and the input is left right behind the first.
    #[test]
    fn what_the_programs_pack_is_unpacked(
        one in contents(),
        two in contents(),
        level in prop_oneof![Just("-1"), Just("-6"), Just("-9")],
    ) {
        for tool in tools() {
            let (a, b) = (tool.pack(&one, level), tool.pack(&two, "-1"));
            prop_assert_eq!(&tool.unpack(&a).unwrap(), &one, "{}", tool.program);
            let budget = Budget::new(u64::MAX, u64::MAX);
            if tool.compression == Compression::Lz4 {
                // A stream of the legacy form has no end: another is a part of it.
                let both = tool.unpack(&[&a[..], &b].concat()).unwrap();
                prop_assert_eq!(both, [&one[..], &two].concat());
                continue;
            }
            let behind = b"what follows".repeat(8);
            let mut input = [&a[..], &behind].concat();
            let mut rest = &input[..];
            let mut first = Vec::new();
            let mut reader = tool.compression.reader(&mut rest, Streams::First, &budget);
            reader.read_to_end(&mut first).unwrap();
            drop(reader);
            prop_assert_eq!(&first, &one, "{}", tool.program);
            prop_assert_eq!(rest, &behind[..], "{:?}", tool.compression);
            // And where all are asked for, that is an error.
            prop_assert!(tool.unpack(&input).is_err(), "{:?}", tool.compression);
            input = [&a[..], &b].concat();
            let both = tool.unpack(&input);
            prop_assert_eq!(both.unwrap(), [&one[..], &two].concat(), "{:?}", tool.compression);
        }
    }

    /// A stream that was cut off anywhere is called truncated.
    #[test]
    fn a_stream_that_was_cut_off_is_truncated(one in contents(), at in 0.0..1.0_f64) {
        for tool in tools() {
            let packed = tool.pack(&one, "-1");
            let at = (packed.len() as f64 * at) as usize;
            check_truncated(tool, &packed, at);
        }
    }
}

/// Unpacks a stream that is cut off at that byte, and checks the error.
fn check_truncated(tool: &Tool, packed: &[u8], at: usize) {
    match tool.unpack(&packed[..at]) {
        Err(e) => {
            let expected = io::ErrorKind::UnexpectedEof;
            assert_eq!(e.kind(), expected, "{:?} cut off at {at}: {e}", tool.compression);
            assert!(e.to_string().contains("truncated"), "{e}");
        }
        // It has no end, so it may end between two blocks.
        Ok(_) if tool.compression == Compression::Lz4 && ends_a_block(&packed[..at]) => {}
        Ok(out) => panic!("{:?} cut off at {at} gives {}", tool.compression, out.len()),
    }
}

/// Whether a legacy stream of lz4 ends between two blocks, as it may.
fn ends_a_block(stream: &[u8]) -> bool {
    let mut at = 4;
    while let Some(size) = stream.get(at..at + 4) {
        at += 4 + u32::from_le_bytes(size.try_into().unwrap()) as usize;
    }
    at == stream.len()
}

#[test]
fn every_truncation_is_told() {
    for tool in tools() {
        for bytes in [text(3000, 1), noise(300, 2), Vec::new()] {
            let packed = tool.pack(&bytes, "-6");
            (0..packed.len()).for_each(|at| check_truncated(tool, &packed, at));
        }
    }
}

/// A stream of which only the last byte is missing is truncated, also where its contents are all
/// there: `xz` says so of any stream of lzma, whose range coder is left one byte short.
#[test]
fn a_missing_last_byte_is_told() {
    for tool in tools() {
        for len in 0..100 {
            let packed = tool.pack(&noise(len, len as u64), "-1");
            check_truncated(tool, &packed, packed.len() - 1);
        }
    }
}

#[test]
fn the_programs_call_it_truncated_too() {
    for tool in tools() {
        let packed = tool.pack(&text(3000, 3), "-6");
        for at in [packed.len() / 3, packed.len() - 1] {
            let made = tool.run(&["-d", "-c"], &packed[..at]);
            assert!(matches!(made.status, Some(1..)), "{}: {:?}", tool.program, made.status);
            assert!(made.said.contains(tool.truncated), "{}: {}", tool.program, made.said);
            check_truncated(tool, &packed, at);
        }
    }
}

/// A flipped bit is noticed where there is a checksum, by the programs and by this crate.
#[test]
fn a_flipped_bit_is_damage() {
    for tool in tools() {
        let bytes = noise(2000, 4);
        let packed = tool.pack(&bytes, "-6");
        let (mut damaged, mut by_program) = (0, 0);
        for at in 0..packed.len() {
            let mut bad = packed.clone();
            bad[at] ^= 1 << (at % 8);
            match tool.unpack(&bad) {
                Ok(out) if tool.checks => assert_eq!(out, bytes, "{}: {at}", tool.program),
                Ok(_) => {}
                Err(_) => damaged += 1,
            }
            // The program is asked about some of them only: each takes a process.
            if at % 101 == 50 && tool.checks {
                let made = tool.run(&["-d", "-c"], &bad);
                assert!(matches!(made.status, Some(1 | 2)), "{}: {at}", tool.program);
                assert!(!made.said.is_empty(), "{}: {at}", tool.program);
                by_program += 1;
            }
        }
        assert!(!tool.checks || damaged > 2000 && by_program > 15, "{}: {damaged}", tool.program);
    }
}

/// Incompressible data of several blocks, which an earlier decoder of bzip2 called truncated.
#[test]
fn noise_of_several_blocks_is_unpacked() {
    for tool in tools() {
        for len in [899_999, 900_001, 2_500_000] {
            let bytes = noise(len, len as u64);
            assert_eq!(tool.unpack(&tool.pack(&bytes, "-9")).unwrap(), bytes, "{}", tool.program);
        }
    }
}

/// No byte at all is no stream; a stream of no bytes is one.
#[test]
fn nothing_is_no_stream() {
    for tool in tools() {
        let e = tool.unpack(b"").unwrap_err();
        assert_eq!(e.kind(), io::ErrorKind::UnexpectedEof, "{}", tool.program);
        assert_eq!(tool.unpack(&tool.pack(b"", "-6")).unwrap(), b"", "{}", tool.program);
    }
}

#[test]
fn streams_are_recognised_by_their_first_bytes() {
    for tool in tools() {
        let packed = tool.pack(b"contents", "-6");
        assert_eq!(Compression::recognise(&packed), Some(tool.compression));
    }
    assert_eq!(Compression::recognise(b"070701"), None);
    assert_eq!(Compression::recognise(b""), None);
}

/// An error of the input itself is not taken for damage.
#[test]
fn an_input_that_cannot_be_read_says_so_itself() {
    struct Failing;
    impl io::Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::from_raw_os_error(5))
        }
    }
    for tool in tools() {
        let packed = tool.pack(&noise(5000, 5), "-6");
        let input = io::BufReader::new((&packed[..2500]).chain(Failing));
        let budget = Budget::new(u64::MAX, u64::MAX);
        let mut reader = tool.compression.reader(input, Streams::All, &budget);
        let e = reader.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(e.raw_os_error(), Some(5), "{:?}: {e}", tool.compression);
    }
}

/// Who wants the first bytes of a zstd stream does not wait for a window, of 2 MiB here; and who wants
/// all gets each byte once.
#[test]
fn the_first_blocks_of_zstd_come_early() {
    let Some(tool) = tools().find(|t| t.compression == Compression::Zstd) else { return };
    let bytes = [noise(1 << 20, 1), text(4 << 20, 2), noise(1 << 10, 3)].concat();
    let mut packed = tool.pack(&bytes, "-3");
    let budget = Budget::new(u64::MAX, u64::MAX);
    let mut rest = &packed[..];
    let mut first = vec![0; 100_000];
    tool.compression.reader(&mut rest, Streams::First, &budget).read_exact(&mut first).unwrap();
    assert!(first == bytes[..first.len()]);
    let read = packed.len() - rest.len();
    assert!(read < 300_000, "{read} of {} bytes", packed.len());
    assert!(tool.unpack(&[&packed[..], &packed].concat()).unwrap() == bytes.repeat(2));
    // Its checksum is that of all bytes.
    *packed.last_mut().unwrap() ^= 1;
    assert_eq!(tool.unpack(&packed).unwrap_err().kind(), io::ErrorKind::InvalidData);
}
