//! The files that are made for a host.

/// A file of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostFile {
    /// The file's path, without the leading slash.
    pub path: String,
    /// The file's permissions: 0o644, or 0o600 where the stack requires that or a password is
    /// inside.
    pub mode: u16,
    /// The file's text; every line ends with a newline.
    pub text: String,
}

impl HostFile {
    pub(crate) fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), mode: 0o644, text: text.into() }
    }

    pub(crate) fn private(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { mode: 0o600, ..Self::new(path, text) }
    }

    pub(crate) fn executable(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { mode: 0o755, ..Self::new(path, text) }
    }
}
