//! Menu entry ids made from any text, without collisions.

use crate::{Error, Id};
use std::collections::{BTreeMap, BTreeSet};

/// The ids of one menu.
///
/// ```
/// let mut ids = grub_config::IdSet::new();
/// assert_eq!(ids.slug("Debian 12 (netinst).iso").as_str(), "debian-12-netinst.iso");
/// assert_eq!(ids.slug("debian 12 [netinst].ISO").as_str(), "debian-12-netinst.iso-2");
/// assert_eq!(ids.slug("12.iso").as_str(), "e-12.iso");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IdSet {
    taken: BTreeSet<Id>,
    /// The next number to try for a slug that is taken.
    next: BTreeMap<String, u64>,
}

/// Longest slug before a number is added, in bytes.
const MAX: usize = 48;

impl IdSet {
    /// A set without any id.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds exactly this id and returns it.
    ///
    /// # Errors
    /// [`Error::IdTaken`] when another entry has it.
    pub fn claim(&mut self, id: Id) -> Result<Id, Error> {
        if self.taken.insert(id.clone()) { Ok(id) } else { Err(Error::IdTaken(id.to_string())) }
    }

    /// An id that looks like `text` and that no other entry has: lower case; what an id cannot
    /// hold becomes `-`; `-2`, `-3`… when it is taken.
    pub fn slug(&mut self, text: &str) -> Id {
        let base = slug(text);
        let number = self.next.entry(base.clone()).or_insert(1);
        loop {
            let candidate = if *number == 1 { base.clone() } else { format!("{base}-{number}") };
            *number += 1;
            // A slug is an id by construction; the loop also ends because the set is finite.
            if let Ok(id) = Id::new(&candidate)
                && self.taken.insert(id.clone())
            {
                return id;
            }
        }
    }
}

fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if out.len() == MAX {
            break;
        }
        match c.to_ascii_lowercase() {
            c @ ('a'..='z' | '0'..='9' | '_' | '.') => out.push(c),
            _ if out.ends_with('-') || out.is_empty() => {}
            _ => out.push('-'),
        }
    }
    let out = out.replace("-.", ".");
    let out = out.trim_end_matches(['-', '.']);
    match out.bytes().next() {
        Some(b'a'..=b'z') => out.to_owned(),
        Some(_) => format!("e-{out}"),
        None => "entry".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_ids_and_differ() {
        let mut ids = IdSet::new();
        let texts =
            ["", "---", "7abc", "_x", "日本", "a>b", "a-b", "A B", "x\n$y'", &"z".repeat(99)];
        let slugs: Vec<String> = texts.iter().map(|t| ids.slug(t).to_string()).collect();
        assert_eq!(
            slugs,
            [
                "entry",
                "entry-2",
                "e-7abc",
                "e-_x",
                "entry-3",
                "a-b",
                "a-b-2",
                "a-b-3",
                "x-y",
                &"z".repeat(MAX)
            ]
        );
        // A numbered slug does not run into somebody's own id either.
        assert_eq!(ids.slug("a-b-2").as_str(), "a-b-2-2");
        assert!(matches!(ids.claim(Id::new("a-b").unwrap()), Err(Error::IdTaken(_))));
        assert!(ids.claim(Id::new("A-b").unwrap()).is_ok(), "ids are compared case-sensitively");
    }
}
