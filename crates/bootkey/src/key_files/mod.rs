//! The files on a key: listed, read, taken out, without mounting anything.

mod extract;
mod list;
mod place;
mod places;

pub use extract::{Extracted, Overwrite, extract};
pub use list::{Listed, Listing, json, list, text};
pub use place::Place;
pub use places::{PartitionPlace, places, places_json, places_text};
