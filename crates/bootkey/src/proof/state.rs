//! What earlier runs have done, in the directory of the report: a file a trial, which appears when it is
//! complete. A run that was killed goes on where it was.

use super::outcome::Outcome;
use super::prepare::{Platform, Proof};
use super::trials::Trial;
use crate::error::Error;
use crate::written_bytes::write_bytes;
use hex_digest::sha256_hex;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The directory of the trials in that of the report.
const TRIALS: &str = "trials";

/// What became of a trial, with its pictures as PNG.
#[derive(Debug, Clone)]
pub(super) struct Done {
    pub(super) outcome: Outcome,
    pub(super) menu_png: Option<Vec<u8>>,
    pub(super) end_png: Option<Vec<u8>>,
}

/// A trial's file.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    /// What the outcome is about: another key, QEMU or firmware, and it counts no more.
    of: Of,
    outcome: Outcome,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Of {
    bootkey: String,
    key_sha256: String,
    titles: Vec<String>,
    platform: Platform,
    memory: u64,
    bus: String,
}

/// The directory of the trials.
#[derive(Debug)]
pub(super) struct State<'a> {
    directory: PathBuf,
    proof: &'a Proof,
}

/// The name of a trial's files, without their extension.
pub(super) fn file_name(trial: &Trial) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String =
        trial.titles.last().into_iter().flat_map(|t| t.chars()).map(plain).take(40).collect();
    // Titles that differ in other letters, or in the menu that they are in, have other digests.
    let digest = sha256_hex(format!("{:?}", (&trial.titles, &trial.steps)).as_bytes());
    format!("{}-{}-{}", trial.firmware, name.trim_matches('-'), &digest[..8])
}

impl<'a> State<'a> {
    pub(super) fn open(report: &Path, proof: &'a Proof) -> Result<Self, Error> {
        let directory = report.join(TRIALS);
        std::fs::create_dir_all(&directory).map_err(|e| failed(&directory, e))?;
        Ok(Self { directory, proof })
    }

    fn of(&self, trial: &Trial) -> Option<Of> {
        let mut machines = self.proof.machines.iter();
        let (_, _, platform) = machines.find(|(firmware, ..)| *firmware == trial.firmware)?;
        Some(Of {
            bootkey: env!("CARGO_PKG_VERSION").to_owned(),
            key_sha256: self.proof.key_sha256.clone(),
            titles: trial.titles.clone(),
            platform: platform.clone(),
            memory: self.proof.memory.0,
            bus: format!("{:?}", self.proof.bus),
        })
    }

    /// What an earlier run found, if it is about the same.
    pub(super) fn done(&self, trial: &Trial) -> Option<Done> {
        let name = file_name(trial);
        let read =
            |extension: &str| std::fs::read(self.directory.join(format!("{name}{extension}"))).ok();
        let kept: Kept = serde_json::from_slice(&read(".json")?).ok()?;
        (Some(kept.of) == self.of(trial)).then(|| Done {
            outcome: kept.outcome,
            menu_png: read("-menu.png"),
            end_png: read("-end.png"),
        })
    }

    /// Keeps it. The file that says that it is done comes last.
    pub(super) fn keep(&self, trial: &Trial, done: &Done) -> Result<(), Error> {
        let name = file_name(trial);
        for (extension, png) in [("-menu.png", &done.menu_png), ("-end.png", &done.end_png)] {
            if let Some(png) = png {
                write_bytes(&self.directory.join(format!("{name}{extension}")), png)?;
            }
        }
        let Some(of) = self.of(trial) else { return Ok(()) };
        let kept = Kept { of, outcome: done.outcome.clone() };
        let text =
            serde_json::to_vec_pretty(&kept).map_err(|e| failed(&self.directory, e.into()))?;
        write_bytes(&self.directory.join(format!("{name}.json")), &text)
    }
}

fn failed(path: &Path, source: std::io::Error) -> Error {
    Error::Report { path: path.to_owned(), source }
}
