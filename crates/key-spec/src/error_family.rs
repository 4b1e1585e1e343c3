//! The families of errors on the way from a spec to a key.

/// A family of errors, by which a program chooses its exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorFamily {
    /// The command line or the spec asks for something that makes no sense.
    Usage,
    /// Something is larger than its place.
    DoesNotFit,
    /// An input was read, but is damaged, or of a kind that this version cannot use.
    Unsupported,
    /// A file, a program or the network is missing or fails.
    Io,
    /// The writing was stopped by whoever watched its progress.
    Stopped,
}
