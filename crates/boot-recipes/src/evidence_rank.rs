//! Evidence is ranked: how much a kind of it counts.
//!
//! ```text
//! volume id < paths < parameters in the ISO's menu < headers < names in the initrd
//! ```
//!
//! A lower kind never outvotes a higher one: `boot=live` in a menu does not make live-boot out of
//! an initrd that holds dracut. Each recipe says from which kind on it is certain.

use crate::marker::{Marker, MarkerKind};
use serde::Deserialize;

/// The kind of what speaks for a recipe, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EvidenceRank {
    /// The volume id, or the first line of `/.disk/info`.
    Label,
    /// The names of files and directories.
    Paths,
    /// The parameters in the ISO's own menu.
    Menu,
    /// The headers of kernels and EFI programs.
    Headers,
    /// The names in an initrd.
    Initrd,
}

impl EvidenceRank {
    /// The kind of evidence that a marker is.
    pub(crate) fn of(marker: &Marker) -> Self {
        match marker.kind() {
            MarkerKind::Label | MarkerKind::Disk => Self::Label,
            MarkerKind::File
            | MarkerKind::Directory
            | MarkerKind::SaneLoopbackCfg
            | MarkerKind::NoPayload
            | MarkerKind::Payload => Self::Paths,
            MarkerKind::Token => Self::Menu,
            MarkerKind::Machine => Self::Headers,
            MarkerKind::Initrd => Self::Initrd,
        }
    }
}
