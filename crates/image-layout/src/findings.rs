//! The findings of a check: what is wrong with something in an image, in words.

/// Most findings that are kept.
const MOST: usize = 200;

/// The findings of a check, the first ones first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    /// The faults in words; at most 200 of them.
    pub list: Vec<String>,
    /// The number of findings beyond those.
    pub more: u64,
}

impl Findings {
    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Adds a finding.
    pub fn push(&mut self, what: impl Into<String>) {
        match self.list.len() {
            MOST.. => self.more += 1,
            _ => self.list.push(what.into()),
        }
    }
}
