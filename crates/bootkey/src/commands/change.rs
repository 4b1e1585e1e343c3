//! `bootkey add`, `remove`, `grow` and `set`: a new key of an old one.

use super::build::write;
use super::request::with_warnings;
use crate::cli::{Add, Grow, Old, Remove, Set, StrayFiles};
use crate::failure::Failure;
use crate::say::Say;
use bootkey::key_spec::Size;
use bootkey::{Change, Key, Strays};
use std::path::Path;

pub(crate) fn add(args: &Add, say: &Say) -> Result<(), Failure> {
    change(&args.key, Change::Add(&args.isos), &args.old, say)
}

pub(crate) fn remove(args: &Remove, say: &Say) -> Result<(), Failure> {
    change(&args.key, Change::Remove(&args.names), &args.old, say)
}

pub(crate) fn grow(args: &Grow, say: &Say) -> Result<(), Failure> {
    let size = args.size.parse::<Size>();
    let size = size.map_err(|e| Failure::Option { option: "SIZE", message: e.to_string() })?;
    change(&args.key, Change::Grow(size), &args.old, say)
}

pub(crate) fn set(args: &Set, say: &Say) -> Result<(), Failure> {
    change(&args.key, Change::Set(&args.values), &args.old, say)
}

/// The fate of the files that somebody has put onto the old key.
pub(super) fn strays(wish: &StrayFiles) -> Strays {
    match (wish.adopt, wish.drop) {
        (true, _) => Strays::Adopt,
        (false, true) => Strays::Drop,
        (false, false) => Strays::Refuse,
    }
}

fn change(key: &Path, change: Change<'_>, old: &Old, say: &Say) -> Result<(), Failure> {
    // Without a name for the new key, it gets that of the old one.
    let output = old.output.as_deref().unwrap_or(key);
    write(output, &old.form, say, || {
        let mut new = Key::changed(key, change, strays(&old.strays))?;
        if old.in_place {
            new.replace(key)?;
        }
        Ok(with_warnings(new, say))
    })
}
