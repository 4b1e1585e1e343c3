//! The bytes of EFI programs and of what signs them, with the specifications' own names.

pub(crate) mod certificate_table;
pub(crate) mod linux_header;
pub mod pe;
pub(crate) mod shim_cert_table;
pub(crate) mod signature_list;
