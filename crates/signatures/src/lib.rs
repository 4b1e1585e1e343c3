//! Verifies signatures over texts and files: OpenPGP's and minisign's, by keys that the caller
//! trusts, at a time that the caller gives.
//!
//! ```text
//! keys.asc, keys.gpg ─► Keyring ─┬─ verify_cleartext(InRelease) ───► Verified: the signed text, by whom
//!                                └─ verify_detached(file, signature) ─► Signer
//! key.pub ────────────► minisign::PublicKey ─ verify(file, signature)
//! ```
//!
//! One signature by one trusted key suffices; the others may be by anybody. It does not count if its
//! hash is weak (MD5, SHA-1), if it or its key has expired, is revoked or lies in the future, or if
//! it says something critical that is not understood. Of a cleartext-signed document nothing is
//! handed out but the text that was signed, and one with anything before or after that is refused.
//!
//! Documents, signatures and keys are taken for hostile: their sizes, the number of signatures and
//! the work for each are bounded.
//!
//! This is no web of trust: a key is trusted because it is in the keyring.

mod certificate;
mod cleartext;
mod error;
mod keyring;
pub mod minisign;
mod policy;

pub use certificate::Certificate;
pub use error::{Error, KeyringError, Rejected};
pub use keyring::{Keyring, Signer, Verified};
