//! Measuring one run of one program: time, processor time, memory.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::sh::{self, Error};

/// The cost of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cost {
    pub wall: Duration,
    /// User and system time of the program and its children. A busy machine stretches it less than
    /// the time on the clock.
    pub cpu: Duration,
    /// Peak resident memory of the largest process.
    pub kib: u64,
    /// Length of the output, in bytes.
    pub bytes: u64,
}

/// The path of a side's program; `None` if this machine does not have it.
pub(super) fn program(name: &str) -> Option<PathBuf> {
    match name {
        "mkfs" => Some(sh::root().join("target/release/examples/mkfs")),
        "bootkey" => Some(sh::root().join("target/release/bootkey")),
        peer if peer.starts_with("peer-") => {
            Some(sh::root().join("target/bench-peers/release").join(peer))
        }
        other => sh::find(other),
    }
}

/// Runs a side once, into a file that does not exist.
pub(super) fn run(words: &[&str], input: &Path, output: &Path, mib: u64) -> Result<Cost, Error> {
    // What the side before wrote, a file or a directory, is not its to remove.
    let _ = std::fs::remove_file(output);
    let _ = std::fs::remove_dir_all(output);
    level(output, mib).map_err(Error::io(output))?;
    let (mkfs, bootkey) = (program("mkfs"), program("bootkey"));
    let place = |word: &str| {
        let own =
            |program: &Option<PathBuf>| program.clone().unwrap_or_default().display().to_string();
        let word = word.replace("mkfs", &own(&mkfs)).replace("BOOTKEY", &own(&bootkey));
        let download = sh::root().join("target/release/examples/download");
        let word = word.replace("DOWNLOAD", &download.display().to_string());
        let word = word.replace("ROOT", &sh::root().display().to_string());
        let word = word.replace("IN", &input.display().to_string());
        word.replace("OUT", &output.display().to_string())
    };
    let program = program(words[0]).unwrap_or_else(|| words[0].into());
    let Some(gnu_time) = sh::find("time") else {
        return Err(Error::Missing(
            "GNU `time` is missing; `cargo xtask setup` installs it".into(),
        ));
    };
    let notes = |what: &str| output.with_extension(what);
    // Two clocks: bash's `time` has milliseconds where GNU time has hundredths of a second, and GNU
    // time has the memory.
    let script = "exec 3>&2 2>\"$1\"; shift; TIMEFORMAT='%U %S'; time \"$@\" 2>&3 3>&-";
    let mut command = Command::new("bash");
    command.args(["-c", script, "bash"]).arg(notes("cpu")).arg(gnu_time);
    command.args(["-f", "%M", "-o"]).arg(notes("mem")).arg(program);
    command.args(words[1..].iter().map(|w| place(w))).env("LC_ALL", "C");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit());
    let start = Instant::now();
    let status = command.status();
    let wall = start.elapsed();
    match status {
        Ok(s) if s.success() => {}
        Ok(status) => return Err(Error::Failed { program: sh::line(&command), status }),
        Err(source) => return Err(Error::Start { program: sh::line(&command), source }),
    }
    let read = |what| {
        let path = notes(what);
        std::fs::read_to_string(&path).map_err(Error::io(&path))
    };
    let (cpu, mem) = (read("cpu")?, read("mem")?);
    let bytes = std::fs::metadata(output).map_or(0, |m| m.len());
    cost(wall, &cpu, &mem).map(|cost| Cost { bytes, ..cost }).ok_or_else(|| Error::Answer {
        program: "time".into(),
        reason: format!("`{}` and `{}`", cpu.trim(), mem.trim()),
    })
}

/// The cost from the texts of user and system seconds, and of KiB.
fn cost(wall: Duration, cpu: &str, mem: &str) -> Option<Cost> {
    let seconds: Option<Vec<f64>> = cpu.split_whitespace().map(|s| s.parse().ok()).collect();
    let [user, system] = seconds?[..] else { return None };
    let cpu = Duration::try_from_secs_f64(user + system).ok()?;
    Some(Cost { wall, cpu, kib: mem.trim().parse().ok()?, bytes: 0 })
}

/// Writes and removes as much as the side will write. A virtual machine gets memory from its host
/// when it is first touched; so that this is not measured, it happens here.
fn level(output: &Path, mib: u64) -> std::io::Result<()> {
    let scratch = output.with_extension("level");
    let mut file = std::fs::File::create(&scratch)?;
    let piece = vec![1; 1 << 20];
    for _ in 0..mib {
        file.write_all(&piece)?;
    }
    // And so that the side need not wait for earlier writes.
    file.sync_all()?;
    std::fs::remove_file(&scratch)
}

/// The median of each part of the costs.
pub(super) fn median(costs: &[Cost]) -> Cost {
    fn middle<T: Ord + Copy>(of: impl Iterator<Item = T>) -> T {
        let mut all: Vec<T> = of.collect();
        all.sort_unstable();
        all[all.len() / 2]
    }
    Cost {
        wall: middle(costs.iter().map(|c| c.wall)),
        cpu: middle(costs.iter().map(|c| c.cpu)),
        kib: middle(costs.iter().map(|c| c.kib)),
        bytes: middle(costs.iter().map(|c| c.bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_what_time_says() {
        let of = |ms: u64, cpu, mem| cost(Duration::from_millis(ms), cpu, mem).unwrap();
        let runs = [of(9, "0.001 0.002\n", "10\n"), of(1, "0.5 0", "30"), of(5, "0.004 0", "20")];
        assert_eq!(median(&runs), of(5, "0.004 0", "20"));
        assert_eq!(median(&runs[..1]), runs[0]);
        assert_eq!(cost(Duration::ZERO, "what 1", "1"), None);
    }

    #[test]
    fn a_run_is_measured_and_a_failure_told() {
        if sh::find("time").is_none() || sh::find("bash").is_none() {
            return testbench::missing("bash and GNU time");
        }
        let dir = tempfile::tempdir().unwrap();
        let (input, output) = (dir.path().join("a"), dir.path().join("out"));
        std::fs::write(&input, "x").unwrap();
        let cost = run(&["cp", "IN", "OUT"], &input, &output, 1).unwrap();
        assert_eq!(std::fs::read(&output).unwrap(), b"x");
        assert!(cost.kib > 0 && cost.wall > Duration::ZERO);
        run(&["false"], &input, &output, 0).unwrap_err();
    }
}
