//! What was recorded of real ISOs, for the tests of whoever reads it.

use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// The recorded ISOs by their names, as `bootkey probe --record` wrote them; `Facts` is
/// `iso_probe::IsoFacts`, which this crate does not know.
///
/// # Panics
/// When a file cannot be read, is no such record, or nearly all are missing.
pub fn recorded_isos<Facts: DeserializeOwned>() -> BTreeMap<String, Facts> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../boot-recipes/tests/facts");
    let files = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{folder}: {e}"));
    let read = |file: std::io::Result<std::fs::DirEntry>| {
        let path = file.unwrap_or_else(|e| panic!("{folder}: {e}")).path();
        let shown = path.display();
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{shown}: {e}"));
        let facts = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{shown}: {e}"));
        (path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), facts)
    };
    let all: BTreeMap<String, Facts> = files.map(read).collect();
    assert!(all.len() >= 60, "{} recorded ISOs in {folder}", all.len());
    all
}
