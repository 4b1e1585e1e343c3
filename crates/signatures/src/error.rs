//! Errors: why a document or a keyring is refused.

use shown_text::shown;
use thiserror::Error;

/// The error of reading a keyring.
#[derive(Debug, Error)]
#[allow(missing_docs)] // the message says what each field is
pub enum KeyringError {
    /// A file that is longer than keyrings are.
    #[error("is longer than {limit} bytes, which no keyring is")]
    TooLong { limit: usize },
    /// A file that is no OpenPGP keyring.
    #[error(
        "is no OpenPGP keyring (binary, or armoured as `gpg --export --armor` writes it): {}",
        shown(&brief(why))
    )]
    NotAKeyring { why: String },
    /// There is no key in it that may sign.
    #[error("has no key that may sign{}", because(refused))]
    NoKey { refused: Vec<String> },
}

/// The error of verifying a signature.
#[derive(Debug, Error, PartialEq, Eq)]
#[allow(missing_docs)] // the message says what each field is
pub enum Error {
    /// The document is not of the form that signed documents have.
    #[error("is no cleartext-signed document: {why}")]
    NotSigned { why: String },
    /// The signature cannot be read.
    #[error("the signature cannot be read: {}", shown(&brief(why)))]
    NotASignature { why: String },
    /// No signature of the document counts.
    #[error("no valid signature by a trusted key{}", list(rejected))]
    NoGoodSignature { rejected: Vec<Rejected> },
}

/// A signature that does not count, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The fingerprint or the key ID of the key that it says it was made with.
    pub by: String,
    /// The reason.
    pub why: String,
}

/// Most characters of what is said of one signature or key: what rPGP says may quote it whole.
const MAX_REASON: usize = 300;

/// Most signatures or keys of which something is said; the first are the likely ones.
const MAX_REASONS: usize = 4;

fn brief(reason: &str) -> String {
    reason.chars().take(MAX_REASON).collect()
}

fn list(rejected: &[Rejected]) -> String {
    let said = rejected.iter().take(MAX_REASONS);
    let each: Vec<_> = said.map(|r| brief(&format!("by {}: {}", r.by, r.why))).collect();
    if each.is_empty() { String::new() } else { format!(" ({})", shown(&each.join("; "))) }
}

fn because(refused: &[String]) -> String {
    match refused {
        [] => String::new(),
        some => {
            let each: Vec<_> = some.iter().take(MAX_REASONS).map(|why| brief(why)).collect();
            format!(" ({})", shown(&each.join("; ")))
        }
    }
}
