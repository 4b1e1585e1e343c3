//! The facts about an EFI program: what it is, who signed it, and whether a shim accepts it.
//!
//! ```text
//! shimx64.efi.signed ──┐                     machine, kind, Linux or not
//! gcdx64.efi.signed  ──┼─► Facts::of(bytes)  SBAT generations
//! vmlinuz            ──┘        │            signers and those above them, intact or altered
//!                               │            shim: whom its vendor trusts, what it revokes
//!                               ▼
//!               acceptance(&shim, &kernel)   vendor │ firmware │ needs a MOK │ revoked │ …
//! ```
//!
//! Under Secure Boot the firmware starts what Microsoft signed, which is shim; shim starts what
//! its vendor signed, which is that vendor's GRUB; and GRUB asks shim about every kernel. So which
//! ISOs of a key start is decided by who signed their kernels and whose shim is on the key, and
//! that can be read from the files before anybody stands in front of a machine.
//!
//! **What this is not.** It names who signed, and it checks that what was signed is this program,
//! by digest. It does not verify the RSA signature itself: it is for reports, and nothing is
//! trusted because of it. The firmware and shim verify.
//!
//! ```no_run
//! use efi_program::{Acceptance, Facts, acceptance};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (shim, kernel) = (&[][..], &[][..]);
//! let shim = Facts::of(shim)?; // the bytes of shimx64.efi.signed
//! for signature in &shim.signatures {
//!     println!("shim: {:?} by {}", signature.microsoft_ca(), signature.signer.subject);
//! }
//! let kernel = Facts::of(kernel)?; // the bytes of vmlinuz
//! match acceptance(&shim, &kernel) {
//!     Acceptance::Vendor { by } => println!("starts: signed under {by}"),
//!     Acceptance::NeedsMok { signers } => println!("enrol one of {signers:?} first"),
//!     other => println!("does not start: {other:?}"),
//! }
//! # Ok(()) }
//! ```
//!
//! Every byte comes from outside: everything in a program is bounds-checked, the time taken is in
//! proportion to its length, and the memory is not: a program may be read piece by piece.
//!
//! | fact | file |
//! |---|---|
//! | headers of a PE image | `format/pe.rs`, read in `image.rs` |
//! | the table of signatures | `format/certificate_table.rs` |
//! | what a signature is over | `authenticode/digest.rs` |
//! | who signed | `authenticode/signed_data.rs`, `authenticode/certificate.rs` |
//! | SBAT generations and levels | `sbat.rs` |
//! | shim's vendor certificate | `format/shim_cert_table.rs`, `format/signature_list.rs`, `shim.rs` |
//! | sections, by name and place | `sections.rs` |
//! | a kernel's version | `format/linux_header.rs`, `linux.rs` |

mod acceptance;
mod authenticode;
mod error;
mod facts;
pub mod format;
mod hash;
mod image;
mod linux;
mod machine;
mod sbat;
mod sections;
mod shim;
mod source;

pub use acceptance::{Acceptance, acceptance};
pub use authenticode::{Certificate, Integrity, MicrosoftCa, Signature};
pub use error::Error;
pub use facts::{Facts, Subsystem};
pub use linux::Linux;
pub use machine::Machine;
pub use sbat::{SbatEntry, SbatLevel, SbatLevels};
pub use sections::Section;
pub use shim::{Shim, Trust};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
