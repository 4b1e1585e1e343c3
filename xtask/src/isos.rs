//! `cargo xtask isos`: the ISOs that a spec names and no package carries.

use std::path::{Path, PathBuf};

use crate::sh::{self, Error};

/// Where `images/rescue.toml` expects the installer's ISO.
const NETINSTALL: &str = "target/isos/debian-12-netinstall.iso";
/// Where the installer's kernel and initrd may be put by hand or by a download.
const PAIR: &str = "target/isos/pair";

/// Makes the ISOs; returns where they are.
///
/// # Errors
/// When the installer's files are nowhere, or an ISO cannot be written.
pub fn run() -> Result<Vec<PathBuf>, Error> {
    let (kernel, initrd) = installer_pair()?;
    let out = sh::root().join(NETINSTALL);
    let dir = out.parent().unwrap_or(Path::new(NETINSTALL));
    std::fs::create_dir_all(dir).map_err(Error::io(dir))?;
    // Beside, then renamed: an ISO under this name is whole.
    let part = out.with_extension("iso.part");
    let size = testbench::netinstall_iso(&part, &kernel, &initrd)?;
    std::fs::rename(&part, &out).map_err(Error::io(&out))?;
    println!("{NETINSTALL}: {size} bytes, from {}", kernel.display());
    Ok(vec![out])
}

/// The Debian 12 text installer's kernel and initrd.
fn installer_pair() -> Result<(PathBuf, PathBuf), Error> {
    let dirs = [PathBuf::from(testbench::INSTALLER_DIR), sh::root().join(PAIR)];
    pair_in(&dirs).ok_or_else(|| {
        // The place to fetch the package without root, into PAIR, and look again.
        Error::Missing(format!(
            "the Debian 12 installer's kernel and initrd are not in {}; install the package \
             `debian-installer-12-netboot-amd64` (`cargo xtask setup` does), or put `linux` and \
             `initrd.gz` from it into {PAIR}/",
            dirs.map(|d| d.display().to_string()).join(" or ")
        ))
    })
}

fn pair_in(dirs: &[PathBuf]) -> Option<(PathBuf, PathBuf)> {
    let pairs = dirs.iter().map(|d| (d.join("linux"), d.join("initrd.gz")));
    pairs.into_iter().find(|(kernel, initrd)| kernel.is_file() && initrd.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_taken_whole_from_the_first_place_that_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let (half, whole) = (dir.path().join("half"), dir.path().join("whole"));
        for (at, name) in [(&half, "linux"), (&whole, "linux"), (&whole, "initrd.gz")] {
            std::fs::create_dir_all(at).unwrap();
            std::fs::write(at.join(name), "").unwrap();
        }
        let found = pair_in(&[half.clone(), whole.clone()]);
        let alone = pair_in(std::slice::from_ref(&half));
        assert_eq!(found, Some((whole.join("linux"), whole.join("initrd.gz"))));
        assert_eq!(alone, None);
    }
}
