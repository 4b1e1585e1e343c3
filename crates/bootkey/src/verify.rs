//! Whether a key is still what its record says.
//!
//! ```text
//! record ─► the same key, planned and laid out again, with the key itself as its source
//!           ├─ what is laid out is compared with what is there, byte for byte
//!           ├─ what is copied from the key proves nothing by that: its digest in the record does
//!           ├─ a file system that was written to since has other tables: whether they fit each other
//!           └─ a partition of the ISOs that was made longer is none that was damaged
//! ```

mod changed_by_use;
mod digests;
mod enlarged;
mod file_system_tables;
mod laid_out;
mod scan;
mod verdict;
mod verification;
mod without_record;

use crate::error::Error;
use key_inputs::OldKey;
use key_read::DiskImage;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

pub(crate) use laid_out::{laid_out, laid_out_like, layout_name};
pub use verdict::Verdict;
pub use verification::{Finding, OnRead, Verification};

/// Compares a key, an image file or a device, with its record. It is read once, from its first byte
/// to its last. Of a disk without a record the structure is looked at.
///
/// # Errors
/// [`Error`] when the key cannot be read at all. That it has no record, or a damaged one, is an
/// answer, and so is a sector that cannot be read.
pub fn verify(path: &Path, progress: &mut OnRead<'_>) -> Result<Verification, Error> {
    let answer = |e: key_inputs::Error| match is_damaged_block(&e) {
        true => Ok(hopeless(Finding::about("the image", e.to_string()))),
        false => Err(Error::from(e)),
    };
    let image = match DiskImage::open(path) {
        Err(e) => return answer(e.into()),
        Ok(image) => Arc::new(image.despite_bad_sectors()),
    };
    let found = match OldKey::of_image(Arc::clone(&image), path) {
        Err(e) if is_an_answer(&e) => without_record::check(&image, path, &e),
        opened => opened.map_err(Error::from).and_then(|old| compare(&old, progress)),
    };
    match found {
        Err(Error::Inputs(e)) => answer(e),
        Err(Error::Read(e)) => answer(e.into()),
        found => found,
    }
}

/// Compares a key that has a record.
fn compare(old: &OldKey, progress: &mut OnRead<'_>) -> Result<Verification, Error> {
    let mut found = Verification::new();
    let isos = &old.record().inputs.isos;
    found
        .not_vouched
        .extend(isos.iter().filter(|iso| iso.sha256.is_none()).map(|iso| iso.at.to_string()));
    let files = old.record().inputs.files.iter().filter(|file| file.sha256.is_none());
    found.not_vouched.extend(files.map(|file| file.at.to_string()));
    for tree in old.record().inputs.trees.iter().chain(&old.record().inputs.theme) {
        let files = tree
            .nodes
            .iter()
            .filter(|(_, node)| matches!(node, key_record::Node::File { sha256: None, .. }));
        found.not_vouched.extend(files.map(|(path, _)| tree.at.below(path).to_string()));
    }
    match laid_out(old) {
        Ok((key, layout, damage)) => {
            found.wrong.extend(damage.iter().map(|damage| laid_out::finding(old, damage)));
            scan::compare(old, &layout, &mut found, progress)?;
            changed_by_use::excuse(old, key.plan(), &layout, &mut found)?;
        }
        Err(e) => {
            // Without the same layout there are still the digests.
            digests::check(old, &mut found, progress)?;
            found.wrong.extend(without_record::bad_sectors(old.image())?);
            let text = e.to_string();
            if let Error::Inputs(key_inputs::Error::OtherLayout { .. }) = e {
                found.notes.push(format!("only what has a digest was checked: {text}"));
            } else if !changed_by_use::was_remade(old, &mut found)? {
                found.wrong.push(Finding::about(owner_of(old, &e), text));
            }
        }
    }
    // A digest that failed because of a bad sector is not reported beside that sector.
    let told = |wrong: &Finding| (wrong.owner.clone(), wrong.what.clone());
    let bad: BTreeSet<_> = found.wrong.iter().filter(|w| w.is_bad_sector).map(told).collect();
    found.wrong.retain(|wrong| wrong.is_bad_sector || !bad.contains(&told(wrong)));
    found.verdict = Verdict::of(!found.wrong.is_empty(), !found.changed.is_empty());
    Ok(found)
}

/// Whether the file of a compressed key is damaged where it holds what everything else needs.
fn is_damaged_block(error: &key_inputs::Error) -> bool {
    matches!(error, key_inputs::Error::Key(e) if e.is_damaged_block())
}

/// Whether the error that keeps a key from being opened is an answer about the key, and not a
/// failure to look at it.
fn is_an_answer(error: &key_inputs::Error) -> bool {
    use key_inputs::Error as E;
    match error {
        E::NoRecord { .. } | E::Record { .. } | E::RecordedSpec { .. } => true,
        E::Key(e) => !e.is_the_mediums() && !e.is_damaged_block(),
        _ => false,
    }
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
    Verification { verdict: Verdict::Damaged, wrong: vec![wrong], ..Verification::new() }
}
