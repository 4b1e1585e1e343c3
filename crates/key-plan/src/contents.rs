//! The contents of the partitions, as trees of files.

use crate::boot_tree::boot_tree;
use crate::entries::Needs;
use crate::entry::Entries;
use crate::error::Error;
use crate::identities::{purpose, uuid_text};
use crate::menu::MenuFiles;
use crate::persistence::PersistencePartition;
use crate::premises::Premises;
use crate::{autoinstall, chainload, tree};
use file_tree::Directory;
use key_spec::KeyPartition;

/// The trees of files for a key's partitions.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) boot: Directory,
    pub(crate) isos: Directory,
    pub(crate) esp: Option<Directory>,
    /// The partitions for the changes of live systems.
    pub(crate) persistence: Vec<PersistencePartition>,
    /// The files of the partition that cloud-init reads.
    pub(crate) cidata: Option<Directory>,
}

/// Puts all files into the trees of their partitions. `esp` is the tree of the EFI system
/// partition.
pub(crate) fn contents(
    premises: &Premises<'_>,
    entries: &Entries,
    needs: Needs,
    menu: &MenuFiles,
    esp: Option<Directory>,
) -> Result<Contents, Error> {
    let time = premises.time;
    let mut boot = boot_tree(premises, menu)?;
    chainload::copy(&mut boot, &entries.isos, time)?;
    autoinstall::put(&mut boot, &needs.answers.boot, time)?;
    let mut isos = isos_tree(premises)?;
    if let Some(more) = &needs.xen {
        tree::graft(&mut isos, "", more)?;
    }
    autoinstall::put(&mut isos, &needs.answers.isos, time)?;
    for (asked, found) in premises.spec.tree.iter().zip(&premises.inventory.trees) {
        let tree = match asked.to.partition {
            KeyPartition::Boot => &mut boot,
            KeyPartition::Isos => &mut isos,
        };
        let wrap = |source| Error::OverlayTree { from: found.shown.clone(), source };
        tree::graft(tree, &asked.to.path, &found.tree).map_err(wrap)?;
    }
    let instance = uuid_text(&premises.identities.uuid(purpose::CLOUD_INIT_INSTANCE));
    let cidata = needs.answers.cidata.as_ref();
    let cidata = cidata.map(|data| autoinstall::cidata(data, &instance, time)).transpose()?;
    Ok(Contents { boot, isos, esp, persistence: needs.persistence, cidata })
}

/// The tree with the ISO files, whose bytes stay where they are.
fn isos_tree(premises: &Premises<'_>) -> Result<Directory, Error> {
    let mut tree = tree::empty(premises.time);
    for iso in &premises.inventory.isos {
        tree::put(&mut tree, &iso.file_name, iso.content.clone(), premises.time)?;
    }
    Ok(tree)
}
