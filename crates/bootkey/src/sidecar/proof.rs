//! The proof beside an image that its entries start, as far as the page shows it.
//!
//! `bootkey try --all --report proof` writes `proof/proof.json`; it may also lie beside the image itself.

use crate::proof::Verdict;
use crate::utc::date_and_time;
use base16ct::lower::encode_string as hex;
use image_write::Written;
use input_file::open_regular;
use key_page::{ProofTable, ProofVerdict, ProvenEntry};
use serde::Deserialize;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The places where a proof is looked for, in the image's directory.
const PLACES: [&str; 2] = ["proof/proof.json", "proof.json"];
/// Longest proof that is read, in bytes.
const MAX: u64 = 16 << 20;

#[derive(Deserialize)]
struct Proof {
    schema: String,
    time: i64,
    key: Key,
    platforms: Vec<Platform>,
    complete: bool,
    trials: Vec<Trial>,
}

#[derive(Deserialize)]
struct Key {
    name: String,
    sha256: String,
}

#[derive(Deserialize)]
struct Platform {
    firmware: String,
}

#[derive(Deserialize)]
struct Trial {
    titles: Vec<String>,
    firmware: String,
    outcome: Option<Outcome>,
}

#[derive(Deserialize)]
struct Outcome {
    verdict: Verdict,
}

/// The proof that is about the image, of those that lie beside it.
pub(crate) fn beside(image: &Path, written: &Written) -> Option<ProofTable> {
    let is_about = |(_, proof): &(PathBuf, Proof)| proof.is_about(written);
    all(image).find(is_about).map(|(_, proof)| proof.table())
}

/// The proofs of another image that had the name before.
pub(crate) fn of_another(image: &Path, written: &Written) -> Vec<PathBuf> {
    let name = image.file_name().unwrap_or_default().to_string_lossy();
    let old = |(_, proof): &(PathBuf, Proof)| proof.key.name == name && !proof.is_about(written);
    all(image).filter(old).map(|(path, _)| path).collect()
}

fn all(image: &Path) -> impl Iterator<Item = (PathBuf, Proof)> {
    PLACES.into_iter().filter_map(|place| {
        let path = image.with_file_name(place);
        let (file, _) = open_regular(&path).ok()?;
        let mut text = Vec::new();
        file.take(MAX).read_to_end(&mut text).ok()?;
        let proof: Proof = serde_json::from_slice(&text).ok()?;
        (proof.schema == "bootkey.proof/1").then_some((path, proof))
    })
}

impl Proof {
    fn is_about(&self, written: &Written) -> bool {
        written.sha256.is_some_and(|digest| hex(&digest) == self.key.sha256)
    }

    fn table(self) -> ProofTable {
        let firmware: Vec<String> = self.platforms.into_iter().map(|p| p.firmware).collect();
        let mut entries: Vec<ProvenEntry> = Vec::new();
        for trial in self.trials {
            let title = trial.titles.join(" > ");
            let known = entries.iter().position(|entry| entry.title == title);
            let row = known.unwrap_or_else(|| {
                entries.push(ProvenEntry { title, verdicts: vec![None; firmware.len()] });
                entries.len() - 1
            });
            if let Some(column) = firmware.iter().position(|name| *name == trial.firmware) {
                entries[row].verdicts[column] =
                    trial.outcome.map(|outcome| verdict(outcome.verdict));
            }
        }
        ProofTable { date: date_and_time(self.time).0, firmware, entries, complete: self.complete }
    }
}

fn verdict(verdict: Verdict) -> ProofVerdict {
    match verdict {
        Verdict::System => ProofVerdict::System,
        Verdict::Menu => ProofVerdict::Menu,
        Verdict::Kernel => ProofVerdict::Kernel,
        Verdict::NotProven => ProofVerdict::NotProven,
        Verdict::Failed => ProofVerdict::Failed,
    }
}
