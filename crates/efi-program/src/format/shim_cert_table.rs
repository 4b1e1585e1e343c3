//! shim's section `.vendor_cert`: what its vendor trusts, and what not any more.
//! <https://github.com/rhboot/shim/blob/main/cert.S>

use ondisk::Le32;

/// The section's name; longer than the 8 bytes of a section header, so it lies among the symbols'.
pub(crate) const SECTION: &str = ".vendor_cert";

ondisk::ondisk! {
    /// The start of the section; offsets count from here.
    pub(crate) struct CertTable [16] {
        0x00  vendor_authorized_size      : Le32 = "Bytes of the certificate or list.";
        0x04  vendor_deauthorized_size    : Le32 = "Bytes of the list of what is revoked.";
        0x08  vendor_authorized_offset    : Le32 = "A DER certificate, or signature lists.";
        0x0C  vendor_deauthorized_offset  : Le32 = "Signature lists.";
    }
}
