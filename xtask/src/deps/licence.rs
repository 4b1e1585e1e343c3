//! SPDX licence expressions, and whether allowed licences alone satisfy one.

/// Licences under which a binary may be shipped with nothing but a notice.
pub(crate) const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0", // of data: the certificates of the authorities that Mozilla trusts
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
    "bzip2-1.0.6",
];

/// Whether `expression` can be satisfied. `A/B` is crates.io's old way to write `A OR B`, and an
/// exception (`WITH …`) only ever permits more.
pub(crate) fn allowed(expression: &str) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    any(&mut rest) == Some(true) && rest.is_empty()
}

/// `all (OR all)*`
fn any(rest: &mut &[&str]) -> Option<bool> {
    let mut fine = all(rest)?;
    while let ["OR", tail @ ..] = *rest {
        *rest = tail;
        fine |= all(rest)?;
    }
    Some(fine)
}

/// `one (AND one)*`
fn all(rest: &mut &[&str]) -> Option<bool> {
    let mut fine = one(rest)?;
    while let ["AND", tail @ ..] = *rest {
        *rest = tail;
        fine &= one(rest)?;
    }
    Some(fine)
}

/// `( any )`, or a licence with or without an exception.
fn one(rest: &mut &[&str]) -> Option<bool> {
    match *rest {
        ["(", tail @ ..] => {
            *rest = tail;
            let fine = any(rest)?;
            let [")", tail @ ..] = *rest else { return None };
            *rest = tail;
            Some(fine)
        }
        [id, "WITH", _, tail @ ..] | [id, tail @ ..] => {
            *rest = tail;
            Some(ALLOWED.contains(id))
        }
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::allowed;

    #[test]
    fn a_choice_needs_one_and_a_union_all() {
        assert!(allowed("MIT"));
        assert!(allowed("MIT/Apache-2.0"));
        assert!(allowed("MIT OR GPL-3.0-only"));
        assert!(allowed("MIT OR Apache-2.0 OR LGPL-2.1-or-later"));
        assert!(allowed("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(allowed("Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT"));
        assert!(!allowed("GPL-3.0-only"));
        assert!(!allowed("MIT AND GPL-3.0-only"));
        assert!(!allowed("MIT AND (GPL-2.0-only OR LGPL-2.1-only)"));
        assert!(!allowed("GPL-2.0-only WITH Classpath-exception-2.0"));
    }

    #[test]
    fn what_is_no_expression_is_not_allowed() {
        for text in ["", "MIT OR", "(MIT", "MIT)", "MIT MIT", "OR"] {
            assert!(!allowed(text), "{text:?}");
        }
    }
}
