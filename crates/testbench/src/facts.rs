//! What is known of ISOs, for the tests of whoever reads it.

use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::Path;

/// Facts recorded from real ISO files by `bootkey probe --record`.
const RECORDED: &str = "recorded";
/// Facts of ISOs that nobody here had: from descriptions of their trees, or written by hand.
const DESCRIBED: &str = "described";

/// All known ISOs by their names, recorded and described ones; `Facts` is `iso_probe::IsoFacts`,
/// which this crate does not know.
///
/// # Panics
/// When a file cannot be read, is no such record, has a name twice, or nearly all are missing.
pub fn known_isos<Facts: DeserializeOwned>() -> BTreeMap<String, Facts> {
    let (mut all, described) = (recorded_isos(), folder(DESCRIBED));
    let count = all.len() + described.len();
    all.extend(described);
    assert_eq!(all.len(), count, "an ISO is both recorded and described");
    assert!(count >= 60, "{count} known ISOs");
    all
}

/// The ISOs whose facts were recorded from real files, by their names.
///
/// # Panics
/// When a file cannot be read, is no such record, or all are missing.
pub fn recorded_isos<Facts: DeserializeOwned>() -> BTreeMap<String, Facts> {
    let all = folder(RECORDED);
    assert!(!all.is_empty(), "no recorded ISOs");
    all
}

fn folder<Facts: DeserializeOwned>(name: &str) -> BTreeMap<String, Facts> {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../boot-recipes/tests/facts").join(name);
    let shown = folder.display();
    let files = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{shown}: {e}"));
    let read = |file: std::io::Result<std::fs::DirEntry>| {
        let path = file.unwrap_or_else(|e| panic!("{shown}: {e}")).path();
        let shown = path.display();
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{shown}: {e}"));
        let facts = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{shown}: {e}"));
        (path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), facts)
    };
    files.map(read).collect()
}
