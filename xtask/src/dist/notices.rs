//! The licences of the crates that are compiled into the program, which their authors want handed on.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::bill::Crate;
use crate::sh::Error;

/// Beginnings of the names of files that hold a licence or a notice.
const NAMES: [&str; 5] = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE"];

/// What is compiled in and has no crate of its own.
const STANDARD_LIBRARY: &str = "\
Rust's standard library is under the licences MIT or Apache-2.0 (https://www.rust-lang.org/policies/licenses),
the C library musl in it under MIT (https://git.musl-libc.org/cgit/musl/tree/COPYRIGHT).
";

/// A list of the crates, and each text once with the crates that have it.
pub(crate) fn notices(crates: &[Crate]) -> Result<String, Error> {
    let mut texts = BTreeMap::<String, Vec<String>>::new();
    let mut list = String::new();
    // Ours come with texts of their own, beside this file.
    for c in crates.iter().filter(|c| c.checksum.is_some()) {
        let id = format!("{} {}", c.name, c.version);
        let licence = c.licence.as_deref().unwrap_or("see its text");
        let _ = writeln!(list, "{id}: {licence}");
        for entry in std::fs::read_dir(&c.dir).map_err(Error::io(&c.dir))? {
            let path = entry.map_err(Error::io(&c.dir))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
            if !path.is_file() || !NAMES.iter().any(|begin| name.starts_with(begin)) {
                continue;
            }
            let bytes = std::fs::read(&path).map_err(Error::io(&path))?;
            let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
            let users = texts.entry(text.trim_end().to_owned()).or_default();
            if !users.contains(&id) {
                users.push(id.clone());
            }
        }
    }
    let mut out =
        format!("The program bootkey has these crates in it:\n\n{list}\n{STANDARD_LIBRARY}");
    let mut texts: Vec<_> = texts.into_iter().collect();
    texts.sort_by(|(a, users), (b, others)| users.cmp(others).then(a.cmp(b)));
    for (text, users) in texts {
        let _ = writeln!(out, "\n{}\n{}:\n\n{text}", "-".repeat(72), users.join(", "));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_two_have_is_there_once_and_names_both() {
        let dir = tempfile::tempdir().unwrap();
        let new = |name: &str, text: &str| {
            let dir = dir.path().join(name);
            std::fs::create_dir(&dir).unwrap();
            std::fs::write(dir.join("LICENSE-MIT"), text).unwrap();
            std::fs::write(dir.join("README.md"), "no licence").unwrap();
            Crate {
                name: name.into(),
                version: "1.0.0".into(),
                licence: Some("MIT".into()),
                checksum: Some("ab".into()),
                dir,
                uses: Vec::new(),
            }
        };
        let text =
            notices(&[new("a", "shared\n"), new("b", "own"), new("c", "shared\r\n")]).unwrap();
        assert!(text.contains("\na 1.0.0, c 1.0.0:\n\nshared\n"), "{text}");
        assert!(text.contains("\nb 1.0.0:\n\nown\n"), "{text}");
        assert_eq!(text.matches("shared").count(), 1, "{text}");
        assert!(!text.contains("no licence"), "{text}");
    }
}
