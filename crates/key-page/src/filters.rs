//! The filters of templates of pages: texts from outside, without what acts on the text around them.

use askama::{Result, Values};
use core::fmt::Display;

/// A text from outside, in one line.
#[askama::filter_fn]
pub fn shown(text: impl Display, _: &dyn Values) -> Result<String> {
    Ok(shown_text::shown(&text.to_string()))
}

/// A text from outside, with its lines.
#[askama::filter_fn]
pub fn shown_lines(text: impl Display, _: &dyn Values) -> Result<String> {
    Ok(shown_text::shown_lines(&text.to_string()))
}
