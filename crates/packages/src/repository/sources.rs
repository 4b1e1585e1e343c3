//! The sources of packages: which suites of which mirrors are asked, and whose signatures count.
//!
//! ```text
//! a mirror was named    that mirror alone, the suite that was asked for, else the machine's own of
//!   │ none              Debian, else stable
//! apt's own sources     those of the machine's distribution: of its release, with updates, security
//!   │ none              and backports; if another suite was asked for, that one at the same mirrors
//! data/debian.sources   Debian's official mirrors, stable or the suite that was asked for
//! ```
//!
//! Third parties call their suites as the distribution does (`bookworm`, `stable`), so the name of a
//! suite does not tell them apart. Keys do: what boots a key is signed by the distribution's own,
//! whatever apt would accept; and then its list says whose it is (`Origin`).

use super::ArchiveError;
use super::apt_sources::{self, AptSource, SignedBy};
use super::keys;
use crate::error::Error;
use http_url::without_user;
use signatures::Keyring;
use std::path::{Path, PathBuf};

/// Debian's official mirrors, and the codename of stable.
pub(super) const DEFAULT: &str = include_str!("../../data/debian.sources");

/// Names of suites that are not of one release; `sources.list` may have them in place of a codename.
const MOVING: [&str; 5] = ["stable", "oldstable", "testing", "unstable", "sid"];

/// The wishes that a caller has for the origin of packages: mirrors, suite, keys.
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
    /// The keys of others that apt trusts there: what they have signed is a third party's, and is
    /// passed over.
    pub others: Keyring,
    /// The distribution that the suite must be of by its `Origin`, if it is not one that was named.
    pub origin: Option<String>,
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
        return Err(ArchiveError::BadMirror { mirror: without_user(mirror) }.into());
    }
    let machine = machine(root);
    let named = wishes.keyring.as_deref().map(keys::of_file).transpose()?;
    if wishes.mirrors.is_empty() {
        let found = of_apt(wishes, &machine, named.as_ref(), root)?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    let keys = named.map_or_else(|| keys::debians(root), Ok)?;
    Ok(match wishes.mirrors.is_empty() {
        true => moved(apt_sources::deb822(DEFAULT), wishes.suite.as_deref())
            .map(|source| of_apt_source(source, keys.clone()))
            .collect(),
        false => vec![of_mirrors(wishes, &machine, keys)],
    })
}

/// The mirrors that may have a package file whose SHA-256 is known, so that no signature matters:
/// those of the wishes, else those of the machine and Debian's official ones. Those of the `suite`
/// that listed the package come first.
///
/// # Errors
/// [`ArchiveError::BadMirror`] for what was named and is none.
pub fn mirrors(wishes: &Wishes, root: &Path, suite: &str) -> Result<Vec<String>, ArchiveError> {
    if let Some(bad) = wishes.mirrors.iter().find(|m| !is_mirror(m)) {
        return Err(ArchiveError::BadMirror { mirror: without_user(bad) });
    }
    let named = wishes.mirrors.iter();
    let mut all: Vec<String> = named.map(|m| without_user(m.trim_end_matches('/'))).collect();
    if !all.is_empty() {
        return Ok(all);
    }
    let by_suite = Wishes { suite: Some(stem(suite).to_owned()), ..Wishes::default() };
    // OK to ignore an error: what cannot be read has no mirror to ask.
    let mut found = sources(&by_suite, root).unwrap_or_default();
    found.extend(sources(&Wishes::default(), root).unwrap_or_default());
    found.sort_by_key(|source| source.suite != suite);
    all.extend(found.into_iter().flat_map(|source| source.mirrors));
    let mut official = moved(apt_sources::deb822(DEFAULT), Some(stem(suite))).collect::<Vec<_>>();
    official.sort_by_key(|source| source.suite != suite);
    all.extend(official.into_iter().map(|s| s.uri.trim_end_matches('/').to_owned()));
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|mirror| seen.insert(mirror.clone()));
    Ok(all)
}

/// The source made of the mirrors that were named: one suite, its component `main`.
fn of_mirrors(wishes: &Wishes, machine: &Machine, keys: Keyring) -> Source {
    let of_debian = machine.codename.clone().filter(|_| machine.is_debian());
    let suite = wishes.suite.clone().or(of_debian).unwrap_or_else(stable);
    let mirrors = wishes.mirrors.iter().map(|m| without_user(m.trim_end_matches('/'))).collect();
    let components = vec!["main".to_owned()];
    Source { mirrors, suite, components, keys, others: Keyring::default(), origin: None }
}

