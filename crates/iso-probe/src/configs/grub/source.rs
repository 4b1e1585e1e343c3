//! The texts that are run, and places in them.

use super::parse::Span;
use std::ops::Range;
use std::rc::Rc;

/// A text, with where it comes from.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) file: Rc<str>,
    pub(super) text: Rc<str>,
    /// The number of its first line in the file.
    pub(super) first_line: usize,
}

impl Source {
    /// The line of byte `at`, counted from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        let before = self.text.as_bytes().iter().take(at);
        self.first_line + before.filter(|b| **b == b'\n').count()
    }

    /// The text at a place.
    pub(super) fn at(&self, span: &Span) -> &str {
        self.text.get(range(span)).unwrap_or_default()
    }
}

/// A place as a range that can index a text.
pub(super) fn range(span: &Span) -> Range<usize> {
    span.start as usize..span.end as usize
}
