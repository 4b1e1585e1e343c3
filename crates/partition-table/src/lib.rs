//! MBR partition tables as image regions.
//!
//! ```text
//! byte  0            440  444 446        462        478        494        510  512
//!       ├─ boot code ─┼────┼──┼──────────┼──────────┼──────────┼──────────┼────┤
//!       │ the boot    │disk│00│ entry 1  │ entry 2  │ entry 3  │ entry 4  │55AA│
//!       │ loader's    │sig.│00│ 16 bytes │          │          │          │    │
//!       └─ unclaimed ─┴────┴──┴──────────┴──────────┴──────────┴──────────┴────┘
//!                     `disk        `partition table`                 `boot
//!                     signature`                                     signature`
//! ```
//!
//! ```
//! use partition_table::{Mbr, Partition, PartitionType, align_up};
//!
//! let boot = Partition { first_lba: align_up(1).unwrap(), sectors: 20480, kind: PartitionType::LINUX, active: true };
//! let isos = Partition { first_lba: boot.end_lba(), sectors: 43008, kind: PartitionType::LINUX, active: false };
//! let mbr = Mbr::new(0x1234_5678, [boot, isos])?;
//! let layout = mbr.lay_out(32 << 20)?;
//! assert_eq!(layout.to_string().lines().nth(1).unwrap(), "0000000001b8             6  bytes  disk signature");
//! # Ok::<(), partition_table::Error>(())
//! ```
//!
//! Four primary partitions, 512-byte sectors, 32-bit addresses: the whole table is one sector.
//! The first 440 bytes are left to whoever boots the disk. The bytes are encoded by [`mbrman`];
//! what may go into them is decided here. A field by field description:
//! <https://en.wikipedia.org/wiki/Master_boot_record>.

mod chs;
mod error;
mod mbr;
mod partition;

pub use error::Error;
pub use mbr::Mbr;
pub use partition::{ALIGNMENT, Partition, PartitionType, SECTOR, align_up};
