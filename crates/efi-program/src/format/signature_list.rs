//! `EFI_SIGNATURE_LIST`, in which firmware and shim keep certificates and hashes.
//! <https://uefi.org/specs/UEFI/2.10/32_Secure_Boot_and_Driver_Signing.html#efi-signature-data>

use ondisk::Le32;

/// `SignatureType` of SHA-256 digests of programs (`EFI_CERT_SHA256_GUID`).
pub(crate) const EFI_CERT_SHA256_GUID: [u8; 16] = [
    0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40, 0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28,
];
/// `SignatureType` of certificates (`EFI_CERT_X509_GUID`).
pub(crate) const EFI_CERT_X509_GUID: [u8; 16] = [
    0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a, 0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72,
];
/// Bytes of `SignatureOwner`, which each signature begins with.
pub(crate) const SIGNATURE_OWNER: usize = 16;

ondisk::ondisk! {
    /// The start of a list; then follow a header of `signature_header_size`, then the signatures.
    pub(crate) struct EfiSignatureList [28] {
        0x00  signature_type         : [u8; 16] = "What the signatures are.";
        0x10  signature_list_size    : Le32 = "Bytes of the list, with this header.";
        0x14  signature_header_size  : Le32 = "Bytes before the first signature.";
        0x18  signature_size         : Le32 = "Bytes of each.";
    }
}
