//! Markers: the facts that tell one kind of ISO from another.

use iso_probe::IsoFacts;
use serde::Deserialize;
use std::fmt;

/// A fact about an ISO. As text:
///
/// - `/isolinux/vmlinuz`: there is such a file;
/// - `/casper/`: there is such a directory, with a file somewhere in it;
/// - `label:MT86PLUS_*`: the volume id is like this.
///
/// `*` stands for any characters, `?` for one; neither for a `/`. ASCII case does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Marker {
    text: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Directory,
    Label,
}

const LABEL: &str = "label:";

impl TryFrom<String> for Marker {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let kind = if text.len() > LABEL.len() && text.starts_with(LABEL) {
            Kind::Label
        } else if text.starts_with('/') && text.len() > 1 && !text.contains("//") {
            if text.ends_with('/') { Kind::Directory } else { Kind::File }
        } else {
            return Err(format!(
                "`{text}` is no marker: `/FILE`, `/DIRECTORY/` or `label:VOLUME-ID`"
            ));
        };
        Ok(Self { text, kind })
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Label => write!(f, "a volume id like {}", self.glob()),
            _ => f.write_str(&self.text),
        }
    }
}

impl Marker {
    fn glob(&self) -> &str {
        self.text.strip_prefix(LABEL).unwrap_or(&self.text)
    }

    /// Whether it names a file.
    pub(crate) fn is_file(&self) -> bool {
        self.kind == Kind::File
    }

    /// The file, directory (with a `/` at its end) or volume id in `facts` that it is about.
    pub(crate) fn find<'f>(&self, facts: &'f IsoFacts) -> Option<&'f str> {
        match self.kind {
            Kind::Label => Some(facts.volume_id.as_str()).filter(|id| glob(self.glob(), id)),
            Kind::File if !self.text.contains(['*', '?']) => facts.find(&self.text),
            Kind::File => facts.paths.keys().map(String::as_str).find(|p| glob(&self.text, p)),
            Kind::Directory => {
                let levels = self.text.matches('/').count();
                facts.paths.keys().find_map(|path| {
                    let (end, _) = path.match_indices('/').nth(levels - 1)?;
                    let directory = path.get(..=end)?;
                    glob(&self.text, directory).then_some(directory)
                })
            }
        }
    }

    /// What [`find`](Self::find) found, for a sentence about the ISO.
    pub(crate) fn why(&self, found: &str) -> String {
        match self.kind {
            Kind::Label => format!("volume id {found}"),
            _ => found.to_owned(),
        }
    }
}

/// Whether `text` is like `pattern`. Time: length times length, at most.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    // Where to go on when a later part fails: behind the last `*`, one byte further in the text.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(p), text.get(t)) {
            (None, None) => return true,
            (Some(b'*'), _) => {
                retry = Some((p + 1, t));
                p += 1;
            }
            (Some(b'?'), Some(c)) if *c != b'/' => (p, t) = (p + 1, t + 1),
            (Some(a), Some(b)) if a.eq_ignore_ascii_case(b) && *a != b'?' => {
                (p, t) = (p + 1, t + 1);
            }
            _ => match retry {
                Some((after, from)) if text.get(from).is_some_and(|c| *c != b'/') => {
                    retry = Some((after, from + 1));
                    (p, t) = (after, from + 1);
                }
                _ => return false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        for (pattern, text) in [
            ("/a", "/A"),
            ("/*", "/abc"),
            ("/*.sfs", "/x.y.sfs"),
            ("/*/*.sfs", "/a/b.sfs"),
            ("MT86PLUS_*", "mt86plus_64"),
            ("a?c", "abc"),
            ("*", ""),
            ("**x", "aax"),
            ("/a*b*c", "/aXbbYc"),
            ("/live/", "/live/"),
            ("/v*z*", "/vmlinuz-6.1"),
        ] {
            assert!(glob(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("/a", "/ab"),
            ("/*", "/a/b"),
            ("/*.sfs", "/a/b.sfs"),
            ("a?c", "a/c"),
            ("a?", "a"),
            ("x*", "ax"),
            ("/a*b", "/a/b"),
            ("", "a"),
            ("a", ""),
            ("/*/x", "/x"),
        ] {
            assert!(!glob(pattern, text), "{pattern} {text}");
        }
        // No blow-up.
        assert!(!glob(&"*a".repeat(500), &"a".repeat(499)));
        assert!(glob(&"*a".repeat(499), &"a".repeat(499)));
    }

    #[test]
    fn texts() {
        for bad in ["", "/", "isolinux/vmlinuz", "label:", "//", "/a//b", "Label:X"] {
            assert!(Marker::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
