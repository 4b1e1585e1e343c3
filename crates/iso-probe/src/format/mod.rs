//! The bytes of ISO 9660 that this crate reads by itself, with ECMA-119's own names.

pub(crate) mod volume_descriptor;
