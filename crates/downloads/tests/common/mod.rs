//! What the tests of `get` over HTTP and over HTTPS share.

use downloads::{Error, Fault};
use std::fmt::Debug;

/// The fault, and the whole message.
pub fn fault<T: Debug>(got: Result<T, Error>) -> (Fault, String) {
    let error = got.unwrap_err();
    let text = error.to_string();
    match error {
        Error::Failed(failure) => (failure.fault, text),
        other => panic!("{other}"),
    }
}
