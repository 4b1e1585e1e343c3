//! A lock as text.

use crate::check::check;
use crate::error::Error;
use crate::lock::{Contents, Download, LocalInput, Lock, Package};
use core::fmt::Write as _;
use hex_digest::sha256_hex;
use serde::{Deserialize, Serialize};

/// The format of locks that this version writes. It grows when a program that reads locks has to know
/// more than it did.
pub const FORMAT: u32 = 1;

/// The longest lock that is read, in bytes: four times the longest spec.
pub const MAX_LEN: usize = 4 << 20;

/// The comment that begins a lock, and tells it from other files.
pub const HEAD: &str = "# A lock of bootkey: `bootkey build bootkey.lock -o key.img` makes the same image again.\n\
     # Not edited by hand: `bootkey lock SPEC.toml` writes it. See bootkey's docs/lock.md.\n";

/// The tables behind the spec.
#[derive(Serialize)]
struct Tables<'a> {
    image: &'a Contents,
    #[serde(rename = "download", skip_serializing_if = "<[_]>::is_empty")]
    downloads: &'a [Download],
    #[serde(rename = "package", skip_serializing_if = "<[_]>::is_empty")]
    packages: &'a [Package],
    #[serde(rename = "file", skip_serializing_if = "<[_]>::is_empty")]
    files: &'a [LocalInput],
    #[serde(rename = "directory", skip_serializing_if = "<[_]>::is_empty")]
    directories: &'a [LocalInput],
}

/// The fields that a lock of any format has, so that a message can say which version wrote it.
#[derive(Deserialize)]
struct Head {
    format: u32,
    bootkey: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(rename = "format")]
    _format: u32,
    bootkey: String,
    layout: u32,
    source_date_epoch: Option<i64>,
    spec_sha256: String,
    spec: String,
    #[serde(default)]
    listed: Vec<String>,
    image: Contents,
    #[serde(default, rename = "download")]
    downloads: Vec<Download>,
    #[serde(default, rename = "package")]
    packages: Vec<Package>,
    #[serde(default, rename = "file")]
    files: Vec<LocalInput>,
    #[serde(default, rename = "directory")]
    directories: Vec<LocalInput>,
}

impl Lock {
    /// The text of the lock.
    #[must_use]
    pub fn to_text(&self) -> String {
        let Self { bootkey, layout, source_date_epoch, spec, listed, .. } = self;
        let Self { image, downloads, packages, files, directories, .. } = self;
        let mut out = HEAD.to_owned();
        // OK to ignore, here and below: writing to a String does not fail.
        let _ =
            write!(out, "format = {FORMAT}\nbootkey = {}\nlayout = {layout}\n", quoted(bootkey));
        if let Some(seconds) = source_date_epoch {
            let _ = writeln!(out, "source_date_epoch = {seconds}");
        }
        let sha256 = sha256_hex(spec.as_bytes());
        let _ = write!(out, "spec_sha256 = {}\nspec = {}\n\n", quoted(&sha256), lines(spec));
        if !listed.is_empty() {
            let digests: String = listed.iter().map(|d| format!("  {},\n", quoted(d))).collect();
            let _ = write!(out, "listed = [\n{digests}]\n\n");
        }
        let tables = Tables { image, downloads, packages, files, directories };
        // OK to unwrap: TOML can hold every text, and every length that a file can have.
        #[allow(clippy::expect_used)]
        let tables = toml::to_string(&tables).expect("a lock is TOML");
        out + &tables
    }

