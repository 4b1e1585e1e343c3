//! Persistence: a partition on which a live system keeps its changes, with the label and files by
//! which the system recognises it.

use crate::error::Error;
use crate::tree::{empty, put};
use boot_recipes::{Arg, Persistence, Placeholder, Recognised};
use file_tree::{Directory, Node, Timestamp};
use key_spec::{Iso as Asked, Label, Size, Spec};
use std::collections::BTreeMap;

/// A partition for the changes of one ISO.
#[derive(Debug, Clone)]
pub(crate) struct PersistencePartition {
    /// The file system's label.
    pub(crate) label: String,
    /// The partition's size.
    pub(crate) size: Size,
    /// The files that must be on the partition from the start.
    pub(crate) tree: Directory,
}

/// The labels in use on a key, each with the name of what uses it, for messages.
#[derive(Debug)]
pub(crate) struct Labels(BTreeMap<String, String>);

impl Labels {
    /// The labels of the partitions for GRUB and for the ISOs, which every key has.
    pub(crate) fn of(spec: &Spec) -> Self {
        let label = |label: &Label, what: &str| (label.to_string(), what.to_owned());
        Self([label(&spec.boot.label, "boot.label"), label(&spec.isos.label, "isos.label")].into())
    }

    /// A label for `iso` that is not in use yet: `base`, or `base` with a number. A number is
    /// allowed only if the system takes `any` label as a parameter.
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

/// A partition for changes, with the parameters by which the system finds it.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) wanted: PersistencePartition,
    pub(crate) args: Vec<Arg>,
}

/// The partition that `asked` wants for the system that `found` describes; `None` if it wants none.
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
    Ok(Some(Kept { wanted: PersistencePartition { label, size: room.size, tree }, args }))
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

/// The error for an ISO that starts with its own menu, to which no parameters can be given.
pub(crate) fn own_menu(iso: &str) -> Error {
    let why = "it starts with its own menu, which cannot be told".to_owned();
    Error::NoPersistence { iso: iso.to_owned(), why }
}
