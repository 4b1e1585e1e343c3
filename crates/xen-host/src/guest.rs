//! A guest, for each toolstack.

mod libvirt;
mod xl;

pub(crate) use libvirt::libvirt;
pub(crate) use xl::xl;
