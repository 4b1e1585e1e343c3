//! `regexp`: POSIX extended regular expressions, as menus use them.

use regex_lite::RegexBuilder;

/// Memory that an expression may take when it is compiled.
const MAX_BYTES: usize = 16 << 10;

/// The groups of the first match, the whole of it first; `None` when there is none.
pub(super) fn groups<'t>(pattern: &str, text: &'t str) -> Option<Vec<Option<&'t str>>> {
    let expression =
        RegexBuilder::new(pattern).dot_matches_new_line(true).size_limit(MAX_BYTES).build().ok()?;
    let captures = expression.captures(text)?;
    Some(captures.iter().map(|group| group.map(|group| group.as_str())).collect())
}
