//! The menu's entries without those that every key has, and the files and partitions that they
//! need.

use crate::entry::Entries;
use crate::error::Error;
use crate::iso_entries::{IsoEntries, iso_entries};
use crate::menu::claim_ids;
use crate::premises::Premises;
use crate::xen::{XenEntries, xen_entries};
use crate::{autoinstall, persistence};
use file_tree::Directory;
use grub_config::IdSet;

/// The entries, with what they need on the key.
#[derive(Debug)]
pub(crate) struct DecidedEntries {
    pub(crate) entries: Entries,
    pub(crate) needs: Needs,
    /// Warnings about the entries.
    pub(crate) warnings: Vec<String>,
}

/// The files and partitions that the entries need besides the ISOs.
#[derive(Debug, Default)]
pub(crate) struct Needs {
    /// The partitions for the changes of live systems.
    pub(crate) persistence: Vec<persistence::PersistencePartition>,
    /// The answers for installers.
    pub(crate) answers: autoinstall::Files,
    /// The files of Xen's entries, to be added at the root of the partition of the ISOs.
    pub(crate) xen: Option<Directory>,
}

/// The entries of a key: those of the ISOs, in the order of the spec, and then those of Xen.
pub(crate) fn entries(premises: &Premises<'_>) -> Result<DecidedEntries, Error> {
    let mut ids = IdSet::new();
    claim_ids(&mut ids)?;
    let IsoEntries { entries: isos, persistence, answers, mut warnings } =
        iso_entries(premises, &mut ids)?;
    let XenEntries { entries: xen, tree, warnings: about_xen } = xen_entries(premises, &mut ids)?;
    warnings.extend(about_xen);
    if isos.is_empty() && xen.is_empty() {
        let what =
            "the key carries nothing that boots: its menu starts only what is copied onto it later";
        warnings.push(what.to_owned());
    }
    let needs = Needs { persistence, answers, xen: tree };
    Ok(DecidedEntries { entries: Entries { isos, xen }, needs, warnings })
}
