//! The attribute certificate table, behind everything else in a signed image.
//! <https://learn.microsoft.com/en-us/windows/win32/debug/pe-format#the-attribute-certificate-table-image-only>

use ondisk::{Le16, Le32};

/// `wCertificateType`: a PKCS #7 `SignedData`.
pub(crate) const WIN_CERT_TYPE_PKCS_SIGNED_DATA: u16 = 2;
/// Entries start at multiples of this.
pub(crate) const ALIGNMENT: usize = 8;

ondisk::ondisk! {
    /// The start of each entry.
    pub(crate) struct WinCertificate [8] {
        0x00  dw_length           : Le32 = "Bytes of the entry, with this header.";
        0x04  w_revision          : Le16 = "0x200.";
        0x06  w_certificate_type  : Le16 = "What bCertificate, which follows, is.";
    }
}
