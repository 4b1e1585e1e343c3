//! The keys by their numbers on USB, and GRUB's codes for those that have no character.

/// The keys of the table's rows.
pub(crate) const CHARACTERS: [u8; 48] = [
    0x35, 0x1e, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x2d, 0x2e, //
    0x14, 0x1a, 0x08, 0x15, 0x17, 0x1c, 0x18, 0x0c, 0x12, 0x13, 0x2f, 0x30, //
    0x04, 0x16, 0x07, 0x09, 0x0a, 0x0b, 0x0d, 0x0e, 0x0f, 0x33, 0x34, 0x32, //
    0x64, 0x1d, 0x1b, 0x06, 0x19, 0x05, 0x11, 0x10, 0x36, 0x37, 0x38,
];

pub(crate) const SPACE: u8 = 0x2c;
pub(crate) const DIVIDE: u8 = 0x54;
pub(crate) const MULTIPLY: u8 = 0x55;
pub(crate) const MINUS: u8 = 0x56;
const PLUS: u8 = 0x57;
const KEYPAD_ENTER: u8 = 0x58;
const KEYPAD_1: u8 = 0x59;
pub(crate) const DECIMAL: u8 = 0x63;
pub(crate) const RO: u8 = 0x87;
pub(crate) const YEN: u8 = 0x89;
const KEYPAD_COMMA: u8 = 0x85;

/// The modifiers of a keymap's four parts, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Modifiers {
    None,
    Shift,
    AltGr,
    ShiftAltGr,
}

impl Modifiers {
    pub(crate) const ALL: [Self; 4] = [Self::None, Self::Shift, Self::AltGr, Self::ShiftAltGr];

    fn shift(self) -> bool {
        matches!(self, Self::Shift | Self::ShiftAltGr)
    }
}

/// GRUB's bit for keys without a character; the rest is the key's number on an AT keyboard.
const EXTENDED: u32 = 0x0080_0000;
/// GRUB's bits for modifiers that were held.
const SHIFT: u32 = 0x0100_0000;
const ALT: u32 = 0x0400_0000;

const INSERT: u32 = EXTENDED | 0x52;
pub(crate) const DELETE: u32 = EXTENDED | 0x53;
const HOME: u32 = EXTENDED | 0x47;
const END: u32 = EXTENDED | 0x4f;
const PAGE_UP: u32 = EXTENDED | 0x49;
const PAGE_DOWN: u32 = EXTENDED | 0x51;
const UP: u32 = EXTENDED | 0x48;
const DOWN: u32 = EXTENDED | 0x50;
const LEFT: u32 = EXTENDED | 0x4b;
const RIGHT: u32 = EXTENDED | 0x4d;
const CENTRE: u32 = EXTENDED | 0x4c;

/// The codes of the keys that are the same in most layouts.
pub(crate) fn other_keys(modifiers: Modifiers) -> Vec<(u8, u32)> {
    let shift = modifiers.shift();
    // Linux, whose keymaps `grub-mklayout` reads, has other uses for these with Shift.
    let unshifted = |code| if modifiers == Modifiers::Shift { 0 } else { code };
    let character = |c: char| u32::from(c);
    let mut keys = vec![
        (0x28, character('\n')),
        (0x29, 0x1b),
        (0x2a, 0x08),
        (0x2b, if shift { 0 } else { character('\t') }),
        (SPACE, character(' ')),
        (0x49, INSERT),
        (0x4a, HOME),
        (0x4b, unshifted(PAGE_UP)),
        (0x4c, DELETE),
        (0x4d, END),
        (0x4e, unshifted(PAGE_DOWN)),
        (0x4f, RIGHT),
        (0x50, LEFT),
        (0x51, DOWN),
        (0x52, UP),
    ];
    let held = match modifiers {
        Modifiers::None => 0,
        Modifiers::Shift => SHIFT,
        Modifiers::AltGr => ALT,
        Modifiers::ShiftAltGr => SHIFT | ALT,
    };
    let functions = [0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x40, 0x41, 0x42, 0x43, 0x44, 0x57, 0x58];
    keys.extend((0x3a..).zip(functions.map(|at: u32| EXTENDED | at | held)));
    keys.extend(keypad(modifiers));
    keys
}

/// The keypad. GRUB asks for the codes with Shift while NumLock is on.
fn keypad(modifiers: Modifiers) -> Vec<(u8, u32)> {
    // With AltGr, Linux makes hexadecimal digits of it, which GRUB has no use for.
    let unless_alone = |code| if modifiers == Modifiers::AltGr { 0 } else { code };
    let mut keys = vec![
        (DIVIDE, unless_alone('/'.into())),
        (MULTIPLY, unless_alone('*'.into())),
        (MINUS, unless_alone('-'.into())),
        (PLUS, unless_alone('+'.into())),
        (KEYPAD_ENTER, unless_alone('\n'.into())),
    ];
    let moves = [END, DOWN, PAGE_DOWN, LEFT, CENTRE, RIGHT, HOME, UP, PAGE_UP, INSERT];
    for (key, (digit, code)) in (KEYPAD_1..).zip("1234567890".chars().zip(moves)) {
        let digit = u32::from(digit);
        keys.push((key, unless_alone(if modifiers == Modifiers::None { code } else { digit })));
    }
    let point = if modifiers.shift() { u32::from('.') } else { DELETE };
    keys.extend([(DECIMAL, point), (KEYPAD_COMMA, point)]);
    keys
}
