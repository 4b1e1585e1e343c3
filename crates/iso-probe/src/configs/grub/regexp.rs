//! The command `regexp`: POSIX extended regular expressions, as menus use them.

use regex_lite::RegexBuilder;

/// The number of bytes of memory that a compiled expression may take.
const MAX_BYTES: usize = 16 << 10;

/// The groups of the first match, the whole match first; `None` if nothing matches.
pub(super) fn groups<'t>(pattern: &str, text: &'t str) -> Option<Vec<Option<&'t str>>> {
    let expression =
        RegexBuilder::new(pattern).dot_matches_new_line(true).size_limit(MAX_BYTES).build().ok()?;
    let captures = expression.captures(text)?;
    Some(captures.iter().map(|group| group.map(|group| group.as_str())).collect())
}
