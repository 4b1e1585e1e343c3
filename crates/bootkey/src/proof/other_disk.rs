//! A disk beside the key, for the entry that leaves the key: its boot sector says a word, and stops.

/// What it says on the screen.
pub(super) const SAYS: &str = "bootkey: this is the other disk";

/// Prints what lies behind it through the BIOS: xor ax, ax; mov ds, ax; mov si, 7c17h; next: lodsb;
/// or al, al; jz stop; mov ah, 0eh; xor bx, bx; int 10h; jmp next; stop: hlt; jmp stop.
const CODE: [u8; 23] = [
    0x31, 0xc0, 0x8e, 0xd8, 0xbe, 0x17, 0x7c, 0xac, 0x08, 0xc0, 0x74, 0x08, 0xb4, 0x0e, 0x31, 0xdb,
    0xcd, 0x10, 0xeb, 0xf3, 0xf4, 0xeb, 0xfd,
];

/// The disk's bytes.
pub(super) fn bytes() -> Vec<u8> {
    let mut disk = CODE.to_vec();
    disk.extend(SAYS.as_bytes());
    disk.resize(510, 0);
    disk.extend([0x55, 0xaa]);
    disk.resize(1 << 20, 0);
    disk
}
