//! Planning of keys: a plan from a specification and an inventory, and a layout from a plan. All of
//! it is pure: nothing here reads a file, a clock or the environment.
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
//! 0        512                 1 MiB                                                         the end
//! ├────────┼───────────────────┼───────────────────────┼──────────────────────┼────────────────────┤
//! │ MBR    │ core.img          │ partition 1 `usbboot` │ partition 3 (ESP)    │ partition 2 `isos` │
//! │ boot   │ GRUB's kernel and │ /boot/grub/grub.cfg   │ EFI/BOOT/BOOTX64.EFI │ /debian.iso        │
//! │ sector │ its first modules │ /boot/grub/i386-pc/*  │                      │ /memtest86+x64.iso │
//! └────────┴───────────────────┴───────────────────────┴──────────────────────┴────────────────────┘
//! ```
//!
//! `resolve.rs` shows all steps on one page. Each takes values and gives a value.
//!
//! | question | file |
//! |---|---|
//! | what every step may look at | `premises.rs` |
//! | which parts of a spec exclude each other | `check.rs` |
//! | which kind, label and UUID a file system has | `volumes.rs` |
//! | which entries there are | `entries.rs` |
//! | which ISOs are renamed | `iso_names.rs` |
//! | which ISO gets which entry, and which names are refused | `iso_entries.rs` |
//! | what an entry is called | `titles.rs` |
//! | in which other ways an ISO starts | `variants.rs` |
//! | which ISO its system may not find on the file system | `unreadable_isos.rs` |
//! | what UEFI starts instead of an ISO's kernel | `chainload.rs` |
//! | where live systems keep their changes | `persistence.rs` |
//! | how installers get their answers | `autoinstall.rs` |
//! | which hypervisor starts what | `xen.rs` |
//! | what grub.cfg says | `menu.rs` |
//! | what core.img and the EFI programs are made of | `core_images.rs`, `core_modules.rs` |
//! | what starts under Secure Boot | `secure_boot.rs` |
//! | what lies on which partition | `contents.rs` |
//! | what lies on GRUB's partition | `boot_tree.rs` |
//! | what a key says of how it was made | `record.rs` |
//! | what lies on the EFI system partition | `esp.rs` |
//! | which number a partition has, and which one is active | `partition.rs` |
//! | where the partitions are, and how large each is | `partition_allocator.rs` |
//! | when the EFI system partition is FAT32 | `esp_fat_type.rs` |
//! | how small a file system can be; the block size and journal of the ISOs' one | `sizes.rs` |
//! | how UUIDs and the disk signature derive from the seed | `identities.rs` |
//! | what else its maker should know | `hints.rs`, `dom0_memory.rs` |
//! | what `bootkey plan` prints | `report.rs` |
//! | which byte goes where | `lay_out.rs` |

mod autoinstall;
mod boot_tree;
mod chainload;
mod check;
mod contents;
mod core_images;
mod core_modules;
mod dom0_memory;
mod entries;
mod entry;
mod error;
mod esp;
mod esp_fat_type;
mod file_system;
mod hints;
mod identities;
mod iso_entries;
mod iso_names;
mod kernel_args;
mod lay_out;
mod menu;
mod partition;
mod partition_allocator;
mod paths;
mod persistence;
mod plan;
mod platforms;
mod premises;
mod record;
mod report;
mod resolve;
mod secure_boot;
mod sizes;
mod titles;
mod tree;
mod unreadable_isos;
mod variants;
mod verdict;
mod volumes;
mod xen;

pub use core_images::core_payload;
pub use entry::{Chainload, EfiImage, Entries, IsoEntry, Variant, XenEntry, XenFile};
pub use error::{CannotBoot, Error};
pub use file_system::FileSystem;
pub use identities::uuid_text;
pub use lay_out::{core_image, lay_out, lay_out_bios_grub, lay_out_partitions, lay_out_with};
pub use partition::{Partition, PartitionContent, PartitionRole};
pub use plan::{EfiProgram, IdentitySource, Plan};
pub use report::{json, text};
pub use resolve::resolve;
pub use secure_boot::SecureBoot;
