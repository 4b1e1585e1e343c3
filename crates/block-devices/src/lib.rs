//! The disks of a Linux machine, and which of them are sticks that may be overwritten.
//!
//! ```text
//! /sys/block  ──────────► identity, size, kind ─┐
//! /run/udev/data, /dev ─► what is on it ────────┼─► BlockDevice ─about─► Decision: Offered, or
//! /sys/…/holders, /proc ► who uses it ──────────┘                pure    NotOffered with the reasons
//! ```
//!
//! Nothing here needs root: what udev has found out is in files that everybody may read. Where udev
//! says nothing, devices that may be read are looked at.
//!
//! All paths start at the root of a [`System`], so that tests describe machines as trees of files.
// Looking at the machine is what this crate is for.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod content;
mod decision;
mod device;
mod identity;
mod kind;
mod list;
mod mounts;
mod partitions;
mod probed;
mod system;
mod text;
mod udev;
mod users;

pub use content::Content;
pub use decision::{Decision, Reason};
pub use device::{BlockDevice, Partition};
pub use identity::{Bus, Identity};
pub use kind::Kind;
pub use list::list;
pub use mounts::mounts_at;
pub use system::{Error, System};
pub use text::{describe, text};
pub use users::{Holder, Users};
