//! Whether a key is still what its record says.
//!
//! ```text
//! record ─► the same key, planned and laid out again, with the key itself as its source
//!           ├─ what is laid out is compared with what is there, byte for byte
//!           └─ what is copied from the key proves nothing by that: its digest in the record does
//! ```

mod digests;
mod scan;
mod used;

use crate::error::Error;
use crate::key::Key;
use key_inputs::{Damage, IsoFrom, OldKey};
use key_spec::{Filesystem, Overrides};
use serde::Serialize;
use std::path::Path;

/// The answer to whether a key is what its record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every byte that has an owner is as it was made.
    Sound,
    /// It was used since: what was changed is what a system changes that writes to it.
    Used,
    /// Something is not as it was made.
    Damaged,
}

/// Something that is not as it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Who owns it: `isos/file /debian.iso`.
    pub owner: String,
    /// The first wrong byte in the image, if it is one that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// The number of wrong bytes, if they could be compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// What is wrong.
    pub what: String,
}

impl Finding {
    fn about(owner: impl Into<String>, what: impl Into<String>) -> Self {
        Self { owner: owner.into(), offset: None, bytes: None, what: what.into() }
    }
}

/// What was found out about a key.
#[derive(Debug, Clone, Serialize)]
pub struct Verification {
    /// The answer.
    pub verdict: Verdict,
    /// What is wrong.
    pub wrong: Vec<Finding>,
    /// What was changed by those who used the key.
    pub changed: Vec<String>,
    /// What there is to know about this answer.
    pub notes: Vec<String>,
    /// Files whose bytes nothing vouches for, because the record has no digest of them.
    pub not_vouched: Vec<String>,
    /// Bytes that have an owner and were compared or digested.
    pub checked: u64,
}

/// A function that is told how many bytes of how many were read.
pub type OnRead<'a> = dyn FnMut(u64, u64) + 'a;

/// Compares a key, an image file or a device, with its record. It is read once, from its first byte
/// to its last.
///
/// # Errors
/// [`Error`] when the key cannot be read at all. That it has no record, or a damaged one, is an
/// answer.
pub fn verify(path: &Path, progress: &mut OnRead<'_>) -> Result<Verification, Error> {
    let old = match OldKey::open(path) {
        Ok(old) => old,
        Err(e) if is_an_answer(&e) => {
            return Ok(hopeless(Finding::about("boot/file /boot/bootkey", e.to_string())));
        }
        Err(e) => return Err(e.into()),
    };
    let mut found = Verification {
        verdict: Verdict::Sound,
        wrong: Vec::new(),
        changed: Vec::new(),
        notes: Vec::new(),
        not_vouched: Vec::new(),
        checked: 0,
    };
    let isos = &old.record().inputs.isos;
    found
        .not_vouched
        .extend(isos.iter().filter(|iso| iso.sha256.is_none()).map(|iso| iso.at.to_string()));
    let files = old.record().inputs.files.iter().filter(|file| file.sha256.is_none());
    found.not_vouched.extend(files.map(|file| file.at.to_string()));
    for tree in old.record().inputs.trees.iter().chain(&old.record().inputs.theme) {
        let files = tree.nodes.iter().filter(|(_, node)| **node == key_record::Node::File);
        found.not_vouched.extend(files.map(|(path, _)| format!("{}/{path}", tree.at)));
    }
    match laid_out(&old) {
        Ok((key, layout, damage)) => {
            found.wrong.extend(damage.iter().map(|damage| finding(&old, damage)));
            scan::compare(&old, &layout, &mut found, progress)?;
            used::excuse(&old, key.plan(), &mut found)?;
        }
        Err(e) => {
            // Without the same layout there are still the digests.
            digests::check(&old, &mut found, progress)?;
            let text = e.to_string();
            if let Error::Inputs(key_inputs::Error::OtherLayout { .. }) = e {
                found.notes.push(format!("only what has a digest was checked: {text}"));
            } else if !used::was_remade(&old, &mut found) {
                found.wrong.push(Finding::about(owner_of(&old, &e), text));
            }
        }
    }
    found.verdict = match (found.wrong.is_empty(), found.changed.is_empty()) {
        (false, _) => Verdict::Damaged,
        (true, false) => Verdict::Used,
        (true, true) => Verdict::Sound,
    };
    Ok(found)
}

/// Whether what keeps a key from being opened is wrong with the key, and not with the question.
fn is_an_answer(error: &key_inputs::Error) -> bool {
    use key_inputs::Error as E;
    match error {
        E::NoRecord { .. } | E::Record { .. } | E::RecordedSpec { .. } => true,
        E::Key(e) => matches!(e, key_read::Error::Ext(_) | key_read::Error::Fat(_)) && !e.is_io(),
        _ => false,
    }
}

/// The key as its record says it is.
pub(crate) fn laid_out(old: &OldKey) -> Result<(Key, image_layout::Layout, Vec<Damage>), Error> {
    old.check_layout()?;
    let isos: Vec<IsoFrom> = (0..old.spec().iso.len()).map(IsoFrom::Recorded).collect();
    let spec = old.spec().clone().complete("".as_ref(), &[], &Overrides::default(), None);
    let (key, damage) = Key::of_old(old, &spec, &isos)?;
    let layout = key.lay_out()?;
    Ok((key, layout, damage))
}

fn finding(old: &OldKey, damage: &Damage) -> Finding {
    Finding::about(layout_name(old, &damage.at), &*damage.what)
}

/// A place such as `isos:/a.iso` as layouts name it.
pub(crate) fn layout_name(old: &OldKey, at: &str) -> String {
    let (partition, path) = at.split_once(':').unwrap_or(("", at));
    let name = match partition {
        "boot" => old.spec().boot.label.to_string(),
        "isos" if old.spec().isos.filesystem == Filesystem::Fat32 => {
            old.spec().isos.label.as_str().to_ascii_uppercase()
        }
        "isos" => old.spec().isos.label.to_string(),
        "esp" => "EFI system".to_owned(),
        other => other.to_uppercase(),
    };
    format!("{name}/file {path}")
}

fn owner_of(old: &OldKey, error: &Error) -> String {
    match error {
        Error::Inputs(key_inputs::Error::OnKey { at, .. }) => layout_name(old, at),
        Error::Inputs(key_inputs::Error::Iso { .. }) => "isos/file".to_owned(),
        _ => "the record".to_owned(),
    }
}

/// The answer about a key of which nothing more can be known.
fn hopeless(wrong: Finding) -> Verification {
    Verification {
        verdict: Verdict::Damaged,
        wrong: vec![wrong],
        changed: Vec::new(),
        notes: Vec::new(),
        not_vouched: Vec::new(),
        checked: 0,
    }
}
