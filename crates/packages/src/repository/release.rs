//! `InRelease`, the signed list of a suite's indexes, and what it must say.
//! <https://wiki.debian.org/DebianRepository/Format>

use super::date::seconds;
use std::collections::BTreeMap;

/// A suite's list of indexes, whose signature was verified.
#[derive(Debug)]
pub(super) struct Release {
    /// The distribution or third party that publishes the suite (`Origin`): `Debian`.
    pub origin: String,
    pub suite: String,
    pub codename: String,
    /// The time when it was made, in seconds since 1970.
    pub date: u64,
    /// The time after which it must not be used, in seconds since 1970.
    pub valid_until: Option<u64>,
    /// Whether the indexes are there under their digests too.
    pub by_hash: bool,
    /// Whether packages are taken from here only if nothing else has them: backports.
    pub not_automatic: bool,
    /// The indexes of packages: by their paths below the suite, length and SHA-256.
    files: BTreeMap<String, Listed>,
}

/// An index in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub len: u64,
    pub sha256: String,
}

impl Release {
    /// Parses the text that was signed. The error says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut fields: BTreeMap<String, &str> = BTreeMap::new();
        let mut files = BTreeMap::new();
        let mut in_digests = false;
        for line in text.lines() {
            if line.starts_with([' ', '\t']) {
                if in_digests {
                    let (path, listed) = listed(line).ok_or_else(|| format!("`{line}`"))?;
                    if path.contains("/binary-") && files.insert(path.to_owned(), listed).is_some()
                    {
                        return Err(format!("it lists {path} twice"));
                    }
                }
                continue;
            }
            let (name, value) = line.split_once(':').ok_or_else(|| format!("`{line}`"))?;
            in_digests = name.eq_ignore_ascii_case("SHA256");
            if fields.insert(name.to_ascii_lowercase(), value.trim()).is_some() {
                return Err(format!("it has `{name}` twice"));
            }
        }
        let text = |name: &str| fields.get(name).copied().unwrap_or_default();
        let date_of = |name: &str| match fields.get(name) {
            None => Ok(None),
            Some(date) => {
                seconds(date).map(Some).ok_or_else(|| format!("`{date}` is no date in UTC"))
            }
        };
        Ok(Self {
            origin: text("origin").to_owned(),
            suite: text("suite").to_owned(),
            codename: text("codename").to_owned(),
            date: date_of("date")?.ok_or("it has no date")?,
            valid_until: date_of("valid-until")?,
            by_hash: text("acquire-by-hash") == "yes",
            not_automatic: text("notautomatic") == "yes",
            files,
        })
    }

    /// The index at a path below the suite, if the list has it.
    pub(super) fn file(&self, path: &str) -> Option<&Listed> {
        self.files.get(path)
    }
}

impl core::fmt::Display for Release {
    /// The names of the suite.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.suite == self.codename {
            true => f.write_str(&self.suite),
            false => write!(f, "{} ({})", self.suite, self.codename),
        }
    }
}

/// A line of the list: digest, length, path.
fn listed(line: &str) -> Option<(&str, Listed)> {
    let mut words = line.split_ascii_whitespace();
    let (sha256, len, path) = (words.next()?, words.next()?, words.next()?);
    let len = len.parse().ok()?;
    (is_sha256(sha256) && words.next().is_none())
        .then(|| (path, Listed { len, sha256: sha256.to_owned() }))
}

/// Whether a text is a SHA-256 in lower-case hex.
pub(super) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_parsed_and_a_broken_one_refused() {
        let digest = "0".repeat(64);
        let text = format!(
            "Origin: Debian\nSuite: stable\nCodename: trixie\nDate: Sat, 11 Jul 2026 10:16:37 UTC\n\
             Acquire-By-Hash: yes\nMD5Sum:\n 00 1 main/binary-amd64/Packages.xz\nSHA256:\n \
             {digest} 12 main/binary-amd64/Packages.xz\n {digest} 7 main/source/Sources.xz\n"
        );
        let release = Release::parse(&text).unwrap();
        let names = (&*release.origin, &*release.suite, &*release.codename);
        assert_eq!(names, ("Debian", "stable", "trixie"));
        assert_eq!((release.date, release.valid_until), (1_783_764_997, None));
        assert!(release.by_hash && !release.not_automatic);
        let listed = Listed { len: 12, sha256: digest.clone() };
        assert_eq!(release.file("main/binary-amd64/Packages.xz"), Some(&listed));
        assert_eq!(release.file("main/source/Sources.xz"), None);

        let says = |text: &str, why: &str| {
            let e = Release::parse(text).unwrap_err();
            assert!(e.contains(why), "{e}");
        };
        says(&text.replace("Date:", "Data:"), "no date");
        says(&text.replace("UTC", "CEST"), "no date in UTC");
        says(&format!("{text}suite: evil\n"), "twice");
        says(&text.replace(&format!("{digest} 12"), "0 12"), "`");
        says(&text.replace("source/Sources", "binary-amd64/Packages"), "twice");
        says(&format!("{text}no field\n"), "no field");
    }
}
