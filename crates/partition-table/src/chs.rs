//! Cylinder/head/sector addresses: read by nothing made in this century but some BIOSes, which
//! infer a stick's geometry from them. Like every other tool we write 255 heads of 63 sectors.

use mbrman::CHS;

const HEADS: u8 = 255;
const SECTORS: u8 = 63;
const MAX_CYLINDER: u16 = 1023;

/// The address of `lba`, if it has one: below 1024 cylinders (7.8 GiB of sectors of 512 bytes).
pub(crate) fn exact(lba: u32) -> Option<CHS> {
    CHS::from_lba_exact(lba, MAX_CYLINDER, HEADS, SECTORS).ok()
}

/// The address of `lba`; from 1023/254/63 on that address itself (bytes `FE FF FF`), which by
/// convention means "use the LBA".
pub(crate) fn address(lba: u32) -> CHS {
    exact(lba).unwrap_or(CHS::new(MAX_CYLINDER, HEADS - 1, SECTORS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_at_the_last_cylinder() {
        assert_eq!(address(0), CHS::new(0, 0, 1));
        assert_eq!(address(2048), CHS::new(0, 32, 33));
        let last = 1024 * 255 * 63 - 1;
        assert_eq!(address(last), CHS::new(1023, 254, 63));
        assert_eq!(address(last + 1), address(last));
        assert_eq!(address(u32::MAX), address(last));
        assert_eq!(exact(last + 1), None);
    }
}
