//! Oracles, fixtures and QEMU for the tests; never part of a release.
//!
//! An *oracle* is somebody else's program that says whether our bytes are right: `e2fsck`,
//! `grub-fstest`, QEMU. Tests whose oracle is missing are skipped, and named in the summary that
//! `cargo xtask test` prints; with `BOOTKEY_REQUIRE_ORACLES=1` (as CI sets) they fail.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod bootkey;
pub mod bootsector;
pub mod deb_packages;
mod debian;
pub mod debian_archive;
mod dice;
pub mod efi_programs;
mod error;
mod facts;
mod faulty_device;
mod gpg;
mod grub_build;
pub mod grub_tokenizer;
pub mod handmade_grub;
mod hostile;
pub mod http;
mod iso;
mod linux;
mod loop_device;
mod machine;
mod oracle;
mod other_releases;
mod packages;
pub mod partition_tables;
mod perturb;
mod plain_path;
mod private_udisks;
mod python;
mod qemu;
pub mod raw_iso;
pub mod rpm_packages;
mod screen;
mod shared_extents;
mod streams;
mod talking_kernel;

pub use bootkey::bootkey;
pub use debian::debian_mirror;
pub use dice::Dice;
pub use error::FixtureError;
pub use facts::{known_isos, recorded_isos};
pub use faulty_device::{Fault, FaultyDevice};
pub use gpg::Gpg;
pub use grub_build::{GRUB_SUITES, GrubBuild, fetch_grub_build, grub_build, missing_grub_builds};
pub use hostile::{claim_sectors, flip, not_an_iso, odd_names, sparse_iso, truncated_iso};
pub use iso::{FIXTURE_TIME, Iso, NETINSTALL_CFG, netinstall, netinstall_iso};
pub use linux::{Linux, fetch_linux, has_linux};
pub use loop_device::LoopDevice;
pub use machine::{
    LoopMount, NOBODY, NobodysRoom, again_as_nobody, as_nobody, copy, copy_tree, is_root,
};
pub use oracle::{Oracle, Ran, inapplicable, missing, oracle, run};
pub use other_releases::{fetched_packages, fetched_source};
pub use packages::{
    INSTALLER_DIR, grub_rescue_iso, installer_pair, ipxe_iso, live_iso, makers_iso, memtest_iso,
};
pub use perturb::{ANOTHER_DAY, Perturbation, perturbed};
pub use plain_path::plain_path;
pub use private_udisks::PrivateUdisks;
pub use python::{axe_core, fetch_python_programs, has_python_programs, pykickstart};
pub use qemu::{BootOptions, DiskBus, PATIENCE, Qemu};
pub use screen::{Font, Screen};
pub use shared_extents::shared_extents;
pub use streams::{HOSTILE_STREAMS, HostileStream};
pub use talking_kernel::talking_kernel;
pub use virtual_machine::{EMULATED, Error as GuestError, Firmware};
