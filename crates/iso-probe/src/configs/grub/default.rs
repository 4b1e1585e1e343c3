//! The item that the variable `default` chooses, by the rules of GRUB's `menu.c`.

use super::condition::unsigned;
use crate::configs::menu::Item;

/// The number of the item that `default` chooses; the first if it names none of them.
pub(super) fn choose(default: &str, items: &[Item]) -> usize {
    let numeric = default.trim_start().starts_with(|c: char| c.is_ascii_digit());
    let chosen = if numeric {
        usize::try_from(unsigned(default)).ok()
    } else {
        let head = head(default);
        items.iter().position(|item| item.title == head || item.id == head)
    };
    chosen.filter(|n| *n < items.len()).unwrap_or(0)
}

/// The part of `default` for this menu, up to the first single `>`; `>>` stands for the character.
fn head(default: &str) -> String {
    let end = separator(default).unwrap_or(default.len());
    default[..end].replace(">>", ">")
}

/// The part of `default` for the submenu that it chooses here, behind the first single `>`.
pub(super) fn tail(default: &str) -> Option<&str> {
    let tail = &default[separator(default)? + 1..];
    (!tail.is_empty()).then_some(tail)
}

/// The place of the first `>` that is not doubled.
fn separator(default: &str) -> Option<usize> {
    let bytes = default.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'>', Some(b'>')) => at += 2,
            (b'>', _) => return Some(at),
            _ => at += 1,
        }
    }
    None
}
