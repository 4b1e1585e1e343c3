//! Values that a spec is made of, whoever describes what it is about: texts with limits, and lists.
//! What is refused is told with what can be written instead; where it stands, whoever reads the
//! whole spec adds.
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
pub use serde;
