//! Fetching packages with `apt-get`, without root and without changing the system.
//!
//! ```text
//! the system's                      private, in the cache
//! /etc/apt/sources.list*   ──►  apt/state/lists   `apt-get update`
//! /etc/apt/trusted.gpg.d, keyrings     apt/state/status  empty: nothing is installed here
//! proxies, pins                        tmp/download      `apt-get download`
//!                                            │ read to the end, then renamed
//!                                            ▼
//!                                      packages/NAME/…   see `cache.rs`
//! ```
//!
//! apt itself verifies signatures and hashes, with the system's keys. The hooks that a system
//! attaches to updates (they clean the system's own cache, refresh software centres) are not
//! run, nor are the indexes fetched that only software centres read.

mod run;

use crate::cache::{Cache, Keep, check_member_name, make_dir, write_error};
use crate::deb::{Deb, is_package_name};
use crate::error::Error;
use run::{Ran, Runner};
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

/// A package to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The package's name: `memtest86+`.
    pub package: String,
    /// The architecture by Debian's name, such as `arm64`; `None`: the one that apt chooses on this
    /// machine.
    pub architecture: Option<String>,
    /// The members to extract into the cache as plain files.
    pub members: Vec<String>,
}

impl Request {
    /// A request for a package of this machine's architecture, no member of which is extracted.
    pub fn package(name: impl Into<String>) -> Self {
        Self { package: name.into(), architecture: None, members: Vec::new() }
    }

    /// The same request for a certain architecture.
    #[must_use]
    pub fn on(self, architecture: impl Into<String>) -> Self {
        Self { architecture: Some(architecture.into()), ..self }
    }

    /// The package's name for apt: `shim-signed:arm64`.
    fn apt_name(&self) -> String {
        match &self.architecture {
            Some(architecture) => format!("{}:{architecture}", self.package),
            None => self.package.clone(),
        }
    }

    /// Checks the names, which become program arguments and file names.
    fn check(&self) -> Result<(), Error> {
        let words = [Some(&self.package), self.architecture.as_ref()];
        match words.into_iter().flatten().find(|name| !is_package_name(name)) {
            Some(bad) => Err(Error::BadPackageName { name: bad.clone() }),
            None => self.members.iter().try_for_each(|m| check_member_name(m).map(|_| ())),
        }
    }
}

/// The apt of a system: where its program and its configuration are.
#[derive(Debug, Clone, Copy)]
pub struct Apt<'a> {
    /// The directories in which `apt-get` is looked for, as `PATH` lists them.
    pub path: &'a OsStr,
    /// The directory that `/etc/apt` is below: `/` outside tests.
    pub root: &'a Path,
}

impl Apt<'_> {
    /// The path of `apt-get`: in a directory of `PATH`, else in the root's `usr/bin` or `bin`.
    fn program(&self) -> Option<PathBuf> {
        std::env::split_paths(self.path)
            .filter(|dir| dir.is_absolute())
            .chain(["usr/bin", "bin"].map(|dir| self.root.join(dir)))
            .map(|dir| dir.join("apt-get"))
            .find(|p| p.is_file())
    }
}

/// A package that was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The package's name.
    pub package: String,
    /// The package's version.
    pub version: String,
    /// The package's architecture; `all` if it fits every one.
    pub architecture: String,
    /// SHA-256 of the package file, in hex.
    pub sha256: String,
    /// The package file in the cache.
    pub deb: PathBuf,
    /// The extracted members, in the order of the request.
    pub members: Vec<PathBuf>,
}

/// The configuration file for apt. It is a file because lists cannot be emptied (`#clear`) by
/// options on the command line.
const CONFIG: &str = r#"// Written by bootkey. Only read by the apt-get that bootkey starts.
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
#clear DPkg::Pre-Install-Pkgs;
#clear Acquire::IndexTargets;
#clear APT::Architectures;
Acquire::IndexTargets::deb::Packages {
  MetaKey "$(COMPONENT)/binary-$(ARCHITECTURE)/Packages";
  flatMetaKey "Packages";
  ShortDescription "Packages";
  Description "$(RELEASE)/$(COMPONENT) $(ARCHITECTURE) Packages";
  flatDescription "$(RELEASE) Packages";
  Optional "0";
};
Acquire::Languages "none";
Acquire::GzipIndexes "true";
Acquire::Retries "2";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
"#;

