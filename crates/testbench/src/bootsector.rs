//! Boot sectors assembled by hand: guests that start at once and do one thing.
//!
//! Each is a 512-byte real-mode program that the BIOS loads at 0000:7C00 and starts with the boot
//! drive's number in DL; bytes 510 and 511 are 55 AA.

const ORIGIN: u16 = 0x7C00;

/// A boot sector that prints `line` on the first serial port (0x3F8), then echoes what is typed
/// there.
///
/// # Panics
/// When `line` is longer than 400 bytes or contains a NUL, which ends it.
pub fn says(line: &str) -> [u8; 512] {
    const MESSAGE: u16 = 0x40;
    assert!(line.len() <= 400 && !line.contains('\0'), "{line:?} does not fit a boot sector");
    let [lo, hi] = (ORIGIN + MESSAGE).to_le_bytes();
    #[rustfmt::skip]
    let code = [
        0xFA,             // 00        cli
        0xFC,             // 01        cld
        0x31, 0xC0,       // 02        xor  ax, ax
        0x8E, 0xD8,       // 04        mov  ds, ax
        0x8E, 0xD0,       // 06        mov  ss, ax
        0xBC, 0x00, 0x7C, // 08        mov  sp, 7C00h
        0xBE, lo, hi,     // 0B        mov  si, message
        0xAC,             // 0E next:  lodsb
        0x84, 0xC0,       // 0F        test al, al
        0x74, 0x05,       // 11        jz   echo
        0xE8, 0x12, 0x00, // 13        call put
        0xEB, 0xF6,       // 16        jmp  next
        0xBA, 0xFD, 0x03, // 18 echo:  mov  dx, 3FDh   ; line status
        0xEC,             // 1B poll:  in   al, dx
        0xA8, 0x01,       // 1C        test al, 1      ; a byte came in
        0x74, 0xFB,       // 1E        jz   poll
        0xB2, 0xF8,       // 20        mov  dl, F8h    ; data
        0xEC,             // 22        in   al, dx
        0xE8, 0x02, 0x00, // 23        call put
        0xEB, 0xF0,       // 26        jmp  echo
        0x50,             // 28 put:   push ax
        0xBA, 0xFD, 0x03, // 29        mov  dx, 3FDh
        0xEC,             // 2C wait:  in   al, dx
        0xA8, 0x20,       // 2D        test al, 20h    ; ready for a byte
        0x74, 0xFB,       // 2F        jz   wait
        0xB2, 0xF8,       // 31        mov  dl, F8h
        0x58,             // 33        pop  ax
        0xEE,             // 34        out  dx, al
        0xC3,             // 35        ret
    ];
    let mut sector = boot_sector(&code);
    sector[usize::from(MESSAGE)..][..line.len()].copy_from_slice(line.as_bytes());
    sector
}

/// A boot sector that starts the second BIOS drive (81h) as if the firmware had booted that. With
/// it on an internal disk, a key is started as `hd1`.
pub fn boots_second_drive() -> [u8; 512] {
    #[rustfmt::skip]
    let code = [
        0xFA,                         // 00        cli
        0xFC,                         // 01        cld
        0x31, 0xC0,                   // 02        xor  ax, ax
        0x8E, 0xD8,                   // 04        mov  ds, ax
        0x8E, 0xC0,                   // 06        mov  es, ax
        0x8E, 0xD0,                   // 08        mov  ss, ax
        0xBC, 0x00, 0x7C,             // 0A        mov  sp, 7C00h
        0xFB,                         // 0D        sti
        0xBE, 0x00, 0x7C,             // 0E        mov  si, 7C00h
        0xBF, 0x00, 0x06,             // 11        mov  di, 0600h
        0xB9, 0x00, 0x01,             // 14        mov  cx, 256
        0xF3, 0xA5,                   // 17        rep movsw       ; out of the way
        0xEA, 0x1E, 0x06, 0x00, 0x00, // 19        jmp  0000:061Eh
        0xBE, 0x30, 0x06,             // 1E        mov  si, packet
        0xB4, 0x42,                   // 21        mov  ah, 42h    ; extended read
        0xB2, 0x81,                   // 23        mov  dl, 81h
        0xCD, 0x13,                   // 25        int  13h
        0x72, 0xFE,                   // 27 stop:  jc   stop
        0xEA, 0x00, 0x7C, 0x00, 0x00, // 29        jmp  0000:7C00h
        0x90, 0x90,                   // 2E        nop; nop
        0x10, 0x00,                   // 30 packet: its size
        0x01, 0x00,                   // 32        one sector
        0x00, 0x7C, 0x00, 0x00,       // 34        to 0000:7C00
        0, 0, 0, 0, 0, 0, 0, 0,       // 38        from LBA 0
    ];
    boot_sector(&code)
}

/// A boot sector that copies itself into the next sector (LBA 1) and resets the machine.
pub fn copies_itself() -> [u8; 512] {
    #[rustfmt::skip]
    let code = [
        0xFA,             // 00        cli
        0x31, 0xC0,       // 01        xor  ax, ax
        0x8E, 0xD8,       // 03        mov  ds, ax
        0x8E, 0xD0,       // 05        mov  ss, ax
        0xBC, 0x00, 0x7C, // 07        mov  sp, 7C00h
        0xFB,             // 0A        sti
        0xBE, 0x20, 0x7C, // 0B        mov  si, packet
        0xB8, 0x00, 0x43, // 0E        mov  ax, 4300h  ; extended write, not verified
        0xCD, 0x13,       // 11        int  13h
        0xB0, 0xFE,       // 13        mov  al, FEh
        0xE6, 0x64,       // 15        out  64h, al    ; the keyboard controller's reset line
        0xF4,             // 17 stop:  hlt
        0xEB, 0xFD,       // 18        jmp  stop
        0x90, 0x90, 0x90, 0x90, 0x90, 0x90,
        0x10, 0x00,       // 20 packet: its size
        0x01, 0x00,       // 22        one sector
        0x00, 0x7C, 0x00, 0x00,       // 24        from 0000:7C00
        1, 0, 0, 0, 0, 0, 0, 0,       // 28        to LBA 1
    ];
    boot_sector(&code)
}

fn boot_sector(code: &[u8]) -> [u8; 512] {
    let mut sector = [0; 512];
    sector[..code.len()].copy_from_slice(code);
    sector[510..].copy_from_slice(&[0x55, 0xAA]);
    sector
}
