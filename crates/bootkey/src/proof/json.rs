//! The report as a value, and as JSON.

use super::outcome::{Outcome, Verdict};
use super::prepare::{IsoDigest, Platform, Proof};
use super::run::AllDone;
use super::state::file_name;
use serde::Serialize;

/// The report of a proof. `schema` changes when a field changes its meaning.
#[derive(Debug, Serialize)]
pub struct Report {
    schema: &'static str,
    /// The version of bootkey.
    bootkey: &'static str,
    /// Seconds since 1970.
    pub(super) time: u64,
    pub(super) key: KeyProven,
    pub(super) platforms: Vec<Platform>,
    pub(super) isos: Vec<IsoDigest>,
    /// Whether all entries were tried, on all firmware here.
    pub(super) complete: bool,
    pub(super) trials: Vec<TrialDone>,
}

/// The key that was tried.
#[derive(Debug, Serialize)]
pub(super) struct KeyProven {
    pub(super) name: String,
    pub(super) sha256: String,
    pub(super) bus: String,
    pub(super) memory_bytes: u64,
}

/// A trial and what became of it.
#[derive(Debug, Serialize)]
pub(super) struct TrialDone {
    pub(super) titles: Vec<String>,
    pub(super) id: Option<String>,
    pub(super) firmware: String,
    pub(super) iso: Option<String>,
    pub(super) iso_sha256: Option<String>,
    pub(super) recipe: Option<String>,
    /// Why it was not tried.
    pub(super) not_here: Option<&'static str>,
    pub(super) proven: bool,
    pub(super) outcome: Option<Outcome>,
    /// The pictures of the menu and of the end, in the report's directory.
    pub(super) pictures: Vec<String>,
    #[serde(skip)]
    pub(super) menu_png: Option<Vec<u8>>,
    #[serde(skip)]
    pub(super) end_png: Option<Vec<u8>>,
}

impl TrialDone {
    pub(super) fn name(&self) -> String {
        name_of(&self.titles)
    }
}

impl Report {
    pub(super) fn new(proof: &Proof, done: AllDone, has_directory: bool) -> Self {
        let iso_sha256 = |path: &Option<String>| {
            let iso = proof.isos.iter().find(|iso| Some(&iso.path) == path.as_ref())?;
            Some(iso.sha256.clone())
        };
        let trial = |(trial, done): (&super::trials::Trial, Option<super::state::Done>)| {
            let (outcome, menu_png, end_png) = match done {
                Some(done) => (Some(done.outcome), done.menu_png, done.end_png),
                None => (None, None, None),
            };
            let name = file_name(trial);
            let file = |what: &str| format!("trials/{name}-{what}.png");
            let pictures = [("menu", &menu_png), ("end", &end_png)];
            let pictures = pictures.into_iter().filter(|(_, png)| png.is_some() && has_directory);
            TrialDone {
                titles: trial.titles.clone(),
                id: trial.id.clone(),
                firmware: trial.firmware.to_string(),
                iso: trial.iso.clone(),
                iso_sha256: iso_sha256(&trial.iso),
                recipe: trial.recipe.clone(),
                not_here: trial.not_here,
                proven: outcome.as_ref().is_some_and(|outcome| outcome.verdict.is_proven()),
                outcome,
                pictures: pictures.map(|(what, _)| file(what)).collect(),
                menu_png,
                end_png,
            }
        };
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let name = proof.key.file_name().unwrap_or(proof.key.as_os_str());
        Self {
            schema: "bootkey.proof/1",
            bootkey: env!("CARGO_PKG_VERSION"),
            time: since.map_or(0, |since| since.as_secs()),
            key: KeyProven {
                name: name.to_string_lossy().into_owned(),
                sha256: proof.key_sha256.clone(),
                bus: format!("{:?}", proof.bus).to_lowercase(),
                memory_bytes: proof.memory.0,
            },
            platforms: proof.machines.iter().map(|(_, _, platform)| platform.clone()).collect(),
            isos: proof.isos.clone(),
            complete: proof.complete,
            trials: proof.trials.iter().zip(done).map(trial).collect(),
        }
    }

