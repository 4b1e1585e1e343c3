//! The client of udisks, the service that opens, unmounts and powers off disks for users who are not
//! root. Whether a user may, polkit decides, mostly by a password that it asks for in a window.
//!
//! ```text
//! client   which methods of udisks, with which arguments
//! bus      the socket of the system bus: authentication, calls and their replies, open files
//! message  the bytes of calls and replies
//! ```
//!
//! As much of [D-Bus](https://dbus.freedesktop.org/doc/dbus-specification.html) as that takes: calls with
//! texts and a dictionary, replies with paths or an open file.
// Asking a service for devices is what this crate is for.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod bus;
mod client;
mod error;
mod message;

pub use client::Udisks;
pub use error::Error;
