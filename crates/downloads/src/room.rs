//! The room that a file system has for what is downloaded.

use crate::error::Fault;
use std::fs::File;

/// Bytes that a file of unknown length leaves free for others.
const RESERVE: u64 = 64 << 20;
/// Bytes after which the file system is asked again.
pub(crate) const ASK_EVERY: u64 = 64 << 20;

/// Refuses the rest of a file that has no room on the file system where `part` lies. `there` of its
/// bytes are there already, of `len` if the server says how many it has.
pub(crate) fn check(part: &File, len: Option<u64>, there: u64) -> Result<(), Fault> {
    match free(part) {
        Some(free) => fits(free, len, there),
        None => Ok(()),
    }
}

/// The bytes that this user may still write there; `None` if the file system does not know.
fn free(file: &File) -> Option<u64> {
    let stat = rustix::fs::fstatvfs(file).ok().filter(|stat| stat.f_blocks != 0)?;
    let root = rustix::process::geteuid().is_root();
    let blocks = if root { stat.f_bfree } else { stat.f_bavail };
    Some(blocks.saturating_mul(stat.f_frsize))
}

fn fits(free: u64, len: Option<u64>, there: u64) -> Result<(), Fault> {
    let needed = len.map_or(RESERVE, |len| len.saturating_sub(there));
    match needed <= free {
        true => Ok(()),
        false => Err(Fault::NoRoom { len, free, came: there }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_needs_no_room_and_an_unknown_length_leaves_some() {
        assert!(fits(10, Some(10), 0).is_ok() && fits(1, Some(10), 9).is_ok());
        assert!(fits(0, Some(10), 10).is_ok() && fits(0, Some(10), 11).is_ok());
        assert!(fits(RESERVE, None, 5).is_ok());
        for (free, len, there) in [(9, Some(10), 0), (0, Some(10), 9), (RESERVE - 1, None, 5)] {
            let fault = fits(free, len, there).unwrap_err();
            assert!(matches!(fault, Fault::NoRoom { .. }), "{fault}");
        }
    }

    #[test]
    fn the_file_system_of_a_file_is_asked() {
        let dir = tempfile::tempdir().unwrap();
        let file = File::create(dir.path().join("x")).unwrap();
        assert!(check(&file, Some(u64::MAX), 0).is_err());
        assert!(check(&file, Some(0), 0).is_ok());
    }
}
