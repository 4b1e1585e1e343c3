//! A suite of a source: its list, verified, and the packages in its indexes.

use super::ArchiveError;
use super::fetching::Fetching;
use super::index::{Listing, listings};
use super::lists::Lists;
use super::release::{Listed, Release};
use super::roll_back;
use super::sources::{Source, is_moving};
use crate::error::Error;
use input_file::sha256_hex;
use std::collections::BTreeSet;
use std::io::Read as _;
use unpack::{Budget, Compression, Limit, Streams};

/// Longest list of a suite, in bytes: a hundred times the longest.
const MAX_RELEASE: u64 = 16 << 20;
/// Longest index, unpacked, in bytes: ten times the longest.
const MAX_INDEX: u64 = 1 << 30;
/// Seconds of a day.
const DAY: u64 = 86_400;

/// A suite whose list was verified.
pub(super) struct Suite<'a> {
    source: &'a Source,
    /// The mirror that the list came from.
    mirror: &'a str,
    release: Release,
}

/// An index as it came, which is what the list says.
struct Index {
    url: String,
    bytes: Vec<u8>,
    /// Whether it is not in the cache yet.
    is_new: bool,
}

/// The reason why a source is passed over.
pub(super) enum PassedOver {
    /// No mirror could be reached.
    Unreachable(String),
    /// The suite is a third party's, not the distribution's.
    ThirdParty(String),
}

impl<'a> Suite<'a> {
    /// Gets and verifies the list of a source's suite, from the first of its mirrors that can be
    /// reached; `Ok(Err(…))` says why there is none.
    pub(super) fn open(
        source: &'a Source,
        by: &mut Fetching<'_>,
        lists: &mut Lists<'_>,
    ) -> Result<Result<Self, PassedOver>, Error> {
        let mut tried = Vec::new();
        for mirror in &source.mirrors {
            let url = format!("{mirror}/dists/{}/InRelease", source.suite);
            by.say(&format!("getting {url}"));
            let mut bytes = Vec::new();
            match by.client.get(&url, MAX_RELEASE, &mut bytes) {
                Ok(_) => {
                    let signed = source.keys.verify_cleartext(&bytes, by.now);
                    let signed = signed.map(|signed| Release::parse(&signed.text));
                    if let Some(why) = third_party(source, &bytes, &signed, by.now) {
                        return Ok(Err(PassedOver::ThirdParty(format!("{url}: {why}"))));
                    }
                    let release = accepted(source, &url, signed, by.now, lists)?;
                    return Ok(Ok(Self { source, mirror, release }));
                }
                Err(e) => tried.push(format!("{url}: {e}")),
            }
        }
        Ok(Err(PassedOver::Unreachable(tried.join("; "))))
    }

    /// Whether packages are taken from here only if nothing else has them.
    pub(super) fn is_second_choice(&self) -> bool {
        self.release.not_automatic
    }

    /// The suite's name: its codename where it was asked for by a name that moves on, as `stable`
    /// does.
    pub(super) fn name(&self) -> &str {
        let (asked, codename) = (&self.source.suite, &self.release.codename);
        if is_moving(asked) && !codename.is_empty() { codename } else { asked }
    }

    /// Where the suite is, for messages.
    pub(super) fn place(&self) -> String {
        format!("{} {}", self.mirror, self.source.suite)
    }

    /// The URLs of a file below the mirrors: first at the one that the list came from.
    pub(super) fn urls(&self, filename: &str) -> Vec<String> {
        let others = self.source.mirrors.iter().map(String::as_str).filter(|m| *m != self.mirror);
        let all = core::iter::once(self.mirror).chain(others);
        all.map(|m| format!("{m}/{}", filename.trim_start_matches("./"))).collect()
    }

    /// The packages of those names for an architecture, in all components.
    pub(super) fn packages(
        &self,
        architecture: &str,
        names: &BTreeSet<&str>,
        by: &mut Fetching<'_>,
        lists: &mut Lists<'_>,
    ) -> Result<Vec<Listing>, Error> {
        let mut found = Vec::new();
        for component in &self.source.components {
            let plain = format!("{component}/binary-{architecture}/Packages");
            let packed = [".xz", ".gz", ""].map(|suffix| format!("{plain}{suffix}"));
            let Some((path, listed)) =
                packed.iter().find_map(|path| Some((path, self.release.file(path)?)))
            else {
                continue;
            };
            let Index { url, bytes, is_new } = self.index(path, listed, by, lists)?;
            let text = unpacked_text(&url, &bytes, self.release.file(&plain))?;
            if is_new {
                lists.keep(&listed.sha256, &bytes)?;
            }
            let malformed = |why| ArchiveError::Malformed { url, why };
            found.extend(listings(&text, names).map_err(malformed)?);
        }
        Ok(found)
    }

    /// The bytes of an index, checked against the signed list, and their URL: from the cache, else
    /// from the address that ends in their digest, else from the plain one.
    fn index(
        &self,
        path: &str,
        listed: &Listed,
        by: &mut Fetching<'_>,
        lists: &mut Lists<'_>,
    ) -> Result<Index, Error> {
        let path = format!("dists/{}/{path}", self.source.suite);
        let urls = self.urls(&path);
        let first = urls.first().cloned().unwrap_or_default();
        let kept = lists.index(&listed.sha256, listed.len)?;
        if let Some(bytes) = kept.filter(|b| sha256_hex(b) == listed.sha256) {
            return Ok(Index { url: first, bytes, is_new: false });
        }
        if listed.len > MAX_INDEX {
            let why = "it is too long".to_owned();
            return Err(ArchiveError::Malformed { url: first, why }.into());
        }
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let by_hash = self.urls(&format!("{folder}/by-hash/SHA256/{}", listed.sha256));
        let by_hash = by_hash.into_iter().filter(|_| self.release.by_hash);
        let mut failed = ArchiveError::NotGot { url: first, why: "nothing was tried".to_owned() };
        for url in by_hash.chain(urls) {
            by.say(&format!("getting {url} ({} kB)", listed.len.div_ceil(1000)));
            let mut bytes = Vec::new();
            let got = by.client.get(&url, listed.len, &mut bytes);
            let got =
                got.map_err(|e| ArchiveError::NotGot { url: url.clone(), why: e.to_string() });
            match got.and_then(|_| check_bytes(&url, &bytes, listed)) {
                Ok(()) => return Ok(Index { url, bytes, is_new: true }),
                Err(e) => failed = e,
            }
        }
        Err(failed.into())
    }
}

