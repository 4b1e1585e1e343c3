//! Facts of known ISOs, for the tests of crates that read them.

use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::Path;

/// The directory of facts recorded from real ISO files by `bootkey probe --record`.
const RECORDED: &str = "recorded";
/// The directory of facts that come from no ISO file: from descriptions of ISOs' trees, or written
/// by hand.
const DESCRIBED: &str = "described";

/// The facts of all known ISOs, recorded and described, by the ISOs' names. `Facts` is
/// `iso_probe::IsoFacts`, a type parameter because this crate does not depend on `iso-probe`.
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

/// The facts that were recorded from real files, by the ISOs' names.
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
