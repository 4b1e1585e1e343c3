//! The sources of packages: which suites of which mirrors are asked, and whose signatures count.
//!
//! ```text
//! a mirror was named    that mirror alone, the suite that was asked for, else the machine's own of
//!   │ none              Debian, else stable
//! apt's own sources     those of the machine's distribution: of its release, with updates, security
//!   │ none              and backports; if another suite was asked for, that one at the same mirrors
//! data/debian.sources   Debian's official mirrors, stable or the suite that was asked for
//! ```

use super::ArchiveError;
use super::apt_sources::{self, AptSource};
use super::keys;
use crate::error::Error;
use signatures::Keyring;
use std::path::{Path, PathBuf};

/// Debian's official mirrors, and the codename of stable.
const DEFAULT: &str = include_str!("../../data/debian.sources");

/// Names of suites that are not of one release; `sources.list` may have them in place of a codename.
const MOVING: [&str; 5] = ["stable", "oldstable", "testing", "unstable", "sid"];

/// The wishes of where packages come from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wishes {
    /// The mirrors that were named, in the order in which they are asked; none for those of the
    /// machine.
    pub mirrors: Vec<String>,
    /// The suite: `trixie`.
    pub suite: Option<String>,
    /// A file of keys, in place of those that are known.
    pub keyring: Option<PathBuf>,
}

/// A suite at one or several mirrors, and the keys that it must be signed by.
#[derive(Debug, Clone)]
pub struct Source {
    /// The mirrors' URLs, without slashes at their ends: the first that can be reached is asked.
    pub mirrors: Vec<String>,
    /// The suite: `trixie-security`.
    pub suite: String,
    /// The components: `main`.
    pub components: Vec<String>,
    /// The keys.
    pub keys: Keyring,
}

/// The sources that are asked on the machine whose root directory is `root`.
///
/// # Errors
/// [`Error::Archive`] for a file of keys that cannot be read, or a mirror or suite that is no name of
/// one; [`Error::Read`] when apt's lists cannot be read.
pub fn sources(wishes: &Wishes, root: &Path) -> Result<Vec<Source>, Error> {
    if let Some(suite) = wishes.suite.as_ref().filter(|s| !is_suite(s)) {
        return Err(ArchiveError::BadSuite { suite: suite.clone() }.into());
    }
    if let Some(mirror) = wishes.mirrors.iter().find(|m| !is_mirror(m)) {
        return Err(ArchiveError::BadMirror { mirror: mirror.clone() }.into());
    }
    let codename = codename(root);
    let mut found = match wishes.mirrors.is_empty() {
        true => of_apt(wishes, codename, root)?,
        false => named(wishes, codename, root)?,
    };
    if let Some(path) = &wishes.keyring {
        let keys = keys::of_file(path)?;
        found.iter_mut().for_each(|source| source.keys = keys.clone());
    }
    Ok(found)
}

/// The mirrors that were named.
fn named(wishes: &Wishes, machine: Machine, root: &Path) -> Result<Vec<Source>, Error> {
    let of_debian = machine.codename.filter(|_| machine.is_debian);
    let suite = wishes.suite.clone().or(of_debian).unwrap_or_else(stable);
    let keys = keys::debians(root)?;
    let mirrors = wishes.mirrors.iter().map(|m| m.trim_end_matches('/').to_owned()).collect();
    Ok(vec![Source { mirrors, suite, components: vec!["main".to_owned()], keys }])
}

