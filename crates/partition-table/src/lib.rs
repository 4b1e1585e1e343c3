//! Partition tables as image regions: MBR, GPT and hybrid, in sectors of 512 or 4096 bytes.
//!
//! ```text
//! sector 0     1      2 … 33   34 …             33 from the end …              last
//! ├───────────┬──────┬────────┬──────────────────┬───────────────────┬───────────────────┤
//! │ MBR       │ GPT  │ GPT    │ partitions,      │ backup GPT        │ backup GPT        │
//! │           │header│entries │ from 1 MiB on    │ entries           │ header            │
//! ├───────────┼──────┴────────┼──────────────────┼───────────────────┴───────────────────┤
//! │ in all    │ GPT and       │ Disk::usable     │ GPT and hybrid only                   │
//! │           │ hybrid only   │                  │                                       │
//! └───────────┴───────────────┴──────────────────┴───────────────────────────────────────┘
//!
//! byte  0            440  444 446        462        478        494        510  512
//!       ├─ boot code ─┼────┼──┼──────────┼──────────┼──────────┼──────────┼────┤
//!       │ the boot    │disk│00│ entry 1  │ entry 2  │ entry 3  │ entry 4  │55AA│
//!       │ loader's    │sig.│00│ 16 bytes │          │          │          │    │
//!       └─ unclaimed ─┴────┴──┴──────────┴──────────┴──────────┴──────────┴────┘
//!                     MBR:       partition  partition  partition  partition
//!                     GPT:       0xEE over the whole disk, nothing else
//!                     hybrid:    1 to 3 partitions, then 0xEE up to the first of them
//! ```
//!
//! ```
//! use image_layout::SectorSize;
//! use partition_table::{Disk, Guid, Partition, PartitionType, Scheme, Table};
//!
//! let disk = Disk {
//!     scheme: Scheme::Hybrid,
//!     len: 64 << 20,
//!     sector_size: SectorSize::Bytes512,
//!     signature: 0x1234_5678,
//!     guid: Guid::from_u128(1), // made from a seed, not thrown
//! };
//! assert_eq!(disk.usable()?, 34..131_039);
//! let grub = Partition {
//!     first_lba: 2048,
//!     sectors: 2048,
//!     kind: PartitionType::BIOS_BOOT,
//!     name: "grub".into(),
//!     guid: Guid::from_u128(2),
//!     active: false,
//!     in_mbr: false,
//! };
//! let boot = Partition {
//!     first_lba: grub.end_lba(),
//!     sectors: 40_960,
//!     kind: PartitionType::LINUX,
//!     name: "usbboot".into(),
//!     guid: Guid::from_u128(3),
//!     active: true,
//!     in_mbr: true,
//! };
//! let table = Table::new(disk.clone(), [grub.clone(), boot.clone()])?;
//! assert_eq!(
//!     table.lay_out()?.to_string(),
//!     "000000000000           440  -
//! 0000000001b8             6  bytes  disk signature
//! 0000000001be            16  bytes  MBR entry 1 (Linux file system)
//! 0000000001ce            16  bytes  MBR entry 2 (protects the GPT)
//! 0000000001de            16  bytes  MBR entry 3 (unused)
//! 0000000001ee            16  bytes  MBR entry 4 (unused)
//! 0000000001fe             2  bytes  boot signature
//! 000000000200           512  bytes  GPT header
//! 000000000400           128  bytes  GPT entry 1 (BIOS boot)
//! 000000000480           128  bytes  GPT entry 2 (Linux file system)
//! 000000000500         16128  zero   GPT entries, unused
//! 000000004400      67074560  -
//! 000003ffbe00           128  bytes  backup GPT entry 1 (BIOS boot)
//! 000003ffbe80           128  bytes  backup GPT entry 2 (Linux file system)
//! 000003ffbf00         16128  zero   backup GPT entries, unused
//! 000003fffe00           512  bytes  backup GPT header
//! "
//! );
//!
//! let low = Partition { first_lba: 4000, ..boot };
//! assert_eq!(
//!     Table::new(disk, [grub, low]).unwrap_err().to_string(),
//!     "partition 2 (`usbboot`) wants sectors 4000..44960, but partition 1 (`grub`) has 2048..4096"
//! );
//! # Ok::<(), partition_table::Error>(())
//! ```
//!
//! The first 440 bytes are left free for a boot loader. The bytes of an MBR are encoded by
//! [`mbrman`], those of a GPT by [`hadris_part`]; what may go into them is decided here. Identities
//! come from the caller: nothing here is random. Only the table's own sectors are ever in memory,
//! whatever the size of the disk.
//!
//! [`read`] reads the partition table of any disk, whoever made it; the bytes are declared in
//! [`mod@format`].
//! # The order of a hybrid's entries
//!
//! The guard, 0xEE, comes behind the partitions. The specification wants it to be one of the four,
//! whichever, and GRUB 2.06 reads a disk as GPT with it in front or behind (its reader of MBRs
//! refuses the disk either way; all of this is tested), as do util-linux and sgdisk. But there are
//! BIOSes that do not start from a disk with 0xEE in the first entry, and a hybrid is for those
//! that are picky ([FreeBSD's list](https://reviews.freebsd.org/rS285679)). It ends where the
//! first listed partition begins, since entries must not overlap.

mod check;
mod chs;
mod disk;
mod error;
pub mod format;
mod gpt;
mod guid;
mod mbr;
mod partition;
pub mod read;
mod scheme;
mod table;

pub use disk::Disk;
pub use error::{Error, Owner, Who};
pub use guid::Guid;
pub use partition::{ALIGNMENT, Partition, PartitionType};
pub use scheme::Scheme;
pub use table::Table;
