//! The bytes of other people's formats, with the names of their specifications.

pub mod qcow2;
pub mod vhd;
pub mod vmdk;
pub mod xz;