/// Fetches packages into the cache, each replacing the version that was there, and extracts the
/// requested members and the files that are to be kept.
///
/// All packages are downloaded and read to the end before the first is put in place. `progress`
/// gets a line for the user at each step: what is being downloaded and how large it is.
///
/// # Errors
/// [`Error::NoApt`] where there is no apt; [`Error::UnknownPackage`], [`Error::Unreachable`],
/// [`Error::AptFailed`]; [`Error::BadPackageName`] and [`Error::BadMemberName`] before anything
/// is started; [`Error::Write`]; those of [`Deb::open`] and [`Deb::copy_member`]. Unless extracting
/// a member or writing fails, the packages in the cache are then what they were.
pub fn fetch(
    requests: &[Request],
    apt: Apt<'_>,
    cache: &Cache,
    keep: Keep,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<Fetched>, Error> {
    requests.iter().try_for_each(Request::check)?;
    let names: BTreeSet<String> = requests.iter().map(Request::apt_name).collect();
    let names: Vec<String> = names.into_iter().collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let Some(program) = apt.program() else {
        return Err(Error::NoApt { packages: names });
    };
    let writing = cache.write(&mut || progress("waiting for another bootkey that is fetching"))?;
    let download = writing.scratch.join("download");
    make_dir(&download)?;
    let mut args = arguments(cache, apt.root)?;
    args.extend(architectures(requests));
    let runner = Runner { program, args, cwd: download.clone() };

    progress("apt-get update, into a private folder");
    let updated = runner.run("update", &[], progress)?;
    progress(&format!("apt-get download {}", names.join(" ")));
    let downloaded = runner.run("download", &names, progress)?;
    if !downloaded.success {
        return Err(explain(&updated, &downloaded, names, apt.root));
    }

    let debs = read_all(&download)?;
    let deb_of = |request: &Request| {
        debs.iter().find(|deb| is_what_was_asked_for(deb, request)).ok_or_else(|| {
            Error::AptFailed {
                command: "download".into(),
                status: downloaded.status.clone(),
                detail: format!("it left no file of the package `{}`", request.apt_name()),
            }
        })
    };
    for request in requests {
        deb_of(request)?;
    }
    let mut fetched = Vec::new();
    for request in requests {
        let deb = deb_of(request)?;
        let cached = cache.install(&writing, deb, request.architecture.as_deref(), keep)?;
        let extract = |m: &String| {
            progress(&format!("extracting {m} from {}", request.package));
            cached.extract(&writing, m)
        };
        let members = request.members.iter().map(extract).collect::<Result<_, _>>()?;
        let c = deb.control();
        fetched.push(Fetched {
            package: c.package.clone(),
            version: c.version.clone(),
            architecture: c.architecture.clone(),
            sha256: cached.sha256,
            deb: cached.deb,
            members,
        });
    }
    Ok(fetched)
}

fn is_what_was_asked_for(deb: &Deb, request: &Request) -> bool {
    let c = deb.control();
    let fits = |a: &String| c.architecture == *a || c.architecture == "all";
    c.package == request.package && request.architecture.as_ref().is_none_or(fits)
}

/// The options that make apt read the indexes of the requested architectures. apt always adds the
/// machine's own; indexes of further ones that its dpkg knows are not needed.
fn architectures(requests: &[Request]) -> Vec<OsString> {
    let wanted: BTreeSet<_> = requests.iter().filter_map(|r| r.architecture.as_ref()).collect();
    let option = |a: &String| ["-o".into(), format!("APT::Architectures::={a}").into()];
    wanted.into_iter().flat_map(option).collect()
}

/// The options that keep apt inside its private folder.
fn arguments(cache: &Cache, root: &Path) -> Result<Vec<OsString>, Error> {
    let apt = cache.dir().join("apt");
    let [state, lists, partial, archives] =
        ["state", "state/lists", "state/lists/partial", "cache/archives/partial"]
            .map(|d| apt.join(d));
    for dir in [&partial, &archives] {
        make_dir(dir)?;
    }
    let (config, status) = (apt.join("apt.conf"), state.join("status"));
    for (path, text) in [(&config, CONFIG), (&status, "")] {
        fs::write(path, text).map_err(|e| write_error(path, e))?;
    }
    let mut args: Vec<OsString> = vec!["-q".into(), "-c".into(), config.into_os_string()];
    let mut option = |name: &str, value: &Path| {
        let mut text = OsString::from(name);
        text.push("=");
        text.push(value);
        args.extend(["-o".into(), text]);
    };
    option("Dir", root);
    option("Dir::State", &state);
    option("Dir::State::lists", &lists);
    option("Dir::State::status", &status);
    option("Dir::State::extended_states", &state.join("extended_states"));
    option("Dir::Cache", &apt.join("cache"));
    option("Dir::Cache::archives", &apt.join("cache/archives"));
    option("Dir::Cache::pkgcache", Path::new(""));
    option("Dir::Cache::srcpkgcache", Path::new(""));
    option("Dir::Log", &apt.join("log"));
    // An apt that root runs would download as the user `_apt`, who may not enter this folder.
    option("APT::Sandbox::User", Path::new("root"));
    Ok(args)
}

/// Opens every package file in `dir` and reads it to the end.
fn read_all(dir: &Path) -> Result<Vec<Deb>, Error> {
    let fail = |source| Error::Read { path: dir.to_path_buf(), source };
    let mut debs = Vec::new();
    for entry in fs::read_dir(dir).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.extension().is_some_and(|x| x == "deb") {
            let deb = Deb::open(&path)?;
            deb.members()?;
            debs.push(deb);
        }
    }
    Ok(debs)
}

