//! The proof that a key boots: every entry of its menu is started on every firmware, chosen by pressing keys as
//! a person would, and watched until it is known what became of it. Nothing on the key is changed for that.
//!
//! ```text
//! the key's menu ─ trials ─► Trial ─ run ─► Guest ─ look ─► Seen ─ Watcher ─► Outcome ─► table, JSON, HTML
//! its ISOs                   entry ×        a machine       text and          verdict,
//!                            firmware       of its own      pictures          why, pictures
//! ```
//!
//! `Watcher` is pure: what is seen goes in, a judgement comes out. What engines print is data, in
//! `boot_recipes` (its `signs.rs`). What cannot be read is never a proof.

mod choose;
mod font;
mod goal;
mod html;
mod json;
mod look;
mod menus;
mod other_disk;
mod outcome;
mod prepare;
mod run;
mod state;
mod table;
mod trials;
mod watcher;

pub use json::Report;
pub use outcome::{Outcome, Verdict};
pub use prepare::{Options, Proof, prepare};
pub use run::Progress;

use crate::error::Error;
use crate::written_bytes::write_bytes;
use std::path::Path;
use std::sync::atomic::AtomicBool;

impl Proof {
    /// The number of trials.
    pub fn len(&self) -> usize {
        self.trials.iter().filter(|trial| trial.not_here.is_none()).count()
    }

    /// Whether there is nothing to try.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Runs it, `jobs` machines at a time. With a directory, each trial is kept there when it is done, and what
    /// an earlier run has kept of the same key is not done again; in the end, `proof.json` and `proof.html` are
    /// there.
    ///
    /// # Errors
    /// If QEMU fails, something cannot be written, or `stop` is set.
    pub fn run(
        &self,
        jobs: usize,
        directory: Option<&Path>,
        stop: &AtomicBool,
        on: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<Report, Error> {
        let done = run::run(self, jobs, directory, stop, on)?;
        let report = Report::new(self, done, directory.is_some());
        if let Some(directory) = directory {
            write_bytes(&directory.join("proof.json"), report.to_json().as_bytes())?;
            write_bytes(&directory.join("proof.html"), html::page(&report).as_bytes())?;
        }
        Ok(report)
    }
}

impl Report {
    /// The table for people.
    pub fn table(&self) -> String {
        table::table(self)
    }
}
