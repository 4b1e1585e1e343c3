//! What there is to make a key from: plain data between reading and deciding.
//!
//! ```text
//! the outside ──key-inputs──► Inventory ──key-plan──► Plan
//!               (reads)                   (decides)
//! ```
//!
//! Everything outside that a plan may depend on is in an [`Inventory`]: small files with their
//! bytes, large ones by the [`SourceId`](image_layout::SourceId) under which the writer reads them,
//! ISOs with the facts about them. Nothing here reads, and nothing here decides.
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
//! With the feature `testing` there is an inventory that needs no machine: `testing`.

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
pub use origin::{Asset, Origin, PackageFile};
pub use tree::{Theme, Tree};
pub use xen::{BootFile, XenFiles};

/// All inputs of a plan besides the spec.
#[derive(Debug, Clone)]
pub struct Inventory {
    /// GRUB's files, of one build for all platforms.
    pub grub: GrubBuild,
    /// The `memdisk` program of SYSLINUX, if there is one to be had.
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
