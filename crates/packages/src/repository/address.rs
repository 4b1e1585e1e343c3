//! The addresses of packages for readers elsewhere: at a mirror that everybody can ask, whichever one
//! this machine has asked.

use super::apt_sources;
use super::sources::{DEFAULT, is_moving, stem};

/// Debian's releases, by which a suite is told to be Debian's.
const RELEASES: [&str; 7] =
    ["buster", "bullseye", "bookworm", "trixie", "forky", "duke", "experimental"];

/// The address of a package file that a suite has listed, with its path below a mirror. It is that of
/// the first of `named`, mirrors that its reader knows of; without any, of Debian's official mirror, if it
/// is a suite of Debian's.
pub fn address(named: &[String], suite: &str, path: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._+~%:-".contains(c);
    let part = |p: &str| !p.is_empty() && !p.starts_with('.') && p.chars().all(plain);
    if !path.split('/').all(part) {
        return None;
    }
    let mirror = match named.first() {
        // Whoever needs a password there has their own address, and nobody else has a use for it.
        Some(named) if http_url::without_user(named) != *named => return None,
        Some(named) => named.clone(),
        None => official(suite)?,
    };
    Some(format!("{}/{path}", mirror.trim_end_matches('/')))
}

/// Debian's official mirror of a suite.
fn official(suite: &str) -> Option<String> {
    let stem = stem(suite);
    if !RELEASES.contains(&stem) && !is_moving(suite) {
        return None;
    }
    let is_security = |suite: &str| suite.ends_with("-security") || suite.ends_with("/updates");
    let mut official = apt_sources::deb822(DEFAULT).into_iter();
    official.find(|s| is_security(&s.suite) == is_security(suite)).map(|s| s.uri)
}
