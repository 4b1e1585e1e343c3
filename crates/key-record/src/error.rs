//! What is wrong with a record.

use thiserror::Error as ThisError;

/// The reasons why a record is of no use.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[non_exhaustive]
#[allow(missing_docs)] // the messages say what the fields are
pub enum Error {
    #[error("boot:/boot/bootkey/inputs.toml is damaged: {why}")]
    Damaged { why: String },
    #[error("boot:/boot/bootkey/key.toml is damaged: its SHA-256 is not the one in inputs.toml")]
    Spec,
    #[error(
        "the record has format {format}, and this version of bootkey knows up to {known}; \
         use bootkey {by} or later"
    )]
    Newer { format: u32, known: u32, by: String },
}