/// A suite's list as the distribution's own keys have signed it. The outer error is that of the
/// signature, the inner one says why the signed text cannot be read.
type Signed = Result<Result<Release, String>, signatures::Error>;

/// The reason why a list is a third party's and not the distribution's: another key that apt trusts
/// there has signed it, or it names another `Origin`. `None` if it is the distribution's.
fn third_party(source: &Source, bytes: &[u8], signed: &Signed, now: u64) -> Option<String> {
    if let Ok(verified) = source.others.verify_cleartext(bytes, now) {
        let by = verified.signer.certificate;
        // A list that the distribution's keys have signed as well counts as its own.
        let why = || format!("is signed by {by}, which is no key of the distribution's");
        return signed.is_err().then(why);
    }
    let origin = source.origin.as_deref()?;
    let found = &signed.as_ref().ok()?.as_ref().ok()?.origin;
    let own = [origin.to_owned(), format!("{origin} backports")];
    let is_own = own.iter().any(|own| found.eq_ignore_ascii_case(own));
    (!is_own).then(|| format!("is of `{found}`, not of {origin}"))
}

/// The list of a suite, if its signature, its name and its dates are right.
fn accepted(
    source: &Source,
    url: &str,
    signed: Signed,
    now: u64,
    lists: &mut Lists<'_>,
) -> Result<Release, ArchiveError> {
    let url = url.to_owned();
    let release = match signed {
        Ok(Ok(release)) => release,
        Ok(Err(why)) => return Err(ArchiveError::Malformed { url, why }),
        Err(why) => return Err(ArchiveError::Unsigned { url, why }),
    };
    if !is_asked_for(&source.suite, &release) {
        let (asked, found) = (source.suite.clone(), release.to_string());
        return Err(ArchiveError::WrongSuite { url, asked, found });
    }
    if let Some(end) = release.valid_until.filter(|end| *end < now) {
        return Err(ArchiveError::Expired { url, days: (now - end) / DAY });
    }
    roll_back::refuse(source, url, &release, lists)?;
    Ok(release)
}

/// Whether a list is that of the suite that was asked for, by its `Suite` or its `Codename`. On
/// Ubuntu all pockets, such as `noble-updates`, have the release's codename; so a codename without
/// a pocket matches only a list whose `Suite` has no pocket either:
///
/// ```text
/// asked              Suite               Codename
/// noble              noble               noble               yes
/// noble              noble-updates       noble               no
/// noble-updates      noble-updates       noble               yes
/// bookworm           oldstable           bookworm            yes
/// bookworm-updates   oldstable-updates   bookworm-updates    yes
/// ```
fn is_asked_for(asked: &str, release: &Release) -> bool {
    let has_pocket = |suite: &str| suite.contains(['-', '/']);
    asked == release.suite
        || asked == release.codename && (has_pocket(asked) || !has_pocket(&release.suite))
}

/// The text of an index, unpacked if it is compressed. `listed` is what the signed list has for the
/// unpacked index, if it has that; the length and digest must then be those.
fn unpacked_text(url: &str, bytes: &[u8], listed: Option<&Listed>) -> Result<String, ArchiveError> {
    let url = url.to_owned();
    let limit = listed.map_or(MAX_INDEX, |l| l.len.min(MAX_INDEX));
    let mut text = Vec::new();
    match Compression::recognise(bytes) {
        None => text.extend_from_slice(bytes),
        Some(compression) => {
            let budget = Budget::for_input(bytes.len() as u64, limit);
            let mut reader = compression.reader(bytes, Streams::All, &budget);
            let read = reader.read_to_end(&mut text);
            drop(reader);
            if budget.exhausted() == Some(Limit::Bytes) {
                return Err(ArchiveError::Bomb { url, limit });
            }
            if let Err(e) = read {
                return Err(ArchiveError::Malformed { url, why: e.to_string() });
            }
        }
    }
    if let Some(listed) = listed {
        check_bytes(&url, &text, listed)?;
    }
    Ok(match String::from_utf8(text) {
        Ok(text) => text,
        Err(e) => String::from_utf8_lossy(e.as_bytes()).into_owned(),
    })
}

fn check_bytes(url: &str, bytes: &[u8], listed: &Listed) -> Result<(), ArchiveError> {
    check(url, bytes.len() as u64, &sha256_hex(bytes), (listed.len, &listed.sha256))
}

/// Checks the length and the SHA-256 of what came against those that were listed.
pub(super) fn check(
    url: &str,
    len: u64,
    sha256: &str,
    listed: (u64, &str),
) -> Result<(), ArchiveError> {
    let wrong = |why: String| Err(ArchiveError::WrongBytes { url: url.to_owned(), why });
    match (len == listed.0, sha256 == listed.1) {
        (false, _) => wrong(format!("{len} bytes of {}", listed.0)),
        (_, false) => wrong(format!("its SHA-256 is {sha256}")),
        _ => Ok(()),
    }
}
