//! apt's list of sources, in both its formats. <https://manpages.debian.org/sources.list.5>
//!
//! ```text
//! deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] http://host/debian trixie main
//!
//! Types: deb
//! URIs: http://host/debian
//! Suites: trixie trixie-updates
//! Components: main
//! Signed-By: /usr/share/keyrings/x.gpg
//! ```

use crate::error::Error;
use input_file::open_regular;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Most bytes of a list of sources that are read.
const MAX_LIST: u64 = 1 << 20;

/// The words that apt takes for no.
const NO: [&str; 6] = ["no", "false", "without", "off", "disable", "0"];

/// A source as apt's list names it: one suite at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AptSource {
    pub uri: String,
    pub suite: String,
    pub components: Vec<String>,
    pub signed_by: SignedBy,
}

/// The keys that a source may be signed by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SignedBy {
    /// Those that apt trusts for every source without keys of its own.
    Apt,
    /// Those in these files, and, if any fingerprints are given, of these only the keys that have
    /// them.
    Files { files: Vec<PathBuf>, fingerprints: Vec<String> },
    /// Those of this armoured text.
    Text(String),
}

/// The sources that the apt of the machine below `root` has, in apt's order. Files that we may not
/// read are passed over.
///
/// # Errors
/// [`Error::Read`] when reading a list fails.
pub(super) fn of_machine(root: &Path) -> Result<Vec<AptSource>, Error> {
    let etc = root.join("etc/apt");
    let mut all = one_line(&text(&etc.join("sources.list"))?);
    let mut lists: Vec<PathBuf> = match fs::read_dir(etc.join("sources.list.d")) {
        Ok(entries) => entries.filter_map(|e| Some(e.ok()?.path())).collect(),
        Err(_) => Vec::new(),
    };
    lists.sort();
    for list in lists {
        match list.extension().and_then(|e| e.to_str()) {
            Some("list") => all.extend(one_line(&text(&list)?)),
            Some("sources") => all.extend(deb822(&text(&list)?)),
            _ => {}
        }
    }
    Ok(all)
}

