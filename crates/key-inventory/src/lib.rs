//! The inventory: all that a key is made from, as plain data between reading and deciding.
//!
//! ```text
//! the outside ──key-inputs──► Inventory ──key-plan──► Plan
//!               (reads)                   (decides)
//! ```
//!
//! An [`Inventory`] holds every input that a plan may depend on: small files with their bytes,
//! large ones as the [`SourceId`](image_layout::SourceId) under which the writer reads them, ISOs
//! with the facts about them. This crate reads nothing, and decides nothing.
//!
//! | question | file |
//! |---|---|
//! | which GRUB there is | `grub.rs` |
//! | what is known of an ISO | `iso.rs` |
//! | what else is carried | `tree.rs` |
//! | what a Xen entry starts | `xen.rs` |
//! | how long its initrd is, unpacked | `initrd_size.rs` |
//! | where something comes from | `origin.rs` |
//!
//! The feature `testing` adds the module `testing`, with an inventory for tests.

mod grub;
mod initrd_size;
mod iso;
mod origin;
#[cfg(feature = "testing")]
pub mod testing;
mod tree;
mod xen;

pub use grub::{Grub, GrubBuild, SignedProgram, SignedPrograms, platform};
pub use initrd_size::InitrdSize;
pub use iso::{EfiFile, Iso};
pub use origin::{Asset, NamedPackage, Origin, PackageFile};
pub use tree::{Theme, Tree};
pub use xen::{BootFile, XenFiles};

/// The inventory: all inputs of a plan besides the spec.
#[derive(Debug, Clone)]
pub struct Inventory {
    /// GRUB's files, of one build for all platforms.
    pub grub: GrubBuild,
    /// The `memdisk` program of SYSLINUX, if it was found.
    pub memdisk: Option<Asset>,
    /// The theme of the drawn menu, if the spec names one.
    pub theme: Option<Theme>,
    /// The ISOs, in the order of the spec's `[[iso]]` tables.
    pub isos: Vec<Iso>,
    /// The files of the spec's `[[tree]]` tables, in their order.
    pub trees: Vec<Tree>,
    /// The files of the spec's `[[entry]]` tables, in their order.
    pub xen: Vec<XenFiles>,
}

impl Inventory {
    /// An inventory with GRUB's files and nothing else.
    pub fn of_grub(grub: GrubBuild) -> Self {
        Self { grub, memdisk: None, theme: None, isos: vec![], trees: vec![], xen: vec![] }
    }
}
