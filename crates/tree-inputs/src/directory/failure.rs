//! Failures to examine an entry of a directory.

use crate::Error;
use file_tree::TreeError;
use rustix::io::Errno;

/// The reason why an entry cannot be examined, without its path, which the caller knows.
#[derive(Debug)]
pub(super) enum Failure {
    Io(&'static str, Errno),
    Changed(String),
    Tree(TreeError),
}

impl Failure {
    /// The error for this failure, with the path.
    pub fn at(self, path: String) -> Error {
        match self {
            Self::Io(what, error) => Error::Io { path, what, source: error.into() },
            Self::Changed(what) => Error::Changed { path, what },
            Self::Tree(source) => Error::Tree { path, source },
        }
    }
}

impl From<TreeError> for Failure {
    fn from(error: TreeError) -> Self {
        Self::Tree(error)
    }
}

/// Makes a failure out of a system call's error; `what` says what cannot be done.
pub(super) fn cannot(what: &'static str) -> impl Fn(Errno) -> Failure {
    move |error| Failure::Io(what, error)
}