    /// The report as a JSON document.
    pub fn to_json(&self) -> String {
        // OK to fall back: plain data with text for keys always becomes JSON.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// The outcomes of what was tried.
    pub fn outcomes(&self) -> impl Iterator<Item = &Outcome> {
        self.trials.iter().filter_map(|trial| trial.outcome.as_ref())
    }

    /// How many trials failed.
    pub fn failed(&self) -> usize {
        self.outcomes().filter(|outcome| outcome.verdict == Verdict::Failed).count()
    }

    /// The table: a row for each entry, with its trial on each firmware.
    pub(super) fn rows(&self) -> Vec<Row<'_>> {
        let mut rows: Vec<Row<'_>> = Vec::new();
        for (number, trial) in self.trials.iter().enumerate() {
            let column = self.platforms.iter().position(|p| p.firmware == trial.firmware);
            let Some(column) = column else { continue };
            // Of two entries with one title, the first has its cell by then.
            let is_its = |row: &Row<'_>| {
                row.titles == trial.titles
                    && row.id == trial.id.as_deref()
                    && row.cells[column].is_none()
            };
            let at = match rows.iter().position(is_its) {
                Some(at) => at,
                None => {
                    let cells = vec![None; self.platforms.len()];
                    rows.push(Row { titles: &trial.titles, id: trial.id.as_deref(), cells });
                    rows.len() - 1
                }
            };
            rows[at].cells[column] = Some((number, trial));
        }
        rows
    }
}

/// An entry in the table.
#[derive(Debug)]
pub(super) struct Row<'a> {
    titles: &'a [String],
    id: Option<&'a str>,
    /// Its trials with their numbers, a firmware a cell.
    pub(super) cells: Vec<Option<(usize, &'a TrialDone)>>,
}

impl Row<'_> {
    /// The entry's name.
    pub(super) fn name(&self) -> String {
        name_of(self.titles)
    }
}

/// The name of an entry, from the titles of the menus that it is in and its own.
fn name_of(titles: &[String]) -> String {
    shown_text::shown(&titles.join(" > "))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::proof) fn platform(firmware: &str) -> Platform {
        Platform {
            firmware: firmware.to_owned(),
            secure_boot: false,
            qemu: String::new(),
            file: None,
            sha256: None,
            accelerator: String::new(),
        }
    }

    pub(in crate::proof) fn trial(title: &str, id: Option<&str>, firmware: &str) -> TrialDone {
        TrialDone {
            titles: vec![title.to_owned()],
            id: id.map(str::to_owned),
            firmware: firmware.to_owned(),
            iso: None,
            iso_sha256: None,
            recipe: None,
            not_here: None,
            proven: false,
            outcome: None,
            pictures: Vec::new(),
            menu_png: None,
            end_png: None,
        }
    }

    pub(in crate::proof) fn report(platforms: Vec<Platform>, trials: Vec<TrialDone>) -> Report {
        let key = KeyProven {
            name: String::new(),
            sha256: String::new(),
            bus: String::new(),
            memory_bytes: 0,
        };
        let isos = Vec::new();
        Report { schema: "", bootkey: "", time: 0, key, platforms, isos, complete: true, trials }
    }

    #[test]
    fn entries_of_one_title_have_rows_of_their_own() {
        let trials = vec![
            trial("Live", None, "bios"),
            trial("Live", None, "bios"),
            trial("Firmware setup", Some("mine"), "bios"),
            trial("Live", None, "uefi-x64"),
            trial("Live", None, "uefi-x64"),
            trial("Firmware setup", Some("mine"), "uefi-x64"),
            trial("Firmware setup", Some("firmware-setup"), "uefi-x64"),
        ];
        let report = report(vec![platform("bios"), platform("uefi-x64")], trials);
        let number = |cell: &Option<(usize, &TrialDone)>| cell.map(|(number, _)| number);
        let rows: Vec<(String, Vec<Option<usize>>)> = report
            .rows()
            .iter()
            .map(|r| (r.name(), r.cells.iter().map(number).collect()))
            .collect();
        let row = |name: &str, cells: [Option<usize>; 2]| (name.to_owned(), cells.to_vec());
        assert_eq!(
            rows,
            [
                row("Live", [Some(0), Some(3)]),
                row("Live", [Some(1), Some(4)]),
                row("Firmware setup", [Some(2), Some(5)]),
                row("Firmware setup", [None, Some(6)]),
            ]
        );
    }
}
