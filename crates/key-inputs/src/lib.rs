//! Reads the inputs of a key: spec files, ISOs, GRUB installations, packages.
//!
//! ```text
//!  key.toml ──────────────► spec_file   text and the directory its paths start from
//!  *.iso ─────────────────► iso         what each one is, as far as the recipes ask
//!  [[tree]], themes ──────► tree        directories and archives, by the crate `tree-inputs`
//!  [[entry]] ─────────────► xen         hypervisors, kernels and initrds
//!  url ───────────────────► downloads   which files are there, and getting the others
//!  sums ──────────────────► signed_sums the digests that publishers have signed
//!  /usr/lib/grub ─┐
//!  --grub a.deb ──┼───────► grub        one build of GRUB for every platform; shim; memdisk
//!  the cache ─────┘                     packages and their cache: the crate `packages`
//!
//!  bootkey.lock ──────────► locked      the very packages that it names; lock_packages: those of a new lock
//!
//!  key.img ───────────────► old_key     what a key was made of, and survey_key another key of it
//!
//!  survey calls them all and makes an `Inventory`; payload opens a file once and notices if it
//!  changes; sources holds the open files under the ids that a layout uses
//! ```
//!
//! ISOs are opened once and stay open; the files of a directory are opened when they are written, and
//! must not have changed. The places to look in are a value ([`Environment`]), so that a test can have
//! its own. An input that is no regular file is never opened, and one that changes is an error; what
//! hostile packages hold is checked in the crate `packages`. Each [`Error`] names the thing and
//! the next step, and its [family](Error::family) gives a program its exit status.
//!
//! ```no_run
//! use key_inputs::{Environment, FileSources, Platform, Wishes, grub_requests};
//!
//! # fn main() -> Result<(), key_inputs::Error> {
//! let env = Environment::from_process()?;
//! // `bootkey grub fetch`
//! let wanted = [Platform::I386Pc, Platform::X86_64Efi];
//! let requests = grub_requests(&wanted, false);
//! let mut say = |line: &str| eprintln!("{line}");
//! for p in key_inputs::fetch_packages(&requests, &Wishes::default(), &env, &mut say)? {
//!     println!("{} {} in {}", p.package, p.version, p.deb.display());
//! }
//! // `bootkey build debian.iso`
//! for grub in key_inputs::locate(&wanted, &[], &env)?.platforms {
//!     println!("{} {:?}, {}", grub.platform, grub.origin.version, grub.origin.from);
//! }
//! let mut sources = FileSources::new();
//! let iso = sources.push(key_inputs::open_payload("debian.iso".as_ref())?);
//! // … the layout refers to `iso`, the writer reads `sources` …
//! sources.check_unchanged()?;
//! # let _ = iso;
//! # Ok(())
//! # }
//! ```
// Opening files is what this crate is for.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod digests;
mod environment;
mod error;
mod fetched;
mod grub;
mod iso;
mod known_inputs;
mod local_inputs;
mod lock_packages;
mod locked;
mod locked_members;
mod mirror;
mod needed_downloads;
mod needed_packages;
mod old_key;
mod package_addresses;
mod payload;
mod reader;
mod signed_sums;
mod sources;
mod spec_file;
mod survey;
mod survey_key;
mod tree;
mod two_at_a_time;
mod xen;

pub use downloads::{Entry as CacheEntry, Event as DownloadEvent, Expect};
pub use environment::Environment;
pub use error::Error;
pub use fetched::{cached_member, extract_members, fetch_packages};
pub use grub::{
    Candidate, MEMDISK_PACKAGE, PlaceKind, Platform, candidates, grub_requests, locate,
    locate_memdisk, locate_signed,
};
pub use input_file::OpenedFiles;
pub use known_inputs::KnownInputs;
pub use local_inputs::{LocalInputs, local_inputs};
pub use lock_packages::{PackageWishes, lock_packages};
pub use locked::{check_locked, fetch_locked, is_part_of_grub, locked_grub};
pub use locked_members::LockedMembers;
pub use needed_downloads::{NeededDownload, download_files, missing_downloads, needed_downloads};
pub use needed_packages::{check_there, missing_packages, needed_packages};
pub use old_key::{Damage, DigestCheck, IsoFrom, OldKey, RecordedContents, Vouched};
pub use package_addresses::PackageAddresses;
pub use packages::repository::Wishes;
pub use packages::{Fetched, ListedPackage, Request};
pub use payload::{Payload, open_payload};
pub use reader::PayloadReader;
pub use signed_sums::{ListsFrom, SumsError, pin};
pub use sources::FileSources;
pub use spec_file::{MAX_SPEC_LEN, SpecText, read_spec};
pub use survey::{Survey, survey, survey_grub};
pub use survey_key::survey_key;
