//! A key made of another key: the same spec with a change, and the old key as the source of what
//! it has.

use crate::error::Error;
use crate::key::Key;
use crate::strays::{Stray, strays};
use key_inputs::{DigestCheck, IsoFrom, OldKey};
use key_spec::{AutoSize, Iso, IsoSource, Size, Spec};
use std::path::{Path, PathBuf};

/// A change of a key.
#[derive(Debug, Clone, Copy)]
pub enum Change<'a> {
    /// These ISO files are added.
    Add(&'a [PathBuf]),
    /// The ISOs with these names on the key are removed.
    Remove(&'a [String]),
    /// The key gets this size, which is not below the one that it has.
    Grow(Size),
    /// The key gets this size, if what is on it fits.
    Fit(Size),
    /// Keys of the spec get other values: `menu.timeout=3`.
    Set(&'a [String]),
}

/// The fate of the files that somebody has put onto the old key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strays {
    /// If there are some, there is no new key.
    #[default]
    Refuse,
    /// ISOs get entries of their own on the new key; other files are an error still.
    Adopt,
    /// They are left behind.
    Drop,
}

impl Key {
    /// The key in an image with a change: what a build of the changed spec would make. Writes
    /// nothing.
    ///
    /// # Errors
    /// [`Error`] says what of the key is missing or damaged, why the change cannot be, or what
    /// would be lost.
    pub fn changed(path: &Path, change: Change<'_>, strays: Strays) -> Result<Self, Error> {
        let old = OldKey::open(path)?;
        let (mut spec, mut isos) = apply(&old, change)?;
        settle(&old, strays, &mut spec, &mut isos)?;
        of_old(&old, spec, &isos)
    }
}

/// The key that a spec describes, from an old one.
fn of_old(old: &OldKey, spec: Spec, isos: &[IsoFrom]) -> Result<Key, Error> {
    let (key, damage) = Key::of_old(old, spec, isos, DigestCheck::Now)?;
    match damage.first() {
        None => Ok(key),
        Some(first) => Err(Error::DamagedKey {
            key: old.path().to_owned(),
            first: format!("{}: {}", first.at, first.what),
            more: damage.len() - 1,
        }),
    }
}

/// The changed spec, and where each of its ISOs comes from.
fn apply(old: &OldKey, change: Change<'_>) -> Result<(Spec, Vec<IsoFrom>), Error> {
    let mut spec = old.spec().clone();
    let mut from = old.isos();
    match change {
        Change::Add(paths) => {
            spec.iso.extend(paths.iter().map(Iso::at));
            from.extend(paths.iter().map(|_| IsoFrom::Spec));
        }
        Change::Remove(names) => {
            for name in names {
                let number = named(old, &spec, &from, name)?;
                spec.iso.remove(number);
                from.remove(number);
            }
        }
        Change::Grow(size) => {
            let len = image_layout::ReadAt::len(old.image());
            if size.0 < len {
                let key = old.path().to_owned();
                return Err(Error::Shrinks { key, len: Size(len).to_string(), size });
            }
            spec.key.size = AutoSize::Fixed(size);
        }
        Change::Fit(size) => spec.key.size = AutoSize::Fixed(size),
        Change::Set(assignments) => {
            spec = spec.with(assignments).map_err(|what| Error::Set { what })?;
            if spec.iso.len() != from.len() {
                let what = "it would change the list of ISOs; use `add` or `remove`".to_owned();
                return Err(Error::Set { what });
            }
        }
    }
    Ok((spec, from))
}

/// The number in the spec of the ISO that is called `name` on the key.
fn named(old: &OldKey, spec: &Spec, from: &[IsoFrom], name: &str) -> Result<usize, Error> {
    let on_key = |from: &IsoFrom| match from {
        IsoFrom::Recorded(n) => old.record().inputs.isos.get(*n).map(|iso| &iso.at.path[1..]),
        IsoFrom::Spec | IsoFrom::Found(_) => None,
    };
    let in_spec = |iso: &Iso| match &iso.source {
        IsoSource::Path(path) => path.as_os_str() == name,
        IsoSource::Package { package, .. } => package.as_str() == name,
        IsoSource::Download { urls, .. } => urls.iter().any(|url| url.as_str() == name),
    };
    let wanted = name.strip_prefix("isos:/").unwrap_or(name);
    let by_name = from.iter().position(|from| on_key(from) == Some(wanted));
    by_name.or_else(|| spec.iso.iter().position(in_spec)).ok_or_else(|| {
        let have = from.iter().filter_map(on_key).map(str::to_owned).collect();
        Error::NoSuchIso { name: name.to_owned(), have }
    })
}

/// Decides what becomes of the files that somebody has put onto the key.
fn settle(
    old: &OldKey,
    wish: Strays,
    spec: &mut Spec,
    from: &mut Vec<IsoFrom>,
) -> Result<(), Error> {
    if wish == Strays::Drop {
        return Ok(());
    }
    let mut lost = Vec::new();
    for stray in strays(old)? {
        match stray {
            Stray::Iso(at) if wish == Strays::Adopt => {
                spec.iso.push(Iso::at(at.path.trim_start_matches('/')));
                from.push(IsoFrom::Found(at));
            }
            Stray::Iso(at) | Stray::File(at) => lost.push(at.to_string()),
            Stray::Changes(label) => lost.push(format!("what is kept on the partition {label}")),
        }
    }
    match lost.is_empty() {
        true => Ok(()),
        false => Err(Error::WouldBeLost { key: old.path().to_owned(), lost }),
    }
}
