//! `cargo xtask bench write`: a key onto a stick that takes only so many bytes in a second, beside `dd` and
//! `bmaptool`. What counts is the time until all of it is there, without the comparing and probing that the
//! others do not do, and the bytes that the stick was made to write.

use super::cases::noise;
use super::installer::installer;
use super::options::Options;
use crate::sh::{self, Error, cargo};
use core::fmt::Write as _;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use testbench::LoopDevice;

/// Where the kernel limits what a device is made to write, whoever does it.
const LIMIT: &str = "/sys/fs/cgroup/blkio/blkio.throttle.write_bps_device";

/// A key, and the stick that it is written to.
struct Case {
    name: &'static str,
    /// What the key is made of; nothing: of an ISO that is made.
    spec: Option<&'static str>,
    /// MiB that the stick has.
    stick: u64,
    /// MiB that it takes in a second.
    rate: u64,
}

const CASES: [Case; 2] = [
    Case {
        name: "the rescue key onto a stick of 10 MiB/s",
        spec: Some("images/rescue.toml"),
        stick: 200,
        rate: 10,
    },
    Case {
        name: "a key with 2 GiB of ISOs onto a stick of 100 MiB/s",
        spec: None,
        stick: 3000,
        rate: 100,
    },
];

/// The first compares the image with its block map before it writes, as `bmaptool` does while it writes; the
/// second finds no block map, as `dd` does not look for one.
const SIDES: [(&str, &str); 4] = [
    ("bootkey", "BOOTKEY -v write --yes --progress none KEY DEV"),
    ("… no map", "BOOTKEY -v write --yes --progress none ALONE DEV"),
    ("dd", "dd if=KEY of=DEV bs=4M conv=fsync status=none"),
    ("bmaptool", "bmaptool -q copy KEY DEV"),
];

/// One run of one side.
#[derive(Debug, Clone, Copy)]
struct Run {
    time: Duration,
    written: u64,
}

/// Measures, and prints a table for each case.
pub(super) fn run(options: &Options) -> Result<(), Error> {
    tables(options).map(|_| ())
}

/// Runs the cases, and returns their tables; none where a device cannot be made slow.
pub(super) fn tables(options: &Options) -> Result<Vec<String>, Error> {
    let mut tables = Vec::new();
    if !Path::new(LIMIT).is_file() || !testbench::is_root() {
        println!("left out: only root limits a device, by cgroups of version 1 ({LIMIT})");
        return Ok(tables);
    }
    sh::run(cargo().args(["build", "--locked", "--release", "-p", "bootkey"]))?;
    let dir = sh::root().join("target/bench");
    for case in CASES.iter().filter(|case| case.name.contains(&options.case)) {
        let _ = fs::remove_dir_all(&dir); // of an earlier run, if there was one
        fs::create_dir_all(&dir).map_err(Error::io(&dir))?;
        tables.extend(measure(case, &dir, options.rounds)?);
        fs::remove_dir_all(&dir).map_err(Error::io(&dir))?;
    }
    Ok(tables)
}

fn measure(case: &Case, dir: &Path, rounds: u32) -> Result<Option<String>, Error> {
    let (bootkey, key) = (sh::root().join("target/release/bootkey"), dir.join("key.img"));
    let mut build = Command::new(&bootkey);
    build.args(["-q", "build", "--bmap", "-o"]).arg(&key);
    match case.spec {
        Some(spec) => build.arg(sh::root().join(spec)),
        None => {
            installer(dir, 2048).map_err(Error::io(dir))?;
            build.arg(dir.join("a.iso"))
        }
    };
    sh::run(&mut build)?;
    let alone = dir.join("alone/key.img");
    let link = fs::create_dir(dir.join("alone")).and_then(|()| fs::hard_link(&key, &alone));
    link.map_err(Error::io(&alone))?;
    let Some(stick) = LoopDevice::that_cannot_forget(case.stick << 20) else { return Ok(None) };
    let mut runs = [const { Vec::new() }; SIDES.len()];
    for round in 0..rounds as usize {
        for n in 0..SIDES.len() {
            let side = (n + round) % SIDES.len();
            // It was used: by the run before, and at its end.
            let end = (case.stick << 20) - (1 << 20);
            let device = File::options().write(true).open(&stick.path);
            let used = device.and_then(|device| {
                device.write_all_at(&noise(1 << 20), end)?;
                device.sync_all()
            });
            used.map_err(Error::io(&stick.path))?;
            let words = SIDES[side].1.replace("BOOTKEY", &bootkey.display().to_string());
            let words = words.replace("ALONE", &alone.display().to_string());
            let words = words.replace("KEY", &key.display().to_string());
            let words = words.replace("DEV", &stick.path.display().to_string());
            runs[side].push(once(&words, &stick.path, case.rate)?);
        }
    }
    let len = fs::metadata(&key).map_err(Error::io(&key))?.len();
    let table = table(case, len, rounds, &runs);
    println!("\n{table}");
    Ok(Some(table))
}

