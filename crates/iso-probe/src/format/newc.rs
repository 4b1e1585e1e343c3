//! The header of a cpio archive's entry, as the kernel's initramfs code takes it.
//! <https://docs.kernel.org/driver-api/early-userspace/buffer-format.html>

/// `c_magic`: without checksums, and with.
pub(crate) const MAGIC: &[u8] = b"070701";
pub(crate) const CRC_MAGIC: &[u8] = b"070702";
/// Size of a header: the magic and 13 numbers of 8 hexadecimal digits.
pub(crate) const HEADER: usize = 6 + 13 * 8;
/// The name of the entry that ends an archive.
pub(crate) const TRAILER: &str = "TRAILER!!!";

/// Field `n`, from 0: `c_ino c_mode c_uid c_gid c_nlink c_mtime c_filesize c_maj c_min c_rmaj
/// c_rmin c_namesize c_chksum`. `None`: something that is no hexadecimal digit.
pub(crate) fn field(header: &[u8; HEADER], n: usize) -> Option<u64> {
    let at = 6 + n * 8;
    header.get(at..at + 8)?.iter().try_fold(0, |value, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(value << 4 | u64::from(digit))
    })
}
