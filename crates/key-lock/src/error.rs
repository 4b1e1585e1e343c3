//! What is wrong with a lock.

use thiserror::Error as ThisError;

/// The reasons why a lock is of no use.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[non_exhaustive]
#[allow(missing_docs)] // the messages say what the fields are
pub enum Error {
    #[error("it is longer than the {limit} bytes that a lock may have")]
    TooLong { limit: usize },
    #[error("it is not UTF-8 text")]
    NotText,
    #[error("line {line}: {why}")]
    Malformed { line: usize, why: String },
    #[error(
        "it has format {format}, and this version of bootkey knows up to {known}; \
         use bootkey {by} or later"
    )]
    Newer { format: u32, known: u32, by: String },
    #[error(
        "its spec is not the one that was locked: the SHA-256 is not `spec_sha256`; a lock is not \
         edited by hand"
    )]
    Spec,
    #[error("{what}: {text:?} is {why}")]
    Value { what: &'static str, text: String, why: &'static str },
}

impl Error {
    /// Whether a later version wrote the lock.
    pub fn is_newer(&self) -> bool {
        matches!(self, Self::Newer { .. })
    }
}