/// apt's sources of the machine's distribution; none if it has none. `named` are the keys that were
/// named, in place of the distribution's.
fn of_apt(
    wishes: &Wishes,
    machine: &Machine,
    named: Option<&Keyring>,
    root: &Path,
) -> Result<Vec<Source>, Error> {
    let own = match named {
        Some(named) => Some(named.clone()),
        None if machine.is_debian() => Some(keys::debians(root)?),
        None => machine.id.as_deref().and_then(|id| keys::of_distribution(id, root)),
    };
    let of_release = |source: &AptSource| {
        let stem = stem(&source.suite);
        machine.codename.as_deref() == Some(stem) || MOVING.contains(&stem)
    };
    let asked = wishes.suite.as_deref();
    let is_asked = |s: &AptSource| asked.map_or(of_release(s), |asked| stem(&s.suite) == asked);
    let (mut found, mut others, mut unreadable) = (Vec::new(), Vec::new(), None);
    for apt in apt_sources::of_machine(root)? {
        let usable = is_mirror(&apt.uri) && is_suite(&apt.suite) && !apt.components.is_empty();
        if !usable || !(is_asked(&apt) || machine.is_debian() && of_release(&apt)) {
            continue;
        }
        let theirs = match keys::of_source(&apt.signed_by, root, own.as_ref()) {
            Ok(theirs) => theirs,
            // A source whose keys cannot be read is most likely a third party's, and must not keep
            // the others from being asked.
            Err(e) => {
                unreadable.get_or_insert(e);
                continue;
            }
        };
        let (keys, third_parties) = match &own {
            None => (theirs, Keyring::default()),
            Some(own) => {
                let is_own = |fingerprint: &str| {
                    own.certificates().iter().any(|c| c.fingerprint() == fingerprint)
                };
                let names_keys = apt.signed_by != SignedBy::Apt;
                if names_keys && !theirs.certificates().iter().any(|c| is_own(c.fingerprint())) {
                    continue;
                }
                (own.clone(), theirs.filter(|c| !is_own(c.fingerprint())))
            }
        };
        let origin = machine.id.clone().filter(|_| named.is_none());
        let list = if is_asked(&apt) { &mut found } else { &mut others };
        list.push(Source { others: third_parties, origin, ..of_apt_source(apt, keys) });
    }
    match unreadable {
        // On another distribution than Debian, falling back to Debian's packages would be a
        // surprise, so the unreadable keys are reported.
        Some(e) if found.is_empty() && others.is_empty() && !machine.is_debian() => Err(e.into()),
        _ if found.is_empty() => {
            // The suite that was asked for is no source of this machine, but Debian's mirrors have
            // all suites.
            Ok(others
                .into_iter()
                .filter_map(|s| {
                    let suite = moved_suite(&s.suite, asked)?;
                    Some(Source { suite, ..s })
                })
                .collect())
        }
        _ => Ok(found),
    }
}

/// The same sources for the suite that was asked for; those without a counterpart are left out.
fn moved(sources: Vec<AptSource>, asked: Option<&str>) -> impl Iterator<Item = AptSource> {
    let of = move |source: AptSource| {
        let suite = moved_suite(&source.suite, asked)?;
        Some(AptSource { suite, ..source })
    };
    sources.into_iter().filter_map(of)
}

/// The counterpart of a suite in the release `asked`, as `trixie-security` is that of
/// `bookworm-security`; `None` if there is none. Without `asked`, the suite itself.
fn moved_suite(suite: &str, asked: Option<&str>) -> Option<String> {
    let moved = match asked {
        None => suite.to_owned(),
        // A name that is not of one release, such as `unstable`, is asked for without updates and
        // security.
        Some(asked) if MOVING.contains(&asked) && suite.contains('-') => return None,
        Some(asked) => suite.replacen(stem(suite), asked, 1),
    };
    // Nobody who names a release asks for its backports.
    Some(moved).filter(|suite| !suite.ends_with("-backports"))
}

fn of_apt_source(source: AptSource, keys: Keyring) -> Source {
    let AptSource { uri, suite, components, signed_by: _ } = source;
    let mirrors = vec![without_user(uri.trim_end_matches('/'))];
    Source { mirrors, suite, components, keys, others: Keyring::default(), origin: None }
}

/// The codename of stable.
fn stable() -> String {
    apt_sources::deb822(DEFAULT).into_iter().next().map(|s| s.suite).unwrap_or_default()
}

/// Whether a suite's name is not that of one release.
pub(super) fn is_moving(suite: &str) -> bool {
    MOVING.contains(&stem(suite))
}

/// The part of a suite's name that names the release: `trixie` of `trixie-security` and
/// `buster/updates`.
pub(super) fn stem(suite: &str) -> &str {
    suite.split(['-', '/']).next().unwrap_or(suite)
}

/// The release of the machine, as `/etc/os-release` says.
#[derive(Debug, Default)]
struct Machine {
    /// The distribution: `debian`.
    id: Option<String>,
    /// The release: `trixie`.
    codename: Option<String>,
}

impl Machine {
    fn is_debian(&self) -> bool {
        self.id.as_deref() == Some("debian")
    }
}

fn machine(root: &Path) -> Machine {
    let read = |path: &str| std::fs::read_to_string(root.join(path)).ok();
    let text = read("etc/os-release").or_else(|| read("usr/lib/os-release")).unwrap_or_default();
    let value = |name: &str| {
        let lines = text.lines().filter_map(|l| l.split_once('='));
        let value = lines.into_iter().find(|(n, _)| *n == name)?.1.trim_matches(['"', '\'']);
        Some(value.to_owned()).filter(|v| is_suite(v) && !v.contains('/'))
    };
    Machine { id: value("ID"), codename: value("VERSION_CODENAME") }
}

/// Whether a text can be a suite's name, and nothing else in a URL.
fn is_suite(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._+~-".contains(&b);
    let part = |p: &str| !p.is_empty() && !p.starts_with('.') && p.bytes().all(plain);
    text.len() <= 128 && text.split('/').all(part)
}

/// Whether a text is the URL of a mirror of a kind that can be asked, and paths can be appended to
/// it. It may contain a user's name, which the client that asks there may refuse.
fn is_mirror(text: &str) -> bool {
    let schemes = ["http://", "https://", "file:/", "copy:/"];
    let plain = |c: char| c.is_ascii_graphic() && !"?#\"<>\\^`{|}".contains(c);
    schemes.iter().any(|s| text.len() > s.len() && text.starts_with(s)) && text.chars().all(plain)
}

#[cfg(test)]
mod tests;
