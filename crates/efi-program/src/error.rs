//! The reasons why bytes are no EFI program.

use thiserror::Error;

/// The reason why bytes are no EFI program, or a damaged one. The messages complete "FILE: …".
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
#[allow(missing_docs)] // the message says what each field is
pub enum Error {
    /// The bytes are no EFI program at all.
    #[error("not an EFI program: {why}")]
    NotEfi { why: &'static str },
    /// The file ends before something that its headers promise.
    #[error(
        "the EFI program is cut off: {what} is {len} bytes at byte {offset}, but the file has {file}"
    )]
    Truncated { what: &'static str, offset: u64, len: u64, file: u64 },
    /// Its headers contradict themselves.
    #[error("the EFI program is damaged: {what}")]
    Malformed { what: String },
    /// The section `.sbat` is no SBAT.
    #[error("its section {section} cannot be read: {why}")]
    Sbat { section: &'static str, why: String },
}
