//! The options whose value is a word from a closed set. The values are read, and errors told, by the types
//! themselves; here it is only said which words there are, for the completions of shells.

use bootkey::Format;
use bootkey::each::Engine;
use bootkey::key_spec::{Filesystem, Firmware, Table};
use bootkey::trial::Bus;
use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command};
use core::str::FromStr;
use std::ffi::OsStr;

/// The parser of an option's word.
#[derive(Debug, Clone)]
pub(crate) struct Word<T> {
    words: Vec<&'static str>,
    parse: fn(&str) -> Result<T, String>,
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for Word<T> {
    type Value = T;

    fn parse_ref(
        &self,
        command: &Command,
        option: Option<&Arg>,
        value: &OsStr,
    ) -> Result<T, clap::Error> {
        self.parse.parse_ref(command, option, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.words.iter().map(PossibleValue::new)))
    }
}

pub(crate) fn firmware() -> Word<Firmware> {
    Word { words: Firmware::ALL.iter().map(|f| f.as_str()).collect(), parse: Firmware::from_str }
}

pub(crate) fn table() -> Word<Table> {
    Word { words: Table::ALL.iter().map(|t| t.as_str()).collect(), parse: Table::from_str }
}

/// The word for a file system, which is read with the other options that win over the spec.
pub(crate) fn filesystem() -> Word<String> {
    let words = Filesystem::ALL.iter().map(|f| f.as_str()).collect();
    Word { words, parse: |word| Ok(word.to_owned()) }
}

pub(crate) fn format() -> Word<Format> {
    Word { words: Format::ALL.into_iter().map(Format::name).collect(), parse: Format::from_str }
}

pub(crate) fn bus() -> Word<Bus> {
    Word { words: names(&Bus::ALL), parse: |name| named(&Bus::ALL, name) }
}

pub(crate) fn engine() -> Word<Engine> {
    Word { words: names(&Engine::ALL), parse: |name| named(&Engine::ALL, name) }
}

fn names<T>(all: &[(&'static str, T)]) -> Vec<&'static str> {
    all.iter().map(|(name, _)| *name).collect()
}

/// The value that has a name.
fn named<T: Copy>(all: &[(&'static str, T)], name: &str) -> Result<T, String> {
    let found = all.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    found.ok_or_else(|| format!("there are {}", names(all).join(", ")))
}