/// The text of a list; empty if there is none for us.
fn text(path: &Path) -> Result<String, Error> {
    use io::ErrorKind::{NotADirectory, NotFound, PermissionDenied};
    let (file, _) = match open_regular(path) {
        Err(input_file::OpenError::Open { source, .. })
            if matches!(source.kind(), NotFound | NotADirectory | PermissionDenied) =>
        {
            return Ok(String::new());
        }
        opened => opened?,
    };
    let mut bytes = Vec::new();
    let read = file.take(MAX_LIST).read_to_end(&mut bytes);
    read.map_err(|source| Error::Read { path: path.to_path_buf(), source })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The sources in a list of one line each.
fn one_line(text: &str) -> Vec<AptSource> {
    text.lines().filter_map(line).collect()
}

fn line(line: &str) -> Option<AptSource> {
    let line = line.split('#').next()?.trim();
    let rest = line.strip_prefix("deb")?;
    if !rest.starts_with([' ', '\t', '[']) {
        return None;
    }
    let (options, rest) = match rest.trim_start().strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => ("", rest),
    };
    let mut words = rest.split_whitespace().map(str::to_owned);
    let (uri, suite) = (words.next()?, words.next()?);
    let option = |name: &str| {
        options.split_whitespace().find_map(|o| {
            let (key, value) = o.split_once('=')?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    };
    let signed_by = signed_by(option("signed-by").unwrap_or_default());
    Some(AptSource { uri, suite, components: words.collect(), signed_by })
}

/// The sources in a list of stanzas.
pub(super) fn deb822(text: &str) -> Vec<AptSource> {
    let lines: Vec<&str> = text.lines().filter(|l| !l.starts_with('#')).collect();
    let stanzas = lines.split(|line| line.trim().is_empty());
    stanzas.flat_map(stanza).collect()
}

fn stanza(lines: &[&str]) -> Vec<AptSource> {
    let get = |name: &str| {
        let mut value: Option<String> = None;
        for line in lines {
            match (&mut value, line.starts_with([' ', '\t'])) {
                (Some(value), true) => {
                    value.push('\n');
                    value.push_str(line.trim());
                }
                (Some(_), false) => break,
                (None, _) => {
                    let field = line.split_once(':').filter(|f| f.0.eq_ignore_ascii_case(name));
                    value = field.map(|f| f.1.trim().to_owned());
                }
            }
        }
        value.unwrap_or_default()
    };
    let words =
        |name: &str| -> Vec<String> { get(name).split_whitespace().map(str::to_owned).collect() };
    let enabled = get("Enabled").to_ascii_lowercase();
    if NO.contains(&enabled.as_str()) || !words("Types").iter().any(|t| t == "deb") {
        return Vec::new();
    }
    let (suites, components) = (words("Suites"), words("Components"));
    let signed_by = signed_by(&get("Signed-By"));
    let of = |uri: &String| {
        let (uri, components, signed_by) = (uri.clone(), components.clone(), signed_by.clone());
        suites.iter().map(move |suite| AptSource {
            uri: uri.clone(),
            suite: suite.clone(),
            components: components.clone(),
            signed_by: signed_by.clone(),
        })
    };
    words("URIs").iter().flat_map(of).collect()
}

/// The keys that the value of `Signed-By` means: files, fingerprints, or a text in which a line of a
/// dot stands for an empty one.
fn signed_by(value: &str) -> SignedBy {
    if value.contains("-----BEGIN PGP PUBLIC KEY BLOCK-----") {
        let lines: Vec<&str> = value.lines().map(|l| if l == "." { "" } else { l }).collect();
        return SignedBy::Text(lines.join("\n"));
    }
    let words = value.split([',', ' ', '\n', '\t']).filter(|w| !w.is_empty());
    let (files, others): (Vec<&str>, Vec<&str>) = words.partition(|w| w.starts_with('/'));
    let hex = |w: &str| w.trim_end_matches('!').to_ascii_uppercase();
    if files.is_empty() && others.is_empty() {
        return SignedBy::Apt;
    }
    let files = files.into_iter().map(PathBuf::from).collect();
    SignedBy::Files { files, fingerprints: others.into_iter().map(hex).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(uri: &str, suite: &str, components: &[&str]) -> AptSource {
        let components = components.iter().map(|c| (*c).to_owned()).collect();
        AptSource { uri: uri.into(), suite: suite.into(), components, signed_by: SignedBy::Apt }
    }

    fn files(files: &[&str], fingerprints: &[&str]) -> SignedBy {
        let files = files.iter().map(PathBuf::from).collect();
        let fingerprints = fingerprints.iter().map(|f| (*f).to_owned()).collect();
        SignedBy::Files { files, fingerprints }
    }

    #[test]
    fn one_line_a_source() {
        let text = "# deb http://no no main\n\ndeb http://a/debian bookworm main contrib # x\n\
                    deb-src http://a/debian bookworm main\ndebug x y\n\
                    deb [ arch=amd64,arm64 Signed-By=/k.gpg,/l.gpg ] http://b s main\ndeb http://c ./\ndeb [x\n";
        let signed = AptSource {
            signed_by: files(&["/k.gpg", "/l.gpg"], &[]),
            ..source("http://b", "s", &["main"])
        };
        let expected = [
            source("http://a/debian", "bookworm", &["main", "contrib"]),
            signed,
            source("http://c", "./", &[]),
        ];
        assert_eq!(one_line(text), expected);
    }

    #[test]
    fn stanzas_of_sources() {
        let text = "Types: deb deb-src\nURIs: http://a http://b\nSuites: s s-updates\nComponents: main\n \
                    contrib\nSigned-By: /k.gpg abcdef!\n\nTypes: deb-src\nURIs: http://no\nSuites: s\n\n\
                    Enabled: no\nTypes: deb\nURIs: http://no\nSuites: s\n\n# x\nTYPES: deb\nuris: http://c\n\
                    # in the middle\nSuites: t\nComponents: main\nSigned-By:\n \
                    -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n AAAA\n -----END PGP PUBLIC KEY BLOCK-----\n";
        let of = |uri, suite| AptSource {
            signed_by: files(&["/k.gpg"], &["ABCDEF"]),
            ..source(uri, suite, &["main", "contrib"])
        };
        let armour =
            "\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----";
        let inline = AptSource {
            signed_by: SignedBy::Text(armour.into()),
            ..source("http://c", "t", &["main"])
        };
        let expected = [
            of("http://a", "s"),
            of("http://a", "s-updates"),
            of("http://b", "s"),
            of("http://b", "s-updates"),
            inline,
        ];
        assert_eq!(deb822(text), expected);
    }

    #[test]
    fn a_source_that_is_off_is_none() {
        let with = |enabled: &str| {
            let head = format!("Enabled: {enabled}\nTypes: deb\nURIs: http://a\n");
            deb822(&(head + "Suites: s\nComponents: main\n")).len()
        };
        assert!(["no", "False", "0", "off", "disable", "without"].iter().all(|no| with(no) == 0));
        assert!(["yes", "on", "1", ""].iter().all(|yes| with(yes) == 1));
    }

    #[test]
    fn the_lists_of_a_machine() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(of_machine(dir.path()).unwrap(), []);
        let etc = dir.path().join("etc/apt/sources.list.d");
        fs::create_dir_all(&etc).unwrap();
        fs::write(dir.path().join("etc/apt/sources.list"), "deb http://a s main\n").unwrap();
        fs::write(etc.join("c.list"), "deb http://c s main\n").unwrap();
        let stanza = "Types: deb\nURIs: http://b\nSuites: s\nComponents: main\n";
        fs::write(etc.join("b.sources"), stanza).unwrap();
        fs::write(etc.join("d.list.save"), "deb http://d s main\n").unwrap();
        let uris: Vec<_> = of_machine(dir.path()).unwrap().into_iter().map(|s| s.uri).collect();
        assert_eq!(uris, ["http://a", "http://b", "http://c"]);
    }
}
