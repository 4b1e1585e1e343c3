//! An ISO, opened and recognised.

use crate::error::Error;
use boot_recipes::{Available, Catalogue, Verdict};
use iso_probe::{IsoFacts, IsoImage};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// An ISO that was looked into.
#[derive(Debug, Clone)]
pub struct Probed {
    /// The file.
    pub path: PathBuf,
    /// The facts that were found in it.
    pub facts: IsoFacts,
    /// The verdict of the catalogue.
    pub verdict: Verdict,
}

impl Probed {
    /// Whether it boots from a key.
    pub fn boots(&self) -> bool {
        matches!(self.verdict, Verdict::Boots(_))
    }
}

/// Opens an ISO and asks the catalogue. Initrds are unpacked as far as the verdict needs them.
///
/// # Errors
/// [`Error::Inputs`] for a file that cannot be read, or is no ISO.
pub fn probe(path: &Path, catalogue: &Catalogue) -> Result<Probed, Error> {
    let file = key_inputs::open_payload(path)?;
    let fail = |source| key_inputs::Error::Iso { path: path.to_owned(), source };
    let mut image = IsoImage::open(file.reader(), file.len()).map_err(fail)?;
    catalogue.read_initrds(&mut image, None, None).map_err(fail)?;
    let facts = image.into_facts();
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    // What a key could have: whether memdisk is at hand is build's question.
    let verdict = catalogue.recognise(&facts, &stem, &Available { memdisk: true });
    Ok(Probed { path: path.to_owned(), facts, verdict })
}

/// The facts of an ISO with all its initrds unpacked, as recipes are tested with them.
///
/// # Errors
/// As [`probe`].
pub fn record(path: &Path) -> Result<IsoFacts, Error> {
    let file = key_inputs::open_payload(path)?;
    let fail = |source| key_inputs::Error::Iso { path: path.to_owned(), source };
    let mut image = IsoImage::open(file.reader(), file.len()).map_err(fail)?;
    image.read_initrds().map_err(fail)?;
    Ok(image.into_facts())
}

/// The JSON document about one ISO. `schema` changes when a field changes its meaning.
#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    iso: String,
    verdict: &'a Verdict,
    facts: &'a IsoFacts,
}

/// A value that serialises to the document of `bootkey probe --json`.
pub fn json(probed: &Probed) -> impl Serialize + '_ {
    Document {
        schema: "bootkey.probe/1",
        iso: probed.path.display().to_string(),
        verdict: &probed.verdict,
        facts: &probed.facts,
    }
}
