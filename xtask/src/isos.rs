//! `cargo xtask isos`: the ISOs that a spec names and no package carries.

use key_inputs::{Environment, Request, Wishes};
use std::path::{Path, PathBuf};

use crate::sh::{self, Error};
use crate::{live_build, makers, prove};

/// The path at which `images/installer.toml` expects the installer's ISO.
const NETINSTALL: &str = "target/isos/debian-12-netinstall.iso";
/// The package with the installer's kernel and initrd.
const PACKAGE: &str = "debian-installer-12-netboot-amd64";
const PAIR: [&str; 2] = ["linux", "initrd.gz"];

/// Options of `isos`.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct Options {
    /// A live system as Debian's live-build makes it as well, for the tests that boot one (some
    /// minutes, 400 MB of packages, root or sudo)
    #[arg(long)]
    live: bool,
    /// The live dom0 of a Xen host as well, which images/xen-host.toml names (likewise)
    #[arg(long)]
    xen: bool,
    /// A live system of dracut's as well, laid out as Fedora's, for the test that boots it
    /// (likewise)
    #[arg(long)]
    dracut: bool,
    /// All of these
    #[arg(long)]
    all: bool,
    /// Real ISOs of other makers as well: Memtest86+, iPXE and GRUB of other releases of Debian, and
    /// what the programs of Memtest86+ and FAI make (a quarter of an hour, 400 MB of packages, root
    /// or sudo); CI does without
    #[arg(long)]
    makers: bool,
    /// Then try every ISO that is there, from one key, on every firmware, and keep the proof for docs/isos.md (half
    /// an hour); nothing is made that is not asked for
    #[arg(long)]
    prove: bool,
    /// Not those that are there already
    #[arg(long)]
    missing: bool,
}

impl Options {
    /// The options for tests: all ISOs that are missing.
    pub(crate) const FOR_TESTS: Self = Self {
        live: false,
        xen: false,
        dracut: false,
        all: true,
        makers: false,
        prove: false,
        missing: true,
    };
}

/// Makes the ISOs that are asked for.
///
/// # Errors
/// As [`run`].
pub fn all(options: &Options) -> Result<(), Error> {
    run()?;
    let wanted =
        |asked: bool, is_there: bool| (asked || options.all) && !(options.missing && is_there);
    if wanted(options.live, live_build::is_there()) {
        live_build::make()?;
    }
    let own = [(options.xen, crate::live::XEN_DOM0), (options.dracut, crate::live::DRACUT)];
    for (asked, live) in own {
        if wanted(asked, live.is_there()) {
            crate::live::make(&live)?;
        }
    }
    if options.makers {
        makers::all(options.missing)?;
    }
    if options.prove {
        prove::run()?;
    }
    Ok(())
}

/// Makes the installer's ISO; returns the paths of the ISOs.
///
/// # Errors
/// When the installer's files are nowhere, or an ISO cannot be written.
pub fn run() -> Result<Vec<PathBuf>, Error> {
    let (kernel, initrd) = installer_pair()?;
    let out = sh::root().join(NETINSTALL);
    let dir = out.parent().unwrap_or(Path::new(NETINSTALL));
    std::fs::create_dir_all(dir).map_err(Error::io(dir))?;
    // Written beside and then renamed, so that an ISO of this name is always complete.
    let part = out.with_extension("iso.part");
    let size = testbench::netinstall_iso(&part, &kernel, &initrd)?;
    std::fs::rename(&part, &out).map_err(Error::io(&out))?;
    println!("{NETINSTALL}: {size} bytes, from {}", kernel.display());
    Ok(vec![out])
}

/// The Debian 12 text installer's kernel and initrd: installed, or fetched into the user's cache.
fn installer_pair() -> Result<(PathBuf, PathBuf), Error> {
    let installed = PAIR.map(|name| Path::new(testbench::INSTALLER_DIR).join(name));
    let [kernel, initrd] = if installed.iter().all(|p| p.is_file()) {
        installed
    } else {
        fetch(PAIR.map(|name| member_of(testbench::INSTALLER_DIR, name)))?
    };
    Ok((kernel, initrd))
}

/// An installed file's name inside its package: the path without the leading slash.
fn member_of(dir: &str, name: &str) -> String {
    format!("{}/{name}", dir.trim_start_matches('/'))
}

fn fetch<const N: usize>(members: [String; N]) -> Result<[PathBuf; N], Error> {
    let env = Environment::from_process().map_err(|e| Error::Missing(e.to_string()))?;
    let path = |member: &String| Ok(key_inputs::cached_member(&env, PACKAGE, member)?.path);
    let cached: Result<Vec<_>, key_inputs::Error> = members.iter().map(path).collect();
    let files = match cached {
        Ok(files) => files,
        Err(_) => {
            let wishes = env.wishes(&Default::default(), Wishes::default());
            let request = Request { members: members.into(), ..Request::package(PACKAGE) };
            let fetched = key_inputs::fetch_packages(&[request], &wishes, &env, &mut |line| {
                eprintln!("{line}");
            });
            let fetched = fetched.map_err(|e| Error::Missing(e.to_string()))?;
            fetched.into_iter().flat_map(|f| f.members).collect()
        }
    };
    files.try_into().map_err(|_| Error::Missing(format!("files of the package {PACKAGE}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_names_its_files_without_the_leading_slash() {
        assert_eq!(member_of("/usr/lib/x", "linux"), "usr/lib/x/linux");
    }
}
