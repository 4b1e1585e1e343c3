//! The strays on a key: what somebody has put there since it was made, as its record tells.

use crate::error::Error;
use key_inputs::OldKey;
use key_read::{Disk, FileSystem, FileType, Node};
use key_record::Place;
use std::collections::BTreeSet;

/// Most files that are looked at.
const MOST: usize = 100_000;
/// The directory that ext file systems come with.
const LOST_AND_FOUND: &[u8] = b"lost+found";

/// A file on a key, or changes of a live system, that a new key would not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stray {
    /// An ISO file at the root of the partition of the ISOs, where the menu finds it.
    Iso(Place),
    /// Another file.
    File(Place),
    /// The changes that a live system keeps on the partition with this label.
    Changes(String),
}

/// The strays on a key: the files on its partition of the ISOs, and the changes on the partitions
/// for those of live systems, that were not there when the key was made.
pub(crate) fn strays(old: &OldKey) -> Result<Vec<Stray>, Error> {
    let inputs = &old.record().inputs;
    let mut known: BTreeSet<Vec<u8>> = BTreeSet::new();
    let singles = inputs.isos.iter().map(|iso| &iso.at).chain(inputs.files.iter().map(|f| &f.at));
    let singles = singles.filter(|at| at.partition == "isos");
    known.extend(singles.map(|at| at.path.trim_matches('/').as_bytes().to_vec()));
    for tree in inputs.trees.iter().filter(|tree| tree.at.partition == "isos") {
        let root = tree.at.path.trim_matches('/');
        for path in tree.nodes.keys().filter_map(|path| key_record::path_bytes(path)) {
            let slash: &[u8] = if root.is_empty() { b"" } else { b"/" };
            known.insert([root.as_bytes(), slash, &path].concat());
        }
    }
    // What is made for Xen's hosts and entries lies there.
    let made = (old.spec().xen.is_some() || !old.spec().entry.is_empty()).then_some(&b"xen/"[..]);
    let mut found = Vec::new();
    let disk = Disk::read(old.image()).map_err(key_inputs::Error::from)?;
    let label = old.spec().isos.label.as_str();
    let persistence = old.spec().iso.iter().any(|iso| iso.persistence.is_some());
    for volume in disk.volumes() {
        let Ok(Some(files)) = volume.file_system() else { continue };
        let own = files.label().ok().flatten().unwrap_or_default();
        if own.eq_ignore_ascii_case(label.as_bytes()) {
            let root = files.root().map_err(key_inputs::Error::from)?;
            let mut listed = Vec::new();
            list(&files, root, &mut listed).map_err(key_inputs::Error::from)?;
            let strange = |path: &&Vec<u8>| {
                !known.contains(*path) && made.is_none_or(|made| !path.starts_with(made))
            };
            found.extend(listed.iter().filter(strange).map(|path| stray(path)));
        } else if persistence && !is_ours(old, &own) && keeps_changes(&files) {
            found.push(Stray::Changes(String::from_utf8_lossy(&own).into_owned()));
        }
    }
    Ok(found)
}

fn stray(path: &[u8]) -> Stray {
    let text = String::from_utf8_lossy(path).into_owned();
    let is_iso = text.len() > 4 && text.to_ascii_lowercase().ends_with(".iso");
    let at = Place { partition: "isos".to_owned(), path: format!("/{text}") };
    match is_iso && !text.contains('/') {
        true => Stray::Iso(at),
        false => Stray::File(at),
    }
}

/// Whether a label is that of a partition that no live system writes to.
fn is_ours(old: &OldKey, label: &[u8]) -> bool {
    let boot = old.spec().boot.label.as_str().as_bytes();
    label == boot || [&b"ESP"[..], b"CIDATA", b""].iter().any(|l| label.eq_ignore_ascii_case(l))
}

/// Whether a live system has written to a file system: it makes directories at its root.
fn keeps_changes(files: &FileSystem<'_>) -> bool {
    let Ok(entries) = files.root().and_then(|root| files.entries(&root)) else { return true };
    let ours = |name: &[u8]| name == LOST_AND_FOUND || name.ends_with(b".conf");
    entries.iter().any(|entry| !ours(&entry.name))
}

/// The paths of all files below a directory.
fn list(
    files: &FileSystem<'_>,
    root: Node,
    listed: &mut Vec<Vec<u8>>,
) -> Result<(), key_read::Error> {
    let mut below = vec![(Vec::new(), root)];
    while let Some((path, directory)) = below.pop() {
        for entry in files.entries(&directory)? {
            let path = [&path[..], &entry.name].concat();
            let node = files.node(&entry)?;
            if node.kind() != FileType::Directory {
                listed.push(path);
            } else if path != LOST_AND_FOUND {
                below.push(([&path[..], b"/"].concat(), node));
            }
            // A damaged file system may lead in circles.
            if listed.len() + below.len() > MOST {
                return Ok(());
            }
        }
    }
    Ok(())
}
