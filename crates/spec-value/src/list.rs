//! Lists, with an error that shows how to write one.

use core::fmt;
use core::marker::PhantomData;
use serde::{Deserialize, Deserializer, de};

/// Reads a list; `how` says how one is written.
///
/// # Errors
/// When it is none, or an item is not what it should be.
pub fn list<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    d: D,
    how: &'static str,
) -> Result<Vec<T>, D::Error> {
    d.deserialize_seq(Visitor { how, item: PhantomData })
}

struct Visitor<T> {
    how: &'static str,
    item: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Visitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.how)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element()? {
            all.push(item);
        }
        Ok(all)
    }
}
