//! `*` and `?` in words, by the rules of GRUB's `wildcard.c`.
//!
//! A pattern is a word in which a backslash takes the meaning from what follows it.

use super::path::inside;
use crate::configs::budget::Spent;
use crate::configs::files::Files;

/// The paths that a pattern stands for; `None` when it is none, or nothing is called so.
pub(super) fn expand(pattern: &str, files: &mut dyn Files) -> Result<Option<Vec<String>>, Spent> {
    if !pattern.starts_with(['/', '(', '*']) || !is_pattern(pattern) {
        return Ok(None);
    }
    let mut paths = vec![String::new()];
    // Names are looked for behind the first pattern, and just put together before it.
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
                // A pattern for devices: we have one.
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

/// Whether it has a `*` or `?` that means something.
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

/// The text without the backslashes that take a meaning away.
pub(super) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let hex = |text: &str| text.bytes().take_while(u8::is_ascii_hexdigit).count() >= 2;
        match c {
            // `\x41` and its like are left to those who know them.
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

/// The text with a backslash before what would mean something.
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

/// Whether a pattern stands for the whole of a name.
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
    // Where the last `*` was, and how far it was taken to reach.
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
