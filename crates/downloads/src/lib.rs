//! Downloads over HTTP and HTTPS.
//!
//! ```text
//! Settings ─► Client ─┬─► get, copy   a document, whole, in memory or as it comes
//!  proxies             └─► download    a file whose SHA-256 is known ─► Store, the cache by content
//!  roots                       │
//!  pace                    exchange    one request: redirects followed, its head and its pace bounded
//! ```
//!
//! A server, a proxy, and whoever sits between are taken for hostile: what they send is bounded in
//! size and time, and is never more than bytes that somebody else has to check, by a digest or a
//! signature. TLS keeps others from seeing and from meddling; nothing here relies on it alone.
//!
//! Callers say how the network is reached: this crate reads no environment variables.
// The network and the cache are what this crate is for, and its clock measures slow servers.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod add;
mod client;
mod deadline;
mod download;
mod error;
mod exchange;
mod forward;
mod get;
mod hashing;
mod limits;
mod not_reached;
mod paced;
mod proxies;
mod room;
mod store;
mod tls;

pub use add::Adding;
pub use client::{Client, Settings};
pub use download::{Event, Expect, download};
pub use error::{Error, Failure, Fault};
pub use http_url::{InvalidUrl, Url};
pub use limits::{Limits, Pace};
pub use not_reached::NotReached;
pub use proxies::Proxies;
pub use store::{Entry, Store, Stored};
