//! A kernel that says its parameters on the serial port and resets the machine: it shows what a boot
//! loader makes of its menu.

/// The byte at which the kernel's code for real mode starts, and the byte behind its header.
const ENTRY: usize = 0x200;
const CODE: usize = 0x268;

/// A kernel for any boot loader that follows Linux's protocol for the PC
/// (<https://docs.kernel.org/arch/x86/boot.html>). It says `<`, `name`, its parameters and `>`.
pub fn talking_kernel(name: u8) -> Vec<u8> {
    #[rustfmt::skip]
    let code = [
        0xB0, b'<',             // 00        mov  al, '<'
        0xE8, 0x2C, 0x00,       // 02        call put
        0xB0, name,             // 05        mov  al, name
        0xE8, 0x27, 0x00,       // 07        call put
        0x66, 0xA1, 0x28, 0x02, // 0A        mov  eax, [cmd_line_ptr]
        0x89, 0xC3,             // 0E        mov  bx, ax
        0x83, 0xE3, 0x0F,       // 10        and  bx, 0Fh
        0x66, 0xC1, 0xE8, 0x04, // 13        shr  eax, 4
        0x8E, 0xC0,             // 17        mov  es, ax
        0x26, 0x8A, 0x07,       // 19 next:  mov  al, es:[bx]
        0x43,                   // 1C        inc  bx
        0x84, 0xC0,             // 1D        test al, al
        0x74, 0x05,             // 1F        jz   done
        0xE8, 0x0D, 0x00,       // 21        call put
        0xEB, 0xF3,             // 24        jmp  next
        0xB0, b'>',             // 26 done:  mov  al, '>'
        0xE8, 0x06, 0x00,       // 28        call put
        0xB0, 0xFE,             // 2B        mov  al, FEh
        0xE6, 0x64,             // 2D        out  64h, al    ; the keyboard controller's reset line
        0xEB, 0xFE,             // 2F stop:  jmp  stop
        0x50,                   // 31 put:   push ax
        0xBA, 0xFD, 0x03,       // 32        mov  dx, 3FDh   ; line status
        0xEC,                   // 35 wait:  in   al, dx
        0xA8, 0x20,             // 36        test al, 20h    ; ready for a byte
        0x74, 0xFB,             // 38        jz   wait
        0xB2, 0xF8,             // 3A        mov  dl, F8h    ; data
        0x58,                   // 3C        pop  ax
        0xEE,                   // 3D        out  dx, al
        0xC3,                   // 3E        ret
    ];
    let mut kernel = vec![0; 5 * 512];
    let mut put = |at: usize, bytes: &[u8]| kernel[at..at + bytes.len()].copy_from_slice(bytes);
    put(0x1F1, &[1]); // sectors of setup code behind the first
    put(0x1F4, &96_u32.to_le_bytes()); // units of 16 bytes behind those
    put(0x1FE, &[0x55, 0xAA]);
    put(ENTRY, &[0xEB, (CODE - ENTRY - 2) as u8]); // jmp code
    put(0x202, b"HdrS");
    put(0x206, &0x0203_u16.to_le_bytes());
    put(0x211, &[1]); // loaded high
    put(0x214, &0x10_0000_u32.to_le_bytes());
    put(0x22C, &0x37FF_FFFF_u32.to_le_bytes()); // the last byte for an initrd
    put(CODE, &code);
    kernel
}