/// apt's sources of the machine's distribution, else the default ones.
fn of_apt(wishes: &Wishes, machine: Machine, root: &Path) -> Result<Vec<Source>, Error> {
    let mut all = apt_sources::of_machine(root)?;
    all.retain(|s| is_mirror(&s.uri) && is_suite(&s.suite) && !s.components.is_empty());
    let release = |source: &AptSource| {
        let stem = stem(&source.suite);
        machine.codename.as_deref() == Some(stem) || MOVING.contains(&stem)
    };
    let asked = wishes.suite.as_deref();
    let of_asked: Vec<AptSource> =
        all.iter().filter(|s| asked.map_or(release(s), |a| stem(&s.suite) == a)).cloned().collect();
    if !of_asked.is_empty() {
        let mut found = Vec::new();
        for source in of_asked {
            let keys = keys::of_source(&source.signed_by, root)?;
            found.push(of_apt_source(source, keys));
        }
        return Ok(found);
    }
    // Another suite of Debian is at the same mirrors.
    let mut others: Vec<AptSource> =
        all.into_iter().filter(|s| machine.is_debian && release(s)).collect();
    if others.is_empty() {
        others = apt_sources::deb822(DEFAULT);
    }
    let keys = keys::debians(root)?;
    Ok(others
        .into_iter()
        .filter_map(|source| {
            let suite = match asked {
                None => source.suite.clone(),
                // Unstable has neither updates nor security.
                Some(asked) if MOVING.contains(&asked) && source.suite.contains('-') => {
                    return None;
                }
                Some(asked) => source.suite.replacen(stem(&source.suite), asked, 1),
            };
            // Backports are not what a suite's name asks for.
            (!suite.ends_with("-backports"))
                .then(|| of_apt_source(AptSource { suite, ..source }, keys.clone()))
        })
        .collect())
}

fn of_apt_source(source: AptSource, keys: Keyring) -> Source {
    let AptSource { uri, suite, components, signed_by: _ } = source;
    Source { mirrors: vec![uri.trim_end_matches('/').to_owned()], suite, components, keys }
}

/// The codename of stable.
fn stable() -> String {
    apt_sources::deb822(DEFAULT).into_iter().next().map(|s| s.suite).unwrap_or_default()
}

/// The part of a suite's name that names the release: `trixie` of `trixie-security` and
/// `buster/updates`.
fn stem(suite: &str) -> &str {
    suite.split(['-', '/']).next().unwrap_or(suite)
}

/// The release of the machine.
#[derive(Debug, Default)]
struct Machine {
    codename: Option<String>,
    is_debian: bool,
}

/// The release of the machine, as `/etc/os-release` says.
fn codename(root: &Path) -> Machine {
    let read = |path: &str| std::fs::read_to_string(root.join(path)).ok();
    let text = read("etc/os-release").or_else(|| read("usr/lib/os-release")).unwrap_or_default();
    let value = |name: &str| {
        let lines = text.lines().filter_map(|l| l.split_once('='));
        let value = lines.into_iter().find(|(n, _)| *n == name)?.1.trim_matches(['"', '\'']);
        Some(value.to_owned()).filter(|v| is_suite(v))
    };
    Machine {
        codename: value("VERSION_CODENAME"),
        is_debian: value("ID").is_some_and(|id| id == "debian"),
    }
}

/// Whether a text can be a suite's name, and nothing else in a URL.
fn is_suite(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._+~-".contains(&b);
    let part = |p: &str| !p.is_empty() && !p.starts_with('.') && p.bytes().all(plain);
    text.len() <= 128 && text.split('/').all(part)
}

