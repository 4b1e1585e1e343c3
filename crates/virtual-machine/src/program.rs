//! The programs of this machine.

use std::path::PathBuf;

use crate::Error;
use crate::packages::Wanted;

/// The program of this name in `PATH` or the system directories.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut directories = std::env::split_paths(&path)
        .chain(["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin"].map(PathBuf::from));
    directories.find_map(|directory| {
        let program = directory.join(name);
        // An empty element of PATH would be the directory where we happen to be.
        (program.is_absolute() && program.is_file()).then_some(program)
    })
}

/// A program, or the error that names its package.
pub(crate) fn qemu(name: &str, wanted: Wanted) -> Result<PathBuf, Error> {
    find(name).ok_or_else(|| not_installed(format!("{name}, which runs virtual machines,"), wanted))
}

pub(crate) fn not_installed(what: String, wanted: Wanted) -> Error {
    let os_release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    Error::NotInstalled { what, install: wanted.install(&os_release) }
}

/// The processor time in a line of `/proc/PID/stat`: in user and kernel mode, in hundredths of seconds.
pub(crate) fn processor_time(stat: &str) -> Option<std::time::Duration> {
    // The second field is a name in parentheses, which may hold anything.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some(std::time::Duration::from_millis((ticks()? + ticks()?).checked_mul(10)?))
}

#[cfg(test)]
mod tests {
    use super::processor_time;
    use std::time::Duration;

    #[test]
    fn processor_time_stands_behind_a_name_that_may_be_anything() {
        let stat = "7 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 150 25 0 0 20 0";
        assert_eq!(processor_time(stat), Some(Duration::from_millis(1750)));
        assert_eq!(processor_time("7 (qemu) S 1 2"), None);
        assert_eq!(processor_time(""), None);
    }
}
