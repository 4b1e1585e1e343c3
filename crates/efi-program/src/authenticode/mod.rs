//! Authenticode: how a PE image is signed.
//! <https://learn.microsoft.com/en-us/windows/win32/debug/pe-format#appendix-a-calculating-authenticode-pe-image-hash>
//!
//! ```text
//! certificate table                 signed_data.rs
//! └─ PKCS #7 SignedData
//!    ├─ SpcIndirectDataContent ──► digest of the image ═══ the image itself?   digest.rs
//!    ├─ certificates ────────────► signer, and those above it                  certificate.rs
//!    └─ SignerInfo
//!       ├─ issuer and serial ────► which certificate is the signer's
//!       ├─ messageDigest ════════ digest of SpcIndirectDataContent?
//!       └─ signature               by the signer's key: not verified here
//! ```
//!
//! The DER is walked with the crate `der`, element by element, rather than decoded by a crate for
//! all of CMS: what sorts each `SET OF` takes quadratic time over a hostile one, and one
//! certificate with a field that a strict decoder dislikes would hide who signed.

mod certificate;
mod der_walk;
mod digest;
mod signed_data;

pub use certificate::{Certificate, MicrosoftCa};
pub use signed_data::{Integrity, Signature};

pub(crate) use digest::image_digest;
