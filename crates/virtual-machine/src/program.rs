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