/// Whether a text is the URL of a mirror of a kind that is asked.
fn is_mirror(text: &str) -> bool {
    let schemes = ["http://", "https://", "file:/", "copy:/"];
    let plain = |c: char| c.is_ascii_graphic() && !"?#\"<>\\^`{|}".contains(c);
    schemes.iter().any(|s| text.len() > s.len() && text.starts_with(s)) && text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// The sources, as `mirror suite components keys`.
    fn found(wishes: &Wishes, root: &Path) -> Vec<String> {
        let line = |s: Source| {
            let keys = s.keys.certificates().len();
            format!("{} {} {} {keys}", s.mirrors.join(","), s.suite, s.components.join(","))
        };
        sources(wishes, root).unwrap().into_iter().map(line).collect()
    }

    fn suite(suite: &str) -> Wishes {
        Wishes { suite: Some(suite.to_owned()), ..Wishes::default() }
    }

    fn machine(os: &str, list: &str) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("etc/apt/trusted.gpg.d")).unwrap();
        fs::write(dir.path().join("etc/os-release"), os).unwrap();
        fs::write(dir.path().join("etc/apt/sources.list"), list).unwrap();
        dir
    }

    const BOOKWORM: &str = "ID=debian\nVERSION_CODENAME=bookworm\n";

    #[test]
    fn a_machine_without_sources_asks_debians_mirrors() {
        let default = |codename: &str| {
            [
                "http://ftp.debian.org/debian CODENAME main 9",
                "http://ftp.debian.org/debian CODENAME-updates main 9",
                "http://security.debian.org/debian-security CODENAME-security main 9",
            ]
            .map(|line| line.replace("CODENAME", codename))
        };
        let fedora = machine("ID=fedora\nVERSION_CODENAME=\"\"\n", "");
        assert_eq!(found(&Wishes::default(), fedora.path()), default("trixie"));
        assert_eq!(found(&suite("bookworm"), fedora.path()), default("bookworm"));
        assert_eq!(found(&suite("sid"), fedora.path()), default("sid")[..1]);
        let third_party = machine(BOOKWORM, "deb http://x nodistro main\ndeb http://y ./\n");
        assert_eq!(found(&Wishes::default(), third_party.path()), default("trixie"));
    }

    #[test]
    fn a_machines_own_sources_are_those_of_its_release() {
        let list = "deb http://a/debian/ bookworm main contrib\ndeb http://a/debian bookworm-backports main\n\
                    deb http://s bookworm-security main\ndeb cdrom:[x]/ bookworm main\n\
                    deb http://third nodistro main\ndeb http://t cloud-sdk-bookworm main\n";
        let dir = machine(BOOKWORM, list);
        let own = [
            "http://a/debian bookworm main,contrib 0",
            "http://a/debian bookworm-backports main 0",
            "http://s bookworm-security main 0",
        ];
        assert_eq!(found(&Wishes::default(), dir.path()), own);
        assert_eq!(found(&suite("bookworm"), dir.path()), own);
        let other = ["http://a/debian trixie main,contrib 9", "http://s trixie-security main 9"];
        assert_eq!(found(&suite("trixie"), dir.path()), other);
        let ubuntu =
            machine("ID=ubuntu\nVERSION_CODENAME=noble\n", "deb http://u noble-updates main\n");
        assert_eq!(found(&Wishes::default(), ubuntu.path()), ["http://u noble-updates main 0"]);
        assert!(found(&suite("trixie"), ubuntu.path())[0].starts_with("http://ftp.debian.org"));
        let moving = machine("ID=debian\n", "deb http://a testing main\n");
        assert_eq!(found(&Wishes::default(), moving.path()), ["http://a testing main 0"]);
    }

    #[test]
    fn a_mirror_that_was_named_is_asked_alone() {
        let dir = machine(BOOKWORM, "deb http://a bookworm main\n");
        let mirrors = vec!["http://m/debian/".to_owned(), "https://n".to_owned()];
        let wishes = Wishes { mirrors, ..Wishes::default() };
        assert_eq!(found(&wishes, dir.path()), ["http://m/debian,https://n bookworm main 9"]);
        let wishes = Wishes { suite: Some("trixie".into()), ..wishes };
        assert_eq!(found(&wishes, dir.path())[0], "http://m/debian,https://n trixie main 9");
        let ubuntu = machine("ID=ubuntu\nVERSION_CODENAME=noble\n", "");
        let wishes = Wishes { suite: None, ..wishes };
        assert_eq!(found(&wishes, ubuntu.path())[0], "http://m/debian,https://n trixie main 9");

        let keyring = dir.path().join("keys.asc");
        fs::write(&keyring, "x").unwrap();
        let wishes = Wishes { keyring: Some(keyring), ..wishes };
        assert!(sources(&wishes, dir.path()).unwrap_err().to_string().contains("keys.asc"));
        for bad in ["ftp://x", "http://", "http://x y", "http://x?y", "x"] {
            let wishes = Wishes { mirrors: vec![bad.into()], ..Wishes::default() };
            let e = sources(&wishes, dir.path()).unwrap_err().to_string();
            assert!(e.contains("is no URL of a mirror"), "{e}");
        }
        for bad in ["", "..", "a/../b", "a b", "a?"] {
            let e = sources(&suite(bad), dir.path()).unwrap_err().to_string();
            assert!(e.contains("is no suite"), "{e}");
        }
    }
}
