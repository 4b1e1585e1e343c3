//! From a specification and an inventory to a plan, and from a plan to a layout. Pure: nothing
//! here reads a file, a clock or the environment.
//!
//! ```text
//! Spec ──────┐
//! Inventory ─┼─ resolve ─► Plan ─ lay_out ─► Layout
//! Recipes ───┘              │
//!                           └─ report: what `bootkey plan` prints
//! ```
//!
//! A key as it is laid out:
//!
//! ```text
//! 0        512                 1 MiB                   boot end              image end
//! ├────────┼───────────────────┼───────────────────────┼──────────────────────┤
//! │ MBR    │ core.img          │ partition 1 `usbboot` │ partition 2 `isos`   │
//! │ boot   │ GRUB's kernel and │ /boot/grub/grub.cfg   │ /debian.iso          │
//! │ sector │ its first modules │ /boot/grub/i386-pc/*  │ /memtest86+x64.iso   │
//! └────────┴───────────────────┴───────────────────────┴──────────────────────┘
//! ```
//!
//! | question | file |
//! |---|---|
//! | which ISO gets which entry | `entries.rs` |
//! | in which other ways an ISO starts | `variants.rs` |
//! | what UEFI starts instead of an ISO's kernel | `chainload.rs` |
//! | where live systems keep their changes | `persistence.rs` |
//! | how installers get their answers | `autoinstall.rs` |
//! | what grub.cfg says | `menu.rs` |
//! | which hypervisor starts what | `xen.rs` |
//! | what lies on partition 1 | `boot_tree.rs` |
//! | what UEFI starts | `esp.rs` |
//! | what starts under Secure Boot | `secure_boot.rs` |
//! | which parts of a spec exclude each other | `check.rs` |
//! | where the partitions are | `partitions.rs` |
//! | how large they are | `sizes.rs` |
//! | which file system one has | `file_system.rs` |
//! | UUIDs and the disk signature | `identity.rs` |
//! | which byte goes where | `lay_out.rs` |

mod autoinstall;
mod boot_tree;
mod chainload;
mod check;
mod entries;
mod error;
mod esp;
mod file_system;
mod identity;
mod inventory;
mod lay_out;
mod menu;
mod partitions;
mod persistence;
mod plan;
mod platforms;
mod report;
mod resolve;
mod secure_boot;
mod sizes;
mod tree;
mod variants;
mod xen;

pub use error::{Error, Family};
pub use file_system::FileSystem;
pub use identity::uuid_text;
pub use inventory::{
    Asset, EfiFile, Grub, GrubBuild, Inventory, Iso, Origin, PackageFile, SignedProgram,
    SignedPrograms, Theme, Tree,
};
pub use lay_out::lay_out;
pub use plan::{
    BiosBoot, Chainload, Core, EfiProgram, Entry, Esp, Partition, Plan, SecureBoot, Variant,
};
pub use platforms::platform;
pub use report::{json, text};
pub use resolve::{DEFAULT_TIME, resolve, time};
pub use xen::{BootFile, XenEntry, XenFile, XenFiles};
