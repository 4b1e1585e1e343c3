//! The digest that a list has for a file.

use super::error::SumsError;
use input_file::{SumsAlgorithm, SumsLine};
use key_spec::Sha256;
use std::collections::BTreeSet;

/// The SHA-256 that a verified list has for the file of that name.
pub(super) fn digest_of(name: &str, list: &[u8]) -> Result<Sha256, SumsError> {
    let lines = || list.split(|b| *b == b'\n').filter_map(SumsLine::read);
    let mut found = None;
    let mut others = BTreeSet::new();
    for line in lines().filter(|line| line.name == name.as_bytes()) {
        if line.algorithm != SumsAlgorithm::Sha256 {
            others.insert(line.algorithm);
        } else if found.as_ref().is_some_and(|found| *found != line.digest) {
            return Err(SumsError::ListedTwice { name: name.to_owned() });
        } else {
            found = Some(line.digest);
        }
    }
    if let Some(sha256) = found.and_then(|digest| Sha256::try_from(digest).ok()) {
        return Ok(sha256);
    }
    let name = name.to_owned();
    if others.is_empty() {
        let names: BTreeSet<_> =
            lines().map(|line| String::from_utf8_lossy(&line.name).into_owned()).collect();
        return Err(SumsError::NotListed { name, have: names.into_iter().take(6).collect() });
    }
    let weak = others.iter().all(|a| matches!(a, SumsAlgorithm::Md5 | SumsAlgorithm::Sha1));
    let algorithms = others.into_iter().map(SumsAlgorithm::name).collect();
    Err(SumsError::OtherDigests { name, algorithms, weak })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lists that distributions have beside their ISOs, as `D` writes a digest.
    #[test]
    fn every_publishers_form_is_read() {
        let (d, e) = ("0d".repeat(32), "0e".repeat(32));
        for (publisher, name, list) in [
            (
                "Debian",
                "debian-13.1.0-amd64-netinst.iso",
                "E  debian-13.1.0-amd64-DVD-1.iso\nD  debian-13.1.0-amd64-netinst.iso\n",
            ),
            (
                "Ubuntu",
                "ubuntu-24.04-desktop-amd64.iso",
                "E *ubuntu-24.04-live-server-amd64.iso\nD *ubuntu-24.04-desktop-amd64.iso\n",
            ),
            (
                "Fedora",
                "Fedora-Server-dvd-x86_64-41-1.4.iso",
                "# Fedora-Server-dvd-x86_64-41-1.4.iso: 2812672000 bytes\nSHA256 (Fedora-Server-dvd-x86_64-41-1.4.iso) = D\n# Fedora-Server-netinst-x86_64-41-1.4.iso: 1 bytes\nSHA256 (Fedora-Server-netinst-x86_64-41-1.4.iso) = E\n",
            ),
            (
                "openSUSE",
                "openSUSE-Leap-15.6-NET-x86_64-Build709.1-Media.iso",
                "D  openSUSE-Leap-15.6-NET-x86_64-Build709.1-Media.iso\n",
            ),
            (
                "Arch",
                "archlinux-2025.10.01-x86_64.iso",
                "D  archlinux-2025.10.01-x86_64.iso\nE  archlinux-bootstrap-2025.10.01-x86_64.tar.zst\n",
            ),
            (
                "Alpine",
                "alpine-standard-3.22.0-x86_64.iso",
                "D  alpine-standard-3.22.0-x86_64.iso\n",
            ),
            (
                "with two kinds",
                "x.iso",
                "MD5 (x.iso) = 00000000000000000000000000000000\nSHA256 (x.iso) = D\nD  ./x.iso\n",
            ),
        ] {
            let list = list.replace("D  ", &format!("{d}  ")).replace("D *", &format!("{d} *"));
            let list = list.replace("= D", &format!("= {d}")).replace("= E", &format!("= {e}"));
            let list = list.replace("E  ", &format!("{e}  ")).replace("E *", &format!("{e} *"));
            let found = digest_of(name, list.as_bytes());
            assert_eq!(found.map(|s| s.to_string()).as_deref(), Ok(&*d), "{publisher}:\n{list}");
        }
    }

    #[test]
    fn what_does_not_say_which_file_it_is_is_told() {
        let (d, e) = ("0d".repeat(32), "0e".repeat(32));
        let why = |list: &str| digest_of("x.iso", list.as_bytes()).unwrap_err().to_string();
        let many: String = (0..9).map(|n| format!("{d}  {n}.iso\n")).collect();
        for (list, says) in [
            (format!("{d}  y.iso\n"), "lists no file x.iso, but y.iso; have `url` end"),
            (many, "but 0.iso, 1.iso, 2.iso, 3.iso, 4.iso, …"),
            (format!("{d}  a/x.iso\n{d}  X.ISO\n"), "lists no file x.iso"),
            (String::new(), "nor any other"),
            (format!("{d}\n"), "nor any other"),
            (format!("{d}  x.iso\n{e}  x.iso\n"), "x.iso twice, with different digests"),
            (format!("{d}  x.iso\nSHA256 (x.iso) = {e}\n"), "x.iso twice"),
            (format!("{}  x.iso\n", &d[..32]), "only MD5 of x.iso, for which others make"),
            (
                format!("{}  x.iso\nSHA1 (x.iso) = {}\n", &d[..32], &d[..40]),
                "only MD5 and SHA-1 of x.iso, for which others make",
            ),
            (format!("{d}{d}  x.iso\n"), "only SHA-512 of x.iso, and files are known by"),
            (format!("SHA512/256 (x.iso) = {d}\n"), "only another digest of x.iso"),
        ] {
            let said = why(&list);
            assert!(said.contains(says), "{list}{said}");
        }
    }
}
