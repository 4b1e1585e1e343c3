//! The formats that this crate reads by itself: ISO 9660, with the names of ECMA-119, El Torito and
//! cpio.

pub(crate) mod boot_catalog;
pub(crate) mod directory_record;
pub(crate) mod newc;
pub(crate) mod volume_descriptor;
