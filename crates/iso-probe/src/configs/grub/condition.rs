//! The commands `test` and `[`, by the rules of GRUB's `test.c`: words are read from left to right,
//! three at a time if they make a comparison. A word by itself is true unless it is empty.

use super::path::inside;
use crate::configs::files::Files;

/// The number of parentheses that may be inside each other, as in GRUB.
const MAX_DEPTH: usize = 100;

/// Whether the condition in the words of a `test` holds.
pub(super) fn test(words: &[String], files: &dyn Files) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let words = words.strip_suffix(&["]"]).unwrap_or(&words);
    Test { words, at: 0, depth: 0, files }.parse()
}

struct Test<'w, 'f> {
    words: &'w [&'w str],
    at: usize,
    depth: usize,
    files: &'f dyn Files,
}

impl Test<'_, '_> {
    fn parse(&mut self) -> bool {
        let (mut or, mut and, mut invert) = (false, true, false);
        while let Some(rest) = self.words.get(self.at..).filter(|rest| !rest.is_empty()) {
            let compared = match rest {
                [a, operator, b, ..] => self.compare(a, operator, b),
                _ => None,
            };
            let (truth, taken) = match (compared, rest) {
                (Some(truth), _) => (truth, 3),
                (None, ["-d" | "-e" | "-f" | "-s" | "-n" | "-z", word, ..]) => {
                    (self.unary(rest[0], word), 2)
                }
                (None, [")", ..]) => {
                    self.at += 1;
                    self.depth = self.depth.saturating_sub(1);
                    return or || and;
                }
                (None, ["(", ..]) => {
                    self.at += 1;
                    self.depth += 1;
                    if self.depth > MAX_DEPTH {
                        return or || and;
                    }
                    (self.parse(), 0)
                }
                (None, ["!", ..]) => {
                    invert = !invert;
                    self.at += 1;
                    continue;
                }
                (None, ["-a", ..]) => {
                    self.at += 1;
                    continue;
                }
                (None, ["-o", ..]) => {
                    or |= and;
                    and = true;
                    self.at += 1;
                    continue;
                }
                (None, [word, ..]) => (!word.is_empty(), 1),
                (None, []) => break,
            };
            self.at += taken;
            and &= truth != invert;
            invert = false;
        }
        or || and
    }

    fn unary(&self, operator: &str, word: &str) -> bool {
        let path = inside(word.trim_end_matches('/'));
        let root = matches!(word.trim_end_matches('/'), "" | "(cd0)");
        let file = || path.as_ref().and_then(|p| self.files.len(p));
        let directory = || root || path.as_ref().is_some_and(|p| self.files.is_directory(p));
        match operator {
            "-d" => directory(),
            "-e" => file().is_some() || directory(),
            "-f" => file().is_some(),
            "-s" => file().is_some_and(|len| len > 0),
            "-n" => !word.is_empty(),
            _ => word.is_empty(),
        }
    }

    fn compare(&self, a: &str, operator: &str, b: &str) -> Option<bool> {
        let exists = |word: &str| self.unary("-e", word);
        Some(match operator {
            "=" | "==" => a == b,
            "!=" => a != b,
            "<" => a < b,
            "<=" => a <= b,
            ">" => a > b,
            ">=" => a >= b,
            "-eq" => number(a) == number(b),
            "-ne" => number(a) != number(b),
            "-lt" => number(a) < number(b),
            "-le" => number(a) <= number(b),
            "-gt" => number(a) > number(b),
            "-ge" => number(a) >= number(b),
            "-pgt" | "-plt" => {
                let (a, b) = behind_common_prefix(a, b);
                if operator == "-pgt" {
                    unsigned(a) > unsigned(b)
                } else {
                    unsigned(a) < unsigned(b)
                }
            }
            // The times of files are not known here.
            _ if operator.starts_with("-nt") => exists(a) && !exists(b),
            _ if operator.starts_with("-ot") => !exists(a) && exists(b),
            _ => return None,
        })
    }
}

/// The two texts without what they have in common at their beginnings. If they differ within a
/// number, all digits of that number are kept.
fn behind_common_prefix<'a>(a: &'a str, b: &'a str) -> (&'a str, &'a str) {
    let common = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let digits = a.bytes().take(common).rev().take_while(u8::is_ascii_digit).count();
    // As an exception, a number at the very start of both is kept from its second digit on only.
    let at = if digits == common { common.min(1) } else { common - digits };
    (a.get(at..).unwrap_or_default(), b.get(at..).unwrap_or_default())
}

fn number(text: &str) -> i32 {
    match text.strip_prefix('-') {
        Some(text) => (unsigned(text) as i32).wrapping_neg(),
        None => unsigned(text) as i32,
    }
}

/// The number that a text starts with, as C's `strtoul` reads it with base 0.
pub(super) fn unsigned(text: &str) -> u64 {
    let text = text.trim_start();
    let (digits, base) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&text[2..], 16),
        [b'0', ..] => (text, 8),
        _ => (text, 10),
    };
    let digits = digits.chars().map_while(|c| c.to_digit(base));
    digits.fold(0u64, |n, d| n.saturating_mul(base.into()).saturating_add(d.into()))
}
