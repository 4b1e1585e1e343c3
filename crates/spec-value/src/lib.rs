//! The values that all parts of a spec are made of: texts with limits, and lists. The error for a
//! value that is refused says what can be written instead; the parser of the whole spec adds where
//! the value stands.
//!
//! ```
//! let error = spec_value::Line::try_from("a\nb".to_owned()).unwrap_err();
//! assert_eq!(error, "the text contains the control character '\\n'; leave it out");
//! ```

extern crate self as spec_value; // for the macro `text`, which names it

mod list;
mod text;

pub use list::list;
pub use text::{FileName, Line};

#[doc(hidden)]
pub use {schemars, serde};
