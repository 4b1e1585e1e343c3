//! Evidence is ranked: how much a kind of it counts.
//!
//! ```text
//! volume id < paths < parameters in the ISO's menu < headers < names in the initrd
//! ```
//!
//! A lower kind never outvotes a higher one: `boot=live` in a menu does not make live-boot out of
//! an initrd that holds dracut. Each recipe says from which kind on it is certain.

use crate::marker::{Kind, Marker};
use serde::Deserialize;

/// The kind of what speaks for a recipe, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Rank {
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

impl Rank {
    /// The kind of evidence that a marker is.
    pub(crate) fn of(marker: &Marker) -> Self {
        match marker.kind() {
            Kind::Label | Kind::Disk => Self::Label,
            Kind::File
            | Kind::Directory
            | Kind::SaneLoopbackCfg
            | Kind::NoPayload
            | Kind::Payload => Self::Paths,
            Kind::Token => Self::Menu,
            Kind::Machine => Self::Headers,
            Kind::Initrd => Self::Initrd,
        }
    }
}
