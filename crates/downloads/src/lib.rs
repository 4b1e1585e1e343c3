//! Downloads over HTTP and HTTPS.
//!
//! ```text
//! Settings ─► Client ─► get       a small document, whole, in memory
//!  proxies      │
//!  roots        └─ exchange       one request: redirects followed, its head and its pace bounded
//!  pace
//! ```
//!
//! A server, a proxy, and whoever sits between are taken for hostile: what they send is bounded in
//! size and time, and is never more than bytes that somebody else has to check, by a digest or a
//! signature. TLS keeps others from seeing and from meddling; nothing here relies on it alone.
//!
//! Callers say how the network is reached: this crate reads no environment variables.
// The network is what this crate is for, and its clock is the one that a slow server is measured by.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod client;
mod error;
mod exchange;
mod forward;
mod get;
mod limits;
mod paced;
mod proxies;
mod tls;
mod url;

pub use client::{Client, Settings};
pub use error::{Error, Failure, Fault};
pub use limits::{Limits, Pace};
pub use proxies::Proxies;
pub use url::Url;
