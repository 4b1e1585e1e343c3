//! Where a live system keeps its changes: a partition of its own, with the label and the files by
//! which the system knows it.

use crate::error::Error;
use crate::tree::{empty, put};
use boot_recipes::{Arg, Persistence, Placeholder, Recognised};
use file_tree::{Directory, Node, Timestamp};
use key_spec::{Iso as Asked, Label, Size, Spec};
use std::collections::BTreeMap;

/// A partition for the changes of one ISO.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// The file system's label.
    pub(crate) label: String,
    /// The partition's size.
    pub(crate) size: Size,
    /// The files that must be on it from the start.
    pub(crate) tree: Directory,
}

/// The labels on a key, each with what has it, for messages.
#[derive(Debug)]
pub(crate) struct Labels(BTreeMap<String, String>);

impl Labels {
    /// The labels of the partitions that every key has.
    pub(crate) fn of(spec: &Spec) -> Self {
        let label = |label: &Label, what: &str| (label.to_string(), what.to_owned());
        Self([label(&spec.boot.label, "boot.label"), label(&spec.isos.label, "isos.label")].into())
    }

    /// A label for `iso`: the base, or, where the system can be told any, the base with a number.
    fn take(&mut self, base: &str, any: bool, iso: &str) -> Result<String, Error> {
        let numbered = (2..).map(|n: u32| format!("{base}-{n}"));
        for label in core::iter::once(base.to_owned()).chain(numbered.take(99)) {
            match self.0.get(&label) {
                None => {
                    self.0.insert(label.clone(), iso.to_owned());
                    return Ok(label);
                }
                Some(first) if !any => {
                    let (label, first, second) = (label, first.clone(), iso.to_owned());
                    return Err(Error::SameLabel { label, first, second });
                }
                Some(_) => {}
            }
        }
        let why = "the key has too many such partitions".to_owned();
        Err(Error::NoPersistence { iso: iso.to_owned(), why })
    }
}

/// A partition for changes, and the parameters by which the system finds it.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) wanted: Wanted,
    pub(crate) args: Vec<Arg>,
}

/// The partition that `asked` wants for the system that was `found`; `None` when none is wanted.
pub(crate) fn wanted(
    asked: &Asked,
    shown: &str,
    found: &Recognised,
    labels: &mut Labels,
    time: Timestamp,
) -> Result<Option<Kept>, Error> {
    let Some(room) = asked.persistence else { return Ok(None) };
    let refuse = |why: String| Error::NoPersistence { iso: shown.to_owned(), why };
    let row = found.persistence.as_ref().ok_or_else(|| {
        let recipe = &found.recipe;
        refuse(format!("the recipe `{recipe}` knows no way in which it keeps changes"))
    })?;
    let base = row
        .label
        .as_deref()
        .ok_or_else(|| refuse(format!("bootkey cannot prepare what it needs: {}", row.storage)))?;
    let any = row.args.iter().any(|arg| arg.needs(Placeholder::PartLabel));
    let label = labels.take(base, any, shown)?;
    let args = row.args.iter().map(|arg| arg.with(Placeholder::PartLabel, &label)).collect();
    let tree = tree(row, time)?;
    Ok(Some(Kept { wanted: Wanted { label, size: room.size, tree }, args }))
}

fn tree(row: &Persistence, time: Timestamp) -> Result<Directory, Error> {
    let mut tree = empty(time);
    for path in &row.directories {
        tree.insert(path.as_bytes(), Node::Directory(empty(time)))?;
    }
    for (path, text) in &row.files {
        put(&mut tree, path, text.as_bytes(), time)?;
    }
    Ok(tree)
}

/// The refusal where the ISO's own menu starts it, which takes no parameter.
pub(crate) fn own_menu(iso: &str) -> Error {
    let why = "it starts with its own menu, which cannot be told".to_owned();
    Error::NoPersistence { iso: iso.to_owned(), why }
}
