//! The page of a key, for people who download it: one file of HTML that needs nothing else.
//!
//! ```text
//! KeyPage ─┐                       templates/page.html ── askama, which escapes all that is put in
//! Words ───┴─► to_html ─► <html>   assets/page.css
//!  en, de                          assets/sha256.js, worker.js, check.js ─► a check of the downloaded file
//! ```
//!
//! Titles and names come from ISOs, and whoever made these may want to put something into the page. So
//! all of it is shown as `shown-text` says and escaped, and the page's own policy (CSP) names its style and
//! its script by their digests: nothing else in it is applied or run, whatever it says, and nothing is loaded.

mod commands;
pub mod filters;
mod language;
mod page;
mod render;
mod sizes;
mod words;

pub use language::{Language, UnknownLanguage};
pub use page::{
    FileKind, IsoOnKey, KeyPage, LockText, MenuLine, PartOfKey, PartitionOnKey, ProofTable,
    ProofVerdict, ProvenEntry,
};
