//! The blocks that a file shares with others on XFS and btrfs.

use crate::Oracle;
use std::fs::File;
use std::path::Path;

/// The bytes of a file in extents that `filefrag -v` says are shared, and in all. The file is
/// written to the disk first: until then it has no extents.
///
/// # Panics
/// When the file cannot be opened, or `filefrag` fails.
#[track_caller]
pub fn shared_extents(filefrag: &Oracle, path: &Path) -> (u64, u64) {
    let synced = File::open(path).and_then(|file| file.sync_all());
    synced.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let args = ["-v".as_ref(), "-b4096".as_ref(), path.as_os_str()];
    let said = filefrag.run(args).expect_success("filefrag").stdout;
    // `   0:        0..   16383:       1234..     17617:  16384:             shared`
    let extent = |line: &str| -> Option<(u64, bool)> {
        let mut columns = line.split(':');
        columns.next()?.trim().parse::<u64>().ok()?;
        Some((columns.nth(2)?.trim().parse().ok()?, line.contains("shared")))
    };
    let extents: Vec<(u64, bool)> = said.lines().filter_map(extent).collect();
    let sum = |all: bool| extents.iter().filter(|e| all || e.1).map(|e| e.0 * 4096).sum();
    (sum(false), sum(true))
}
