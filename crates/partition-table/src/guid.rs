//! GUIDs.

use core::fmt;

/// A GUID, its bytes in the order in which it is written down. (On the disk the first three
/// groups are little-endian.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Guid(pub [u8; 16]);

impl Guid {
    /// The GUID of an unused entry: all zero.
    pub const NIL: Self = Self([0; 16]);

    /// The GUID whose hexadecimal digits are this number.
    pub const fn from_u128(digits: u128) -> Self {
        Self(digits.to_be_bytes())
    }

    /// The GUID as it lies on the disk.
    pub(crate) fn on_disk(self) -> hadris_part::Guid {
        let mut bytes = self.0;
        for group in [0..4, 4..6, 6..8] {
            bytes[group].reverse();
        }
        hadris_part::Guid::from_bytes(bytes)
    }

    /// From its bytes on the disk.
    pub(crate) fn from_disk(mut bytes: [u8; 16]) -> Self {
        for group in [0..4, 4..6, 6..8] {
            bytes[group].reverse();
        }
        Self(bytes)
    }
}

/// Upper case, 8-4-4-4-12.
impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, byte) in self.0.iter().enumerate() {
            let dash = if matches!(i, 4 | 6 | 8 | 10) { "-" } else { "" };
            write!(f, "{dash}{byte:02X}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::PartitionType;

    #[test]
    fn is_shown_as_it_is_written_down_and_mixed_on_the_disk() {
        let guid = PartitionType::BIOS_BOOT.gpt;
        assert_eq!(guid.to_string(), "21686148-6449-6E6F-744E-656564454649");
        assert_eq!(&guid.on_disk().to_bytes(), b"Hah!IdontNeedEFI");
        assert_eq!(super::Guid::from_disk(*b"Hah!IdontNeedEFI"), guid);
    }
}
