//! `cargo xtask bench fs-ext`: the file system writer beside other people's, in one go.
//!
//! Every side of a case is run in turn, round after round, so that whatever else the machine does
//! hits all of them; the table has medians, their spread, and each side's time as a multiple of ours.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::sh::{self, Error, cargo};

/// Options of `bench`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// What to measure
    #[arg(value_parser = ["fs-ext"])]
    what: String,
    /// How often each side is run
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
}

/// A program with its arguments; `IN` stands for the input directory and `OUT` for the output file.
type Side = (&'static str, &'static [&'static str]);

/// An input, and who makes what of it. Ours comes first.
struct Case {
    name: &'static str,
    /// Makes the input below a directory.
    fill: fn(&Path) -> std::io::Result<()>,
    sides: &'static [Side],
}

const OURS: &str = "fs-ext";

const CASES: &[Case] = &[
    Case {
        name: "one file of 1 GiB",
        fill: |dir| std::fs::write(dir.join("big.bin"), noise(1 << 30)),
        sides: &[
            (OURS, &["mkfs", "ext4", "IN", "OUT"]),
            ("mke2fs ext4", &["mke2fs", "-q", "-t", "ext4", "-d", "IN", "OUT", "1200M"]),
            ("mke2fs ext3", &["mke2fs", "-q", "-t", "ext3", "-d", "IN", "OUT", "1200M"]),
            ("cp", &["cp", "IN/big.bin", "OUT"]),
            ("cp and sync", &["sh", "-c", "cp IN/big.bin OUT && sync OUT"]),
        ],
    },
    Case {
        name: "50,000 files of 0 to 12 KB in 500 directories",
        fill: many_files,
        sides: &[
            (OURS, &["mkfs", "ext4", "IN", "OUT"]),
            (
                "mke2fs ext4",
                &["mke2fs", "-q", "-t", "ext4", "-N", "60000", "-d", "IN", "OUT", "600M"],
            ),
            (
                "mke2fs ext3",
                &["mke2fs", "-q", "-t", "ext3", "-N", "60000", "-d", "IN", "OUT", "600M"],
            ),
            ("tar", &["tar", "-cf", "OUT", "-C", "IN", "."]),
        ],
    },
    Case {
        name: "nothing in 64 GiB",
        fill: |_| Ok(()),
        sides: &[
            (OURS, &["mkfs", "ext4", "IN", "OUT", "65536"]),
            ("mke2fs ext4", &["mke2fs", "-q", "-t", "ext4", "OUT", "64G"]),
        ],
    },
    // 100,000, as the goal has it, keep mke2fs busy for more than nine minutes a run.
    Case {
        name: "10,000 entries in one directory",
        fill: |dir| (0..10_000).try_for_each(|n| std::fs::write(dir.join(format!("{n:06}")), "")),
        sides: &[
            (OURS, &["mkfs", "ext4", "IN", "OUT"]),
            (
                "mke2fs ext4",
                &["mke2fs", "-q", "-t", "ext4", "-N", "16384", "-d", "IN", "OUT", "64M"],
            ),
        ],
    },
];

/// Bytes that do not compress, the same every time (xorshift).
fn noise(len: usize) -> Vec<u8> {
    let mut x = 0x9E37_79B9_7F4A_7C15u64;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        bytes.extend_from_slice(&x.to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

fn many_files(dir: &Path) -> std::io::Result<()> {
    let bytes = noise(12_000);
    for d in 0..500 {
        let sub = dir.join(format!("d{d:03}"));
        std::fs::create_dir(&sub)?;
        for n in 0..100 {
            // Sizes that have nothing to do with each other, all below 12,000.
            std::fs::write(sub.join(format!("f{n:02}")), &bytes[..(d * 100 + n) * 7919 % 12_000])?;
        }
    }
    Ok(())
}

/// Measures, and prints a table for each case.
///
/// # Errors
/// When an input cannot be made or a program fails.
pub fn run(options: &Options) -> Result<(), Error> {
    sh::run(cargo().args(["build", "--locked", "--release", "-p", "fs-ext", "--example", "mkfs"]))?;
    let dir = sh::root().join("target/bench");
    let _ = std::fs::remove_dir_all(&dir); // of an earlier run, if there was one
    for case in CASES {
        let input = dir.join("in");
        std::fs::create_dir_all(&input).map_err(Error::io(&input))?;
        (case.fill)(&input).map_err(Error::io(&input))?;
        let sides = case.sides.iter().filter(|s| s.0 == OURS || sh::find(s.1[0]).is_some());
        let sides: Vec<&Side> = sides.collect();
        let mut times = vec![Vec::new(); sides.len()];
        for _ in 0..options.rounds {
            for (side, times) in sides.iter().zip(&mut times) {
                times.push(time(side.1, &input, &dir.join("out"))?);
            }
        }
        println!(
            "\n{} ({} rounds; median, fastest to slowest, multiple of ours)",
            case.name, options.rounds
        );
        let ours = median(&mut times[0]);
        for (side, times) in sides.iter().zip(&mut times) {
            let seconds = |d: Duration| d.as_secs_f64();
            let middle = median(times);
            let (least, most) = (times[0], times[times.len() - 1]);
            println!(
                "  {:<12} {:>8.3} s  {:>8.3} to {:<8.3} {:>6.2}",
                side.0,
                seconds(middle),
                seconds(least),
                seconds(most),
                seconds(middle) / seconds(ours)
            );
        }
        std::fs::remove_dir_all(&dir).map_err(Error::io(&dir))?;
    }
    Ok(())
}

/// Runs a side once, into a file that does not exist.
fn time(words: &[&str], input: &Path, output: &Path) -> Result<Duration, Error> {
    let _ = std::fs::remove_file(output);
    let place = |word: &str| {
        let word = word.replace("IN", &input.display().to_string());
        word.replace("OUT", &output.display().to_string())
    };
    let program = match words[0] {
        "mkfs" => sh::root().join("target/release/examples/mkfs"),
        other => sh::find(other).unwrap_or_else(|| PathBuf::from(other)),
    };
    let mut command = Command::new(program);
    command.args(words[1..].iter().map(|w| place(w))).stdin(Stdio::null()).stdout(Stdio::null());
    let start = Instant::now();
    let status = command.status();
    let took = start.elapsed();
    match status {
        Ok(s) if s.success() => Ok(took),
        Ok(status) => Err(Error::Failed { program: sh::line(&command), status }),
        Err(source) => Err(Error::Start { program: sh::line(&command), source }),
    }
}

/// Sorts them, and gives the one in the middle.
fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        let of = |ms: &[u64]| {
            median(&mut ms.iter().map(|m| Duration::from_millis(*m)).collect::<Vec<_>>())
                .as_millis()
        };
        assert_eq!((of(&[9]), of(&[9, 1, 5]), of(&[3, 1])), (9, 5, 3));
    }

    #[test]
    fn ours_comes_first_and_inputs_are_the_same_every_time() {
        assert!(CASES.iter().all(|c| c.sides[0].0 == OURS));
        assert_eq!(noise(1001), noise(1003)[..1001]);
        let dir = tempfile::tempdir().unwrap();
        many_files(dir.path()).unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 500);
    }
}