/// The error of a download that failed. After a failed update apt reports an unreachable server as
/// an unknown package, so both runs are looked at.
fn explain(updated: &Ran, downloaded: &Ran, packages: Vec<String>, root: &Path) -> Error {
    let unknown = packages.iter().find(|p| {
        downloaded.errors.lines().any(|line| {
            let says = ["Unable to locate package", "no candidate", "no installation candidate"];
            let mut words = line.split_whitespace().map(|w| w.trim_matches(['\'', ',']));
            says.iter().any(|s| line.contains(s)) && words.any(|w| w == p.as_str())
        })
    });
    let not_updated = !updated.success || updated.errors.contains("Failed to fetch");
    match unknown {
        Some(_) if not_updated => Error::Unreachable { packages, detail: updated.summary() },
        Some(package) => {
            Error::UnknownPackage { package: package.clone(), sources: root.join("etc/apt") }
        }
        None if downloaded.errors.contains("Failed to fetch") => {
            Error::Unreachable { packages, detail: downloaded.summary() }
        }
        None => Error::AptFailed {
            command: format!("download {}", packages.join(" ")),
            status: downloaded.status.clone(),
            detail: downloaded.summary(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(success: bool, errors: &str) -> Ran {
        Ran { success, status: "exit status: 100".into(), errors: errors.into() }
    }

    #[test]
    fn an_unknown_package_is_told_from_an_unreachable_server() {
        let why = |updated: &Ran, errors: &str| {
            let packages = vec!["grub-pc".into(), "grub-pc-bin".into()];
            explain(updated, &ran(false, errors), packages, Path::new("/")).to_string()
        };
        let locate = "E: Unable to locate package grub-pc-bin\n";
        let e = why(&ran(true, ""), locate);
        assert!(e.starts_with("apt knows no package `grub-pc-bin`;"), "{e}");
        assert!(e.contains("/etc/apt"), "{e}");
        let e = why(&ran(true, ""), "E: Package 'grub-pc' has no installation candidate\n");
        assert!(e.starts_with("apt knows no package `grub-pc`;"), "{e}");
        let offline = "W: Failed to fetch http://x/InRelease  Could not resolve 'x'\n\
                       W: Some index files failed to download.\n";
        let e = why(&ran(true, offline), locate);
        assert!(e.contains("could not download grub-pc, grub-pc-bin:"), "{e}");
        assert!(e.contains("Could not resolve 'x'") && e.contains("network"), "{e}");
        let e = why(&ran(true, ""), "E: Failed to fetch http://x/y.deb  404  Not Found\n");
        assert!(e.contains("404  Not Found"), "{e}");
        let e = why(&ran(true, ""), "E: Something else\n");
        assert!(e.contains("failed (exit status: 100): Something else"), "{e}");
    }
}
