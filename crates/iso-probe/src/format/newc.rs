//! The header of an entry in a cpio archive, in the form that the kernel unpacks.
//! <https://docs.kernel.org/driver-api/early-userspace/buffer-format.html>

/// `c_magic` of entries without a checksum, and with one.
pub(crate) const MAGIC: &[u8] = b"070701";
pub(crate) const CRC_MAGIC: &[u8] = b"070702";
/// The size of a header: the magic and 13 numbers of 8 hexadecimal digits.
pub(crate) const HEADER: usize = 6 + 13 * 8;
/// The name of the entry that ends an archive.
pub(crate) const TRAILER: &str = "TRAILER!!!";

/// The number in field `n`, from 0: `c_ino c_mode c_uid c_gid c_nlink c_mtime c_filesize c_maj
/// c_min c_rmaj c_rmin c_namesize c_chksum`. `None` if it is not hexadecimal.
pub(crate) fn field(header: &[u8; HEADER], n: usize) -> Option<u64> {
    let at = 6 + n * 8;
    header.get(at..at + 8)?.iter().try_fold(0, |value, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(value << 4 | u64::from(digit))
    })
}
