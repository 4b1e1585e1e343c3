//! The examination of an ISO: what it is, how it will boot and from where, or why not.

mod probed;
mod report;

pub use probed::{Probed, json, probe, record};
pub use report::text;
