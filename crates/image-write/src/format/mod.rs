//! The bytes of other people's formats, with the names of their specifications.

pub(crate) mod qcow2;
pub(crate) mod vhd;
pub(crate) mod vmdk;
