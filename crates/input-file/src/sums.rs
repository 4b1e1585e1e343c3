//! Lists of digests: `SHA256SUMS` and its like, in the forms that `sha256sum`, `openssl` and BSD's
//! `sha256` write and `sha256sum -c` reads.
//!
//! ```text
//! 9f86d081…  x.iso            two blanks, or a blank and `*`
//! SHA256 (x.iso) = 9f86d081…
//! ```

/// A line of a list of digests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SumsLine {
    /// The file's name, without `./` before it.
    pub name: Vec<u8>,
    /// The kind of digest.
    pub algorithm: SumsAlgorithm,
    /// The digest, in small hex digits.
    pub digest: String,
}

/// The kind of digest that a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SumsAlgorithm {
    /// MD5, for which anybody can make two files with the same digest.
    Md5,
    /// SHA-1, for which two such files can be bought for much money.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
    /// Another one.
    Other,
}

impl SumsAlgorithm {
    /// The name, as people know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha512 => "SHA-512",
            Self::Other => "another digest",
        }
    }

    /// The kind of a digest of so many hex digits, where nothing says it.
    fn of_len(digits: usize) -> Option<Self> {
        match digits {
            32 => Some(Self::Md5),
            40 => Some(Self::Sha1),
            64 => Some(Self::Sha256),
            128 => Some(Self::Sha512),
            56 | 96 => Some(Self::Other),
            _ => None,
        }
    }

    /// The kind of that name in a line of BSD's form.
    fn of_tag(tag: &[u8]) -> Option<Self> {
        let is_tag = |b: &u8| b.is_ascii_alphanumeric() || b"-/".contains(b);
        match tag {
            b"MD5" => Some(Self::Md5),
            b"SHA1" => Some(Self::Sha1),
            b"SHA256" => Some(Self::Sha256),
            b"SHA512" => Some(Self::Sha512),
            tag if !tag.is_empty() && tag.iter().all(is_tag) => Some(Self::Other),
            _ => None,
        }
    }
}

impl SumsLine {
    /// Reads a line; `None` if it is about no file.
    pub fn read(line: &[u8]) -> Option<Self> {
        let line = line.strip_suffix(b"\r").unwrap_or(line).trim_ascii_start();
        let (escaped, line) = match line.strip_prefix(b"\\") {
            Some(rest) => (true, rest),
            None => (false, line),
        };
        let (algorithm, name, digest) = tagged(line).or_else(|| plain(line))?;
        let mut name = &*unescaped(name, escaped)?;
        while let Some(rest) = name.strip_prefix(b"./") {
            name = &rest[rest.iter().take_while(|b| **b == b'/').count()..];
        }
        let digest = String::from_utf8_lossy(digest).to_ascii_lowercase();
        Some(Self { name: name.to_vec(), algorithm, digest })
    }
}

type Fields<'a> = (SumsAlgorithm, &'a [u8], &'a [u8]);

fn is_hex(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_hexdigit)
}

/// `SHA256 (name) = digest`, or `SHA256(name)= digest`.
fn tagged(line: &[u8]) -> Option<Fields<'_>> {
    let open = line.iter().position(|b| *b == b'(')?;
    let (head, rest) = (&line[..open], &line[open + 1..]);
    let (tag, middle) = match head.strip_suffix(b" ") {
        Some(tag) => (tag, &b") = "[..]),
        None => (head, &b")= "[..]),
    };
    let algorithm = SumsAlgorithm::of_tag(tag)?;
    let digits = rest.iter().rev().take_while(|b| b.is_ascii_hexdigit()).count();
    let (name, digest) = rest.split_at(rest.len() - digits);
    let fits = match algorithm {
        SumsAlgorithm::Other => digits > 0,
        known => SumsAlgorithm::of_len(digits) == Some(known),
    };
    Some((algorithm, name.strip_suffix(middle)?, digest)).filter(|_| fits)
}

/// `digest  name`, or `digest *name`.
fn plain(line: &[u8]) -> Option<Fields<'_>> {
    let end = line.iter().position(|b| *b == b' ')?;
    let (digest, rest) = (&line[..end], &line[end + 1..]);
    let algorithm = SumsAlgorithm::of_len(digest.len()).filter(|_| is_hex(digest))?;
    let name = rest.strip_prefix(b" ").or_else(|| rest.strip_prefix(b"*")).unwrap_or(rest);
    Some((algorithm, name, digest))
}

/// A name without the escapes of `sha256sum`.
fn unescaped(name: &[u8], escaped: bool) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut bytes = name.iter();
    while let Some(b) = bytes.next() {
        match (b, escaped) {
            (b'\\', true) => match bytes.next()? {
                b'n' => out.push(b'\n'),
                b'r' => out.push(b'\r'),
                b'\\' => out.push(b'\\'),
                _ => return None,
            },
            _ => out.push(*b),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_every_form_are_read() {
        use SumsAlgorithm::{Md5, Other, Sha1, Sha256, Sha512};
        let hex = |n: usize| "aB".repeat(n / 2);
        let (d, small) = (hex(64), "ab".repeat(32));
        for (line, name, algorithm) in [
            (format!("{d}  x.iso"), "x.iso", Sha256),
            (format!("{d} *x.iso\r"), "x.iso", Sha256),
            (format!("{d} x y.iso"), "x y.iso", Sha256),
            (format!(" {d}  .//./a/x.iso"), "a/x.iso", Sha256),
            (format!("SHA256 (x) = y.iso) = {d}"), "x) = y.iso", Sha256),
            (format!("SHA256(x.iso)= {d}"), "x.iso", Sha256),
            (format!("\\{d}  a\\nb\\\\"), "a\nb\\", Sha256),
            (format!("SHA512/256 (x) = {d}"), "x", Other),
            (format!("SHA3-256 (x) = {d}"), "x", Other),
            (format!("{}  x", hex(32)), "x", Md5),
            (format!("MD5 (x) = {}", hex(32)), "x", Md5),
            (format!("{}  x", hex(40)), "x", Sha1),
            (format!("{}  x", hex(128)), "x", Sha512),
            (format!("{}  x", hex(96)), "x", Other),
        ] {
            let read = SumsLine::read(line.as_bytes()).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((&*read.name, read.algorithm), (name.as_bytes(), algorithm), "{line}");
            assert!(algorithm != Sha256 || read.digest == small, "{line}");
        }
    }

    #[test]
    fn other_lines_are_about_no_file() {
        let d = "a".repeat(64);
        for line in [
            "",
            "x",
            "# x.iso: 1 bytes",
            "Hash: SHA256",
            &d,
            &format!("{}  x", "g".repeat(64)),
            &format!("{d}a  x"),
            "SHA256 () = 1",
            &format!("SHA256 (x) = {}", "a".repeat(40)),
            &format!("SHA256 (x)= {d}"),
            &format!("# SHA256 (x) = {d}"),
            &format!("\\{d}  a\\tb"),
        ] {
            assert_eq!(SumsLine::read(line.as_bytes()), None, "{line}");
        }
    }
}
