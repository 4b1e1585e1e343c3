//! An archive in the form of Debian's, made and signed by a test.

use crate::deb_packages::{Package, compress};
use crate::gpg::Gpg;
use core::fmt::Write as _;
use hex_digest::sha256_hex;
use std::collections::BTreeMap;

/// An archive: its files, by their paths below the mirror.
#[derive(Debug, Clone, Default)]
pub struct Archive {
    pub files: BTreeMap<String, Vec<u8>>,
}

/// A suite, as its list describes it.
#[derive(Debug, Clone)]
pub struct Suite<'a> {
    pub suite: &'a str,
    pub codename: &'a str,
    /// The date, as in `Sat, 11 Jul 2026 10:16:37 UTC`.
    pub date: &'a str,
    /// Further fields, each with its end of line.
    pub more: &'a str,
}

impl Archive {
    /// Puts packages into the pool, and returns the index of them.
    pub fn pool(&mut self, packages: &[Package]) -> String {
        let mut index = String::new();
        for package in packages {
            let bytes = package.bytes();
            let field = |name: &str| {
                let lines = package.control.lines();
                lines.into_iter().find_map(|l| l.strip_prefix(name)?.strip_prefix(": ")).unwrap()
            };
            let version = field("Version").replace(':', ".");
            let path = format!("pool/{}_{version}_{}.deb", field("Package"), field("Architecture"));
            // OK to ignore: writing to a String does not fail.
            let _ = write!(
                index,
                "{}\nFilename: {path}\nSize: {}\nSHA256: {}\n\n",
                package.control.trim_end(),
                bytes.len(),
                sha256_hex(&bytes)
            );
            self.files.insert(path, bytes);
        }
        index
    }

    /// Publishes an index of `main` for an architecture, by name and by digest, and returns the lines
    /// about it in the suite's list.
    pub fn index(&mut self, codename: &str, architecture: &str, index: &str) -> String {
        let packed = compress(".xz", index.as_bytes());
        self.packed_index(codename, architecture, index, packed)
    }

    /// As [`index`](Self::index), but publishes `packed`, which may be any bytes, in the place of
    /// the packed index.
    pub fn packed_index(
        &mut self,
        codename: &str,
        architecture: &str,
        index: &str,
        packed: Vec<u8>,
    ) -> String {
        let below = format!("main/binary-{architecture}");
        let line = |name: &str, bytes: &[u8]| {
            format!(" {} {} {below}/{name}\n", sha256_hex(bytes), bytes.len())
        };
        let lines = line("Packages", index.as_bytes()) + &line("Packages.xz", &packed);
        let dir = format!("dists/{codename}/{below}");
        self.files.insert(format!("{dir}/by-hash/SHA256/{}", sha256_hex(&packed)), packed.clone());
        self.files.insert(format!("{dir}/Packages.xz"), packed);
        lines
    }

    /// Signs a suite's list and publishes it.
    pub fn sign(&mut self, codename: &str, list: &str, gpg: &Gpg, time: &str, keys: &[&str]) {
        let signed = gpg.sign(time, keys, &["--clearsign"], list.as_bytes());
        self.files.insert(format!("dists/{codename}/InRelease"), signed);
    }
}

impl Suite<'_> {
    /// The suite's list, not signed yet, with these lines about indexes.
    pub fn list(&self, lines: &str) -> String {
        let Suite { suite, codename, date, more } = self;
        format!(
            "Origin: Test\nSuite: {suite}\nCodename: {codename}\nDate: {date}\n\
             Acquire-By-Hash: yes\n{more}SHA256:\n{lines}"
        )
    }
}
