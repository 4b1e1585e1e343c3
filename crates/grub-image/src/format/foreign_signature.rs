//! The marks that other software leaves in sectors that belong to no partition, and expects to find
//! there again (licence managers do, to recognise the machine): the first bytes by which
//! `grub-bios-setup` knows such sectors.

/// A sector that starts with one of these is left alone.
pub const FOREIGN_SIGNATURES: &[&[u8]] = &[
    b"ZISD",
    b"\xD4\x41\xA0\xF5\x03\x00\x03\x00", // FlexNet
    b"\xD8\x41\xA0\xF5\x02\x00\x02\x00", // FlexNet
    b"\x70\x8A\x5D\x46\x35\xC5\x1B\x93\xAE\x3D\x86\xFD\xB1\x55\x3E\xE0",
    b"ycgl",
    b"GREGRegDone.Tag\0",
];