/// Runs a side to its end, as slowly as the stick is.
fn once(words: &str, device: &Path, rate: u64) -> Result<Run, Error> {
    let name = device.file_name().unwrap_or_default();
    let block = Path::new("/sys/block").join(name);
    let read = |path: &Path| fs::read_to_string(path).map_err(Error::io(path));
    // Its seventh number: sectors written.
    let written = || {
        let stat = read(&block.join("stat"))?;
        let sectors = stat.split_whitespace().nth(6).and_then(|n| n.parse::<u64>().ok());
        Ok::<u64, Error>(sectors.unwrap_or_default() * 512)
    };
    let number = read(&block.join("dev"))?;
    let limit = |rate: u64| {
        let line = format!("{} {}", number.trim(), rate << 20);
        fs::write(LIMIT, line).map_err(Error::io(Path::new(LIMIT)))
    };
    limit(rate)?;
    let before = written()?;
    let started = Instant::now();
    let ran = Command::new("sh").args(["-c", words]).output();
    let wall = started.elapsed();
    limit(0)?;
    let ran = ran.map_err(|source| Error::Start { program: words.to_owned(), source })?;
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    if !ran.status.success() {
        return Err(Error::Answer { program: words.to_owned(), reason: said });
    }
    Ok(Run { time: wall.saturating_sub(checking(&said)), written: written()? - before })
}

/// The time that bootkey has taken to look whether all is well, as it says: `probing 5 ms, writing …`.
fn checking(said: &str) -> Duration {
    let line = said.lines().rfind(|line| line.contains("comparing")).unwrap_or_default();
    let phases = line.split([',', ':']).filter_map(|phase| {
        let mut words = phase.split_whitespace();
        let is_check = matches!(words.next()?, "probing" | "comparing");
        let ms = words.next()?.parse().ok()?;
        is_check.then(|| Duration::from_millis(ms))
    });
    phases.sum()
}

fn table(case: &Case, len: u64, rounds: u32, runs: &[Vec<Run>; SIDES.len()]) -> String {
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let mut out = format!(
        "{} (an image of {:.0} MiB; {rounds} rounds, medians, and those of multiples of ours in the same round)\n  \
         {:<12} {:>8} {:>14} {:>17}\n",
        case.name,
        mib(len),
        "",
        "s",
        "MiB written",
        "s from to"
    );
    let seconds = |run: &Run| run.time.as_secs_f64();
    for ((name, _), side) in SIDES.iter().zip(runs) {
        let times = sorted(side.iter().map(seconds));
        let ratios =
            sorted(side.iter().zip(&runs[0]).map(|(run, ours)| seconds(run) / seconds(ours)));
        let written = sorted(side.iter().map(|run| mib(run.written)));
        let middle = side.len() / 2;
        // OK to ignore: writing to a String does not fail.
        let _ = writeln!(
            out,
            "  {name:<12} {:>8.2} {:>6.2} {:>11.2} {:>8.2} {:.2}",
            times[middle],
            ratios[middle],
            written[middle],
            times[0],
            times[times.len() - 1],
        );
    }
    out
}

fn sorted(numbers: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_checking_is_what_bootkey_says() {
        let said = "note\ntime: checking 9 ms\ntime: erasing 1 ms, probing 20 ms, writing 300 ms, comparing 4000 ms, \
                    finishing 5 ms\nkey.img: written";
        assert_eq!(checking(said), Duration::from_millis(4020));
        assert_eq!(checking("time: writing 3 ms"), Duration::ZERO);
    }
}
