//! Why an entry of a directory cannot be examined.

use crate::Error;
use file_tree::TreeError;
use rustix::io::Errno;

/// Why an entry cannot be examined. The path is known elsewhere.
#[derive(Debug)]
pub(super) enum Failure {
    Io(&'static str, Errno),
    Changed(String),
    Tree(TreeError),
}

impl Failure {
    /// The error about it, with its path.
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

/// That something cannot be done.
pub(super) fn cannot(what: &'static str) -> impl Fn(Errno) -> Failure {
    move |error| Failure::Io(what, error)
}
