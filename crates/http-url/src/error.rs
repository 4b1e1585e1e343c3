//! The error of a text that is no address.

use shown_text::shown;
use thiserror::Error;

/// The error that a text is not the address of a file on a server.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}: {why}; an address reads https://example.org/path/file.iso", shown(text))]
pub struct InvalidUrl {
    /// The beginning of the text, without the name and password of a user.
    pub(crate) text: String,
    /// The reason why it is none.
    pub(crate) why: &'static str,
}
