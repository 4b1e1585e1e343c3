//! The rounds: in each, every side of a case is run once. Each round begins with another side, and
//! every second one goes backwards, so that other work of the machine affects all sides alike. The
//! table has medians, their spread, and each side's time as a multiple of ours.

use super::cases::{Case, Side};
use super::measure::{Cost, median, program, run as measure};
use super::options::Options;
use crate::sh::{self, Error};
use core::fmt::Write as _;
use std::io;
use std::path::Path;
use std::time::Duration;
use testbench::LoopMount;

/// Runs all wanted cases; returns their tables.
pub(super) fn each(cases: &[Case], options: &Options, peers: bool) -> Result<Vec<String>, Error> {
    let mut tables = Vec::new();
    let dir = sh::root().join("target/bench");
    let _ = std::fs::remove_dir_all(&dir); // of an earlier run, if there was one
    for case in cases.iter().filter(|c| c.name.contains(&options.case)) {
        std::fs::create_dir_all(&dir).map_err(Error::io(&dir))?;
        if case.reflinks {
            if let Some(xfs) = xfs(&dir)? {
                tables.extend(in_turn(case, options, peers, xfs.path())?);
                xfs.unmount();
            }
        } else {
            tables.extend(in_turn(case, options, peers, &dir)?);
        }
        std::fs::remove_dir_all(&dir).map_err(Error::io(&dir))?;
    }
    Ok(tables)
}

/// An XFS that shares blocks, with room for 10 GiB, if this machine can have one.
fn xfs(dir: &Path) -> Result<Option<LoopMount>, Error> {
    let Some(mkfs) = testbench::oracle("mkfs.xfs") else { return Ok(None) };
    let image = dir.join("xfs");
    let file = std::fs::File::create(&image).map_err(Error::io(&image))?;
    file.set_len(10 << 30).map_err(Error::io(&image))?;
    sh::run(mkfs.command().args(["-q", "-m", "reflink=1"]).arg(&image))?;
    Ok(LoopMount::whole(&image, "xfs", "rw,noatime"))
}

/// Runs the sides of a case in turn, below `dir`.
fn in_turn(
    case: &Case,
    options: &Options,
    peers: bool,
    dir: &Path,
) -> Result<Option<String>, Error> {
    let there = |s: &&Side| {
        (options.slow || !s.slow)
            && (peers || !s.words[0].starts_with("peer-"))
            && program(s.words[0]).is_some()
    };
    let sides: Vec<&Side> = case.sides.iter().filter(there).collect();
    if sides.first().map(|s| s.name) != case.sides.first().map(|s| s.name) {
        return Ok(None);
    }
    let input = dir.join("in");
    std::fs::create_dir_all(&input).map_err(Error::io(&input))?;
    match (case.fill)(&input) {
        Err(e) if e.kind() == io::ErrorKind::Unsupported => {
            println!("\n{}: left out, {e}", case.name);
            return Ok(None);
        }
        other => other.map_err(Error::io(&input))?,
    }
    let mut costs = vec![Vec::new(); sides.len()];
    for round in 0..options.rounds {
        // Each round begins with another side, and every second one goes backwards, so that it is
        // not always the same side that runs behind a certain other one.
        let mut order: Vec<usize> = (0..sides.len()).collect();
        order.rotate_left(round as usize % sides.len());
        if round % 2 == 1 {
            order.reverse();
        }
        for n in order {
            if round == 0 || !sides[n].slow {
                costs[n].push(measure(sides[n].words, &input, &dir.join("out"), case.mib)?);
            }
        }
    }
    let table = table(case, options.rounds, &sides, &costs);
    println!("\n{table}");
    Ok(Some(table))
}

fn table(case: &Case, rounds: u32, sides: &[&Side], costs: &[Vec<Cost>]) -> String {
    let mut out = format!(
        "{} ({rounds} rounds; medians, and those of multiples of ours in the same round)\n",
        case.name
    );
    // OK to ignore, here and below: writing to a String does not fail.
    let _ = writeln!(
        out,
        "  {:<22} {:>8} {:>6}   {:>8} {:>6}   {:>9}   {:>9}   wall from to",
        "", "wall, s", "", "CPU, s", "", "peak, MiB", "out, MiB"
    );
    let ours = &costs[0];
    for (side, costs) in sides.iter().zip(costs) {
        let of = median(costs);
        // A machine that is slow for a while is so for both.
        let times = |what: fn(&Cost) -> Duration| {
            let both = costs.iter().zip(ours).map(|(side, ours)| (what(side), what(ours)));
            let times = both.map(|(side, ours)| side.as_secs_f64() / ours.as_secs_f64().max(0.001));
            let mut times: Vec<f64> = times.collect();
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        };
        let walls = || costs.iter().map(|c| c.wall.as_secs_f64());
        let _ = writeln!(
            out,
            "  {:<22} {:>8.3} {:>6.2}   {:>8.3} {:>6.2}   {:>9.1}   {:>9.2}   {:.3} {:.3}",
            side.name,
            of.wall.as_secs_f64(),
            times(|c| c.wall),
            of.cpu.as_secs_f64(),
            times(|c| c.cpu),
            of.kib as f64 / 1024.0,
            of.bytes as f64 / f64::from(1 << 20),
            walls().fold(f64::INFINITY, f64::min),
            walls().fold(0.0, f64::max),
        );
    }
    out
}
