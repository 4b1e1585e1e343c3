//! Addresses of files on servers: one check for those in a spec, those that are asked for, and those
//! that a redirect leads to.

mod authority;
mod error;
mod path;
mod url;

pub use authority::{split_port, without_user};
pub use error::InvalidUrl;
pub use path::percent_decoded;
pub use url::Url;
