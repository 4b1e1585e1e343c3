//! GRUB's keymaps: what `grub-mklayout` makes of a keyboard's description, made from a table.
//!
//! A keymap is used by GRUB's own drivers of keyboards (`at_keyboard`) alone. Where the firmware
//! reads the keyboard, as under UEFI, its layout is the firmware's.
//!
//! ```
//! let german = grub_keymap::keymap("de").unwrap();
//! assert_eq!(&german[..8], b"GRUBLAYO");
//! assert!(grub_keymap::keymap("xx").is_none());
//! ```

mod keys;

use keys::{CHARACTERS, DELETE, Modifiers, other_keys};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The first bytes of a keymap: its magic, and the version of the format.
const MAGIC: &[u8; 8] = b"GRUBLAYO";
const VERSION: u32 = 10;
/// Keys in a keymap, by their numbers on USB.
const KEYS: usize = 160;

/// A layout in the table.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Layout {
    plain: [String; 4],
    shift: [String; 4],
    altgr: [String; 4],
    shift_altgr: [String; 4],
    space: Option<String>,
    divide: Option<String>,
    multiply: Option<String>,
    minus: Option<String>,
    decimal: Option<String>,
    ro: Option<String>,
    yen: Option<String>,
}

static TABLE: LazyLock<BTreeMap<String, Layout>> = LazyLock::new(|| {
    toml::from_str(include_str!("../layouts.toml"))
        .expect("OK to unwrap: the text is a constant, and a test reads it")
});

/// The names of the layouts.
pub fn layouts() -> impl Iterator<Item = &'static str> {
    TABLE.keys().map(String::as_str)
}

/// The keymap of a layout, as a file for GRUB's command `keymap`; `None` if the table does not have
/// the layout.
pub fn keymap(layout: &str) -> Option<Vec<u8>> {
    TABLE.get(layout).map(Layout::file)
}

impl Layout {
    /// The file: for each combination of modifiers a code for each key.
    fn file(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend(VERSION.to_le_bytes());
        for modifiers in Modifiers::ALL {
            out.extend(self.codes(modifiers).into_iter().flat_map(u32::to_le_bytes));
        }
        out
    }

    fn codes(&self, modifiers: Modifiers) -> [u32; KEYS] {
        let mut codes = [0; KEYS];
        let mut set = |key: u8, code: u32| codes[usize::from(key)] = code;
        for (key, code) in other_keys(modifiers) {
            set(key, code);
        }
        let rows = match modifiers {
            Modifiers::None => &self.plain,
            Modifiers::Shift => &self.shift,
            Modifiers::AltGr => &self.altgr,
            Modifiers::ShiftAltGr => &self.shift_altgr,
        };
        for (key, character) in CHARACTERS.iter().zip(rows.iter().flat_map(|row| row.chars())) {
            set(*key, code(character));
        }
        let special = [
            (keys::SPACE, &self.space),
            (keys::DIVIDE, &self.divide),
            (keys::MULTIPLY, &self.multiply),
            (keys::MINUS, &self.minus),
            (keys::DECIMAL, &self.decimal),
            (keys::RO, &self.ro),
            (keys::YEN, &self.yen),
        ];
        for (key, characters) in special {
            let given = characters.as_ref().and_then(|c| c.chars().nth(modifiers as usize));
            if let Some(character) = given {
                set(key, code(character));
            }
        }
        codes
    }
}

/// The code of a character in the table.
fn code(character: char) -> u32 {
    match character {
        '∅' => 0,
        '␡' => DELETE,
        character => character.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_have_a_character_for_each_key() {
        for (name, layout) in TABLE.iter() {
            let Layout { plain, shift, altgr, shift_altgr, .. } = layout;
            for rows in [plain, shift, altgr, shift_altgr] {
                let counts = rows.each_ref().map(|row| row.chars().count());
                assert_eq!(counts, [13, 12, 12, 11], "{name}: {rows:?}");
            }
            let Layout { space, divide, multiply, minus, decimal, ro, yen, .. } = layout;
            for four in [space, divide, multiply, minus, decimal, ro, yen].into_iter().flatten() {
                assert_eq!(four.chars().count(), 4, "{name}: {four:?}");
            }
            assert_eq!(layout.file().len(), 12 + 4 * 4 * KEYS);
        }
    }
}
