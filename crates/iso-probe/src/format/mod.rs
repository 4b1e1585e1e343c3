//! The formats that this crate reads by itself: ISO 9660, with the names of ECMA-119, and El Torito.

pub(crate) mod boot_catalog;
pub(crate) mod directory_record;
pub(crate) mod volume_descriptor;
