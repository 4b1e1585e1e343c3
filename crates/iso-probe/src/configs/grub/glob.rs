//! Patterns with `*` and `?` for paths, by the rules of GRUB's `wildcard.c`.
//!
//! A character with a backslash before it stands for itself.

use super::path::inside;
use crate::configs::budget::Spent;
use crate::configs::files::Files;

/// The paths that match a pattern; `None` if it is no pattern, or nothing matches.
pub(super) fn expand(pattern: &str, files: &mut dyn Files) -> Result<Option<Vec<String>>, Spent> {
    if !pattern.starts_with(['/', '(', '*']) || !is_pattern(pattern) {
        return Ok(None);
    }
    let mut paths = vec![String::new()];
    // The parts before the first pattern are taken as they are; from there on, names are looked up.
    let mut globbed = false;
    for (n, part) in pattern.split_inclusive('/').enumerate() {
        let (name, slash) = match part.strip_suffix('/') {
            Some(name) => (name, "/"),
            None => (part, ""),
        };
        let mut next = Vec::new();
        for path in paths {
            if !is_pattern(name) {
                let longer = path + &unescape(name);
                if globbed {
                    files.budget().charge_bytes(longer.len())?;
                }
                if !globbed || exists(&longer, files) {
                    next.push(longer + slash);
                }
                continue;
            }
            if n == 0 {
                // A pattern for devices can match the one there is, the image.
                next.extend(matches(name, "(cd0)").then(|| "(cd0)".to_owned() + slash));
                continue;
            }
            let Some(directory) = inside(&path) else { continue };
            for found in files.names(&directory)? {
                files.budget().charge_bytes(name.len() * found.len())?;
                if matches(name, &found) {
                    files.budget().charge_bytes(path.len() + found.len())?;
                    next.push(format!("{path}{found}{slash}"));
                }
            }
        }
        globbed |= is_pattern(name);
        paths = next;
    }
    Ok((!paths.is_empty()).then_some(paths))
}

fn exists(path: &str, files: &dyn Files) -> bool {
    inside(path).is_some_and(|p| files.len(&p).is_some() || files.is_directory(&p))
}

/// Whether `text` has a `*` or `?` without a backslash.
fn is_pattern(text: &str) -> bool {
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => drop(chars.next()),
            '*' | '?' => return true,
            _ => {}
        }
    }
    false
}

/// The text without the backslashes that make other characters stand for themselves.
pub(super) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let hex = |text: &str| text.bytes().take_while(u8::is_ascii_hexdigit).count() >= 2;
        match c {
            // Forms like `\x41` are kept for the commands that understand them.
            '\\' if chars.peek() == Some(&'x')
                && hex(&chars.clone().skip(1).take(2).collect::<String>()) =>
            {
                out.push(c);
            }
            '\\' => out.extend(chars.next()),
            c => out.push(c),
        }
    }
    out
}

/// The text with a backslash before each character that has a meaning in patterns.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '?' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Whether a pattern matches the whole of a name.
fn matches(pattern: &str, name: &str) -> bool {
    // A character, or `None` for `*`; `?` is any character.
    let mut wanted: Vec<Option<(char, bool)>> = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        wanted.push(match c {
            '\\' => chars.next().map(|c| (c, false)),
            '*' => None,
            '?' => Some((c, true)),
            c => Some((c, false)),
        });
    }
    let name: Vec<char> = name.chars().collect();
    let (mut p, mut n) = (0, 0);
    // The place of the last `*` in the pattern, and the place in the name up to which it matched.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match wanted.get(p) {
            Some(None) => {
                star = Some((p, n));
                p += 1;
            }
            Some(Some((c, any))) if *any || *c == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match &mut star {
                Some((at, reach)) => {
                    *reach += 1;
                    (p, n) = (*at + 1, *reach);
                }
                None => return false,
            },
        }
    }
    wanted[p..].iter().all(Option::is_none)
}
