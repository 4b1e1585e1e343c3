//! Devices, fifos and sockets: inodes without blocks.

use crate::format::dir_entry::{FT_BLKDEV, FT_CHRDEV, FT_FIFO, FT_SOCK};
use crate::format::inode::{S_IFBLK, S_IFCHR, S_IFIFO, S_IFSOCK};
use file_tree::{DeviceNumber, SpecialKind};

/// `S_IF*` of a special node.
pub(crate) fn mode(kind: SpecialKind) -> u16 {
    match kind {
        SpecialKind::Block(_) => S_IFBLK,
        SpecialKind::Character(_) => S_IFCHR,
        SpecialKind::Fifo => S_IFIFO,
        SpecialKind::Socket => S_IFSOCK,
    }
}

/// `FT_*` of a special node.
pub(crate) fn file_type(kind: SpecialKind) -> u8 {
    match kind {
        SpecialKind::Block(_) => FT_BLKDEV,
        SpecialKind::Character(_) => FT_CHRDEV,
        SpecialKind::Fifo => FT_FIFO,
        SpecialKind::Socket => FT_SOCK,
    }
}

/// `i_block` of a special node: a device's number lies in the first word when major and minor
/// have 8 bits each, else in the second, with the upper 12 bits of the minor above the major.
pub(crate) fn i_block(kind: SpecialKind) -> [u32; 15] {
    let mut i_block = [0; 15];
    if let SpecialKind::Block(number) | SpecialKind::Character(number) = kind {
        (i_block[0], i_block[1]) = encode(number);
    }
    i_block
}

fn encode(number: DeviceNumber) -> (u32, u32) {
    let (major, minor) = (number.major(), number.minor());
    if major < 256 && minor < 256 {
        (major << 8 | minor, 0)
    } else {
        (0, minor & 0xFF | major << 8 | (minor & !0xFF) << 12)
    }
}

/// The number of a device, from the first two words of `i_block`. `None`: no number that Linux has.
pub(crate) fn decode(old: u32, new: u32) -> Option<DeviceNumber> {
    let (major, minor) = match old {
        0 => ((new >> 8) & 0xFFF, new & 0xFF | (new >> 12) & 0xF_FF00),
        old => (old >> 8, old & 0xFF),
    };
    DeviceNumber::new(major, minor).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_old_and_new() {
        let of = |major, minor| {
            let number = DeviceNumber::new(major, minor).unwrap();
            let (old, new) = encode(number);
            assert_eq!(decode(old, new), Some(number));
            (old, new)
        };
        assert_eq!(of(8, 1), (0x0801, 0));
        assert_eq!(of(255, 255), (0xFFFF, 0));
        assert_eq!(of(8, 256), (0, 0x0010_0800));
        assert_eq!(of(259, 3), (0, 0x0001_0303));
        assert_eq!(of(4095, 0xF_FFFF), (0, 0xFFFF_FFFF));
        assert_eq!(of(0, 0), (0, 0));
        assert_eq!(decode(0x10_0000, 0), None);
    }
}