    /// Reads a lock.
    ///
    /// # Errors
    /// [`Error`] if the text is no lock, is one of a later format, or holds what none does.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_LEN {
            return Err(Error::TooLong { limit: MAX_LEN });
        }
        let text = std::str::from_utf8(bytes).map_err(|_| Error::NotText)?;
        let malformed = |e: toml::de::Error| {
            let before = e.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let why = e.message().lines().collect::<Vec<_>>().join(" ");
            Error::Malformed { line: before.matches('\n').count() + 1, why }
        };
        let Head { format, bootkey } = toml::from_str(text).map_err(malformed)?;
        if format != FORMAT {
            let by = bootkey.chars().filter(|c| c.is_ascii_graphic()).take(40).collect();
            return Err(Error::Newer { format, known: FORMAT, by });
        }
        let raw: Raw = toml::from_str(text).map_err(malformed)?;
        if raw.spec_sha256 != sha256_hex(raw.spec.as_bytes()) {
            return Err(Error::Spec);
        }
        let Raw { bootkey, layout, source_date_epoch, spec, listed, image, .. } = raw;
        let Raw { downloads, packages, files, directories, .. } = raw;
        let lock = Self {
            bootkey,
            layout,
            source_date_epoch,
            spec,
            listed,
            image,
            downloads,
            packages,
            files,
            directories,
        };
        check(&lock)?;
        Ok(lock)
    }
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// The TOML form of a text of several lines: written as it stands where TOML can hold it so, else
/// escaped.
fn lines(text: &str) -> String {
    let plain = |c: char| c == '\n' || c == '\t' || !c.is_control();
    match text.contains("'''") || text.ends_with('\'') || !text.chars().all(plain) {
        false => format!("'''\n{text}'''"),
        true => quoted(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::Member;

    fn lock() -> Lock {
        let sha256 = |text: &str| sha256_hex(text.as_bytes());
        let contents = |text: &str| Contents { sha256: sha256(text), size: text.len() as u64 };
        let local = |path: &str| LocalInput { path: path.into(), sha256: sha256(path), size: 7 };
        let member = Member { path: "usr/x.iso".into(), sha256: sha256("m"), size: 1 << 40 };
        Lock {
            bootkey: "0.1.0".into(),
            layout: 1,
            source_date_epoch: Some(5),
            spec: "[key]\nname = \"x\"\n".into(),
            listed: vec![sha256("listed")],
            image: contents("image"),
            downloads: vec![Download { size: 1 << 40 }, Download { size: 0 }],
            packages: vec![Package {
                name: "memtest86+".into(),
                version: "1:6.10-4~x+b1".into(),
                architecture: "amd64".into(),
                suite: "bookworm-security".into(),
                path: "pool/main/m/memtest86+/memtest86+_6.10-4_amd64.deb".into(),
                sha256: sha256("p"),
                size: 123_456,
                members: vec![member],
            }],
            files: vec![local("../answers \"x\"")],
            directories: vec![local("overlay/")],
        }
    }

    #[test]
    fn a_lock_is_read_as_it_was_written() {
        let lock = lock();
        let text = lock.to_text();
        assert_eq!(Lock::read(text.as_bytes()), Ok(lock.clone()), "{text}");
        assert!(text.contains("spec = '''\n[key]\nname = \"x\"\n'''\n"), "{text}");
        for spec in ["", "a = '''x'''\n", "a = 'x'", "\u{1}\r\n", "\n\nx"] {
            let lock = Lock { spec: spec.to_owned(), ..lock.clone() };
            assert_eq!(Lock::read(lock.to_text().as_bytes()), Ok(lock), "{spec:?}");
        }
    }

    /// With two mirrors and a title each, and all packages of a key for BIOSes and UEFI that starts
    /// under Secure Boot.
    #[test]
    fn a_lock_of_twenty_isos_is_short() {
        let mut lock = lock();
        let model = Package { members: Vec::new(), size: 1_234_567, ..lock.packages[0].clone() };
        let package = |(name, version, source): (&str, &str, &str)| Package {
            name: name.into(),
            version: version.into(),
            path: format!("pool/updates/main/{source}/{name}_{version}_amd64.deb"),
            ..model.clone()
        };
        let packages = [
            ("grub-common", "2.06-13+deb12u2", "g/grub2"),
            ("grub-efi-amd64-bin", "2.06-13+deb12u2", "g/grub2"),
            ("grub-efi-amd64-signed", "1+2.06+13+deb12u2", "g/grub-efi-amd64-signed"),
            ("grub-pc-bin", "2.06-13+deb12u2", "g/grub2"),
            ("shim-helpers-amd64-signed", "1+15.8+1~deb12u1", "s/shim-helpers-amd64-signed"),
            ("shim-signed", "1.44~1+deb12u1+15.8-1~deb12u1", "s/shim-signed"),
            ("syslinux-common", "3:6.04~git20190206.bf6db5b4+dfsg1-3", "s/syslinux"),
        ];
        lock.packages = packages.map(package).to_vec();
        lock.downloads = vec![Download { size: 5 << 30 }; 20];
        (lock.files, lock.directories, lock.listed) = (Vec::new(), Vec::new(), Vec::new());
        lock.spec = "[key]\nname = \"rescue\"\nfirmware = [\"bios\", \"uefi-x64\"]\n".into();
        let digest = sha256_hex(b"x");
        let name = "debian-13.1.0-amd64-netinst.iso";
        for _ in 0..20 {
            lock.spec += &format!(
                "\n[[iso]]\nurl = [\"https://cdimage.debian.org/debian-cd/13.1.0/amd64/iso-cd/{name}\", \
                 \"https://ftp.example.org/debian-cd/13.1.0/{name}\"]\n\
                 sha256 = \"{digest}\"\ntitle = \"Debian 13 (network)\"\n"
            );
        }
        let len = lock.to_text().len();
        assert!(len < 10_000, "{len} bytes");
    }

    #[test]
    fn what_is_no_lock_is_told() {
        let text = lock().to_text();
        let error = |text: &str| Lock::read(text.as_bytes()).unwrap_err().to_string();
        let with = |from: &str, to: &str| {
            assert!(text.contains(from), "{from} is not in {text}");
            error(&text.replacen(from, to, 1))
        };
        let digest = sha256_hex(b"p");
        for (said, part) in [
            (error("[key]\n"), "missing field `format`"),
            (error("\0"), "line 1: "),
            (with("format = 1", "format = 2"), "knows up to 1; use bootkey 0.1.0 or later"),
            (with("layout = 1", "layout = 1\nextra = 2"), "line 6: unknown field `extra`"),
            (with("layout = 1", "layout = -1"), "line 5: "),
            (with("name = \"x\"", "name = \"y\""), "its spec is not the one that was locked"),
            (with("name = \"memtest86+\"", "name = \"../x\""), "package.name: \"../x\""),
            (with("6.10-4~x", "6.10/4"), "package.version"),
            (with("pool/main/m", "pool/../m"), "package.path"),
            (with("pool/main/m", "pool/m?x"), "package.path"),
            (with("\"usr/x.iso\"", "\"/usr/x.iso\""), "package.member.path"),
            (with(&digest, &digest.to_uppercase()), "package: "),
            (with(&sha256_hex(b"listed"), "x"), "listed: "),
            (with("size = 123456", "size = 5000000000000"), "more than any package"),
            (with("path = \"overlay/\"", "path = \"\""), "directory: \"\" is no path"),
            (with("suite = \"bookworm-security\"", "suite = \"a/../b\""), "package.suite"),
        ] {
            assert!(said.contains(part), "{part:?} is not in {said:?}");
        }
        let long = format!("{text}#{}", "x".repeat(MAX_LEN));
        assert_eq!(Lock::read(long.as_bytes()), Err(Error::TooLong { limit: MAX_LEN }));
        assert_eq!(Lock::read(b"\xff"), Err(Error::NotText));
    }
}
