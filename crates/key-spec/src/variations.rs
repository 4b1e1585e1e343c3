//! Variations of a spec: the list of many keys that one spec is the base of.

use crate::error::Error;
use crate::set::{respelled, table_of};
use crate::spec::Spec;
use core::ops::Range;
use serde::{Deserialize, Deserializer};
use spec_value::{FileName, Line, list};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::{Spanned, Table, Value};

/// The list of keys that are made from one spec: each has a name, and what differs from the spec.
#[derive(Debug, Clone)]
pub struct Variations {
    /// The path of the spec, relative to the list; `None` if the list names none.
    pub base: Option<PathBuf>,
    /// The keys, in the list's order. No two have one name.
    pub keys: Vec<Variation>,
    file: String,
    text: String,
}

/// The differences of one key of a list from the others.
#[derive(Debug, Clone)]
pub struct Variation {
    /// The name, which can be a file's and stands on one line.
    pub name: String,
    /// The values in place of the spec's, by the spec's own keys.
    values: Table,
    /// The place in the list's text.
    span: Range<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawList {
    spec: Option<PathBuf>,
    #[serde(default, deserialize_with = "keys")]
    key: Vec<Spanned<Table>>,
}

fn keys<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Spanned<Table>>, D::Error> {
    list(d, "a table in double brackets, [[key]], for each key")
}

impl Variations {
    /// Reads a list. `file` is what messages call it.
    ///
    /// # Errors
    /// [`Error`] says what is wrong, where, and what can be written instead.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let raw: RawList = toml::from_str(text).map_err(|e| Error::from_toml(file, text, e))?;
        let wrong = |span, message: String| Error::at(file, text, span, message);
        let mut keys: Vec<Variation> = Vec::new();
        let mut lines = BTreeMap::new();
        for key in raw.key {
            let span = first_line(text, key.span());
            let key = Variation::of(key.into_inner(), span.clone());
            let key = key.map_err(|what| wrong(span.clone(), what))?;
            if let Some(first) = lines.insert(key.name.clone(), span.start) {
                let line = crate::error::TextPosition::of(text, first).line;
                let what = format!("name: the key of line {line} is called {:?} too", key.name);
                return Err(wrong(span, what));
            }
            keys.push(key);
        }
        if keys.is_empty() {
            let what = "there is no key in the list; write [[key]] and a name = for each";
            return Err(wrong(0..0, what.to_owned()));
        }
        Ok(Self { base: raw.spec, keys, file: file.to_owned(), text: text.to_owned() })
    }

    /// The spec of a key of this list: that of `base` with the key's own values, as by
    /// [`Spec::with`]. Tables in double brackets follow those of the base. The key is called as in
    /// the list, unless its values say otherwise.
    ///
    /// # Errors
    /// [`Error`] points at the key in the list.
    pub fn spec_of(&self, key: &Variation, base: &Spec) -> Result<Spec, Error> {
        let wrong = |what: String| {
            let what = format!("key {:?}: {what}", key.name);
            Error::at(&self.file, &self.text, key.span.clone(), what)
        };
        let mut table = table_of(base).map_err(wrong)?;
        put_name(&mut table, &key.name);
        merge(&mut table, &key.values, &mut Vec::new()).map_err(wrong)?;
        respelled(table).map_err(|e| match e {
            // The place is one in a text that nobody has seen.
            Error::Parse { message, .. } => wrong(message),
        })
    }

    /// The path of the spec, if the list names one: it starts from the list's own directory.
    #[must_use]
    pub fn base_beside(&self, directory: &Path) -> Option<PathBuf> {
        self.base.as_ref().map(|base| directory.join(base))
    }
}

impl Variation {
    fn of(mut values: Table, span: Range<usize>) -> Result<Self, String> {
        const EXAMPLE: &str = "write one such as name = \"north-school\"";
        let name = match values.remove("name") {
            Some(Value::String(name)) => name,
            Some(_) => return Err(format!("name: it is no text; {EXAMPLE}")),
            None => return Err(format!("missing key `name`; {EXAMPLE}")),
        };
        let fits = Line::try_from(name.clone())
            .and_then(|_| FileName::try_from(name.clone()))
            .map_err(|what| format!("name: {what}"));
        fits.map(|_| Self { name, values, span })
    }
}

/// The part of `span` on its first line.
fn first_line(text: &str, span: Range<usize>) -> Range<usize> {
    let len = text.get(span.clone()).and_then(|t| t.lines().next()).map_or(0, str::len);
    span.start..span.start + len
}

fn put_name(spec: &mut Table, name: &str) {
    let key = spec.entry("key").or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(key) = key {
        key.insert("name".to_owned(), name.into());
    }
}

/// Puts values into a spec's table. `at` has the keys that lead to it.
fn merge<'a>(spec: &mut Table, values: &'a Table, at: &mut Vec<&'a str>) -> Result<(), String> {
    for (key, value) in values {
        at.push(key);
        match (spec.get_mut(key), value) {
            (Some(Value::Table(old)), Value::Table(new)) => merge(old, new, at)?,
            (Some(Value::Array(old)), Value::Table(new)) => {
                for (number, value) in new {
                    at.push(number);
                    let item = number.parse::<usize>().ok().and_then(|n| old.get_mut(n));
                    match (item, value) {
                        (Some(Value::Table(old)), Value::Table(new)) => merge(old, new, at)?,
                        _ => {
                            let at = at.join(".");
                            return Err(format!(
                                "{at}: the spec has no table of that number (the first is 0)"
                            ));
                        }
                    }
                    at.pop();
                }
            }
            (Some(Value::Array(old)), Value::Array(new)) if are_tables(new) => {
                old.extend(new.iter().cloned());
            }
            _ => {
                spec.insert(key.clone(), value.clone());
            }
        }
        at.pop();
    }
    Ok(())
}

/// Whether a list is one of tables, as double brackets make it.
fn are_tables(items: &[Value]) -> bool {
    !items.is_empty() && items.iter().all(Value::is_table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AutoSize, Size};

    const BASE: &str = "[key]\nname = \"base\"\n[menu]\ntimeout = 9\nserial = true\n\
                        [[iso]]\npath = \"a.iso\"\n[[iso]]\npath = \"b.iso\"\n";

    fn base() -> Spec {
        Spec::parse("key.toml", BASE).unwrap()
    }

    fn only(text: &str) -> Result<Spec, Error> {
        let list = Variations::parse("sites.toml", text)?;
        list.spec_of(&list.keys[0], &base())
    }

    #[test]
    fn values_are_those_that_set_would_give() {
        let of_list = only(
            "[[key]]\nname = \"n\"\nmenu.timeout = 3\nkey.size = \"1GiB\"\niso.1.title = \"B\"\n",
        );
        let assignments = ["key.name=n", "menu.timeout=3", "key.size=1GiB", "iso.1.title=B"];
        assert_eq!(of_list.unwrap(), base().with(&assignments).unwrap());
        let named = only("[[key]]\nname = \"n\"\nkey.name = \"other\"\n").unwrap();
        assert_eq!(named.name(), "other");
        let large = only("[[key]]\nname = \"n\"\n[key.key]\nsize = \"2GiB\"\n").unwrap();
        assert_eq!(large.key.size, AutoSize::Fixed(Size(2 << 30)));
    }

    #[test]
    fn tables_in_double_brackets_follow_and_other_lists_replace() {
        let more = only("[[key]]\nname = \"n\"\n[[key.iso]]\npath = \"c.iso\"\n").unwrap();
        let alone = format!("{BASE}[[iso]]\npath = \"c.iso\"\n").replace("\"base\"", "\"n\"");
        let alone = Spec::parse("key.toml", &alone).unwrap();
        assert_eq!(more.to_toml(), alone.to_toml());
        let other = only("[[key]]\nname = \"n\"\niso = []\nkey.firmware = [\"uefi-x64\"]\n");
        let other = other.unwrap();
        assert!(other.iso.is_empty() && other.key.firmware.len() == 1);
        let tree = "[[key]]\nname = \"n\"\n[[key.tree]]\nfrom = \"t\"\nto = \"isos:/\"\n";
        assert_eq!(only(tree).unwrap().tree.len(), 1);
    }

    #[test]
    fn what_cannot_be_is_said_with_its_place() {
        for (text, why) in [
            ("", "sites.toml:1:1: there is no key in the list"),
            ("[key]\nname = \"x\"\n", "a table in double brackets, [[key]]"),
            ("[[key]]\nmenu.timeout = 3\n", "sites.toml:1:1: missing key `name`"),
            ("[[key]]\nname = 3\n", "name: it is no text"),
            ("[[key]]\nname = \"a/b\"\n", "contains a slash"),
            ("[[key]]\nname = \"..\"\n", "is no file name"),
            ("[[key]]\nname = \"a\\nb\"\n", "control character"),
            (
                "[[key]]\nname = \"a\"\n[[key]]\nname = \"a\"\n",
                "sites.toml:3:1: name: the key of line 1 is",
            ),
            ("[[key]]\nname = \"a\"\nmenu.colour = 1\n", "key \"a\": menu: unknown key `colour`"),
            ("[[key]]\nname = \"a\"\niso.2.title = \"x\"\n", "iso.2: the spec has no table"),
            ("[[key]]\nname = \"a\"\nmenu.timeout = \"soon\"\n", "number of seconds"),
            ("specs = \"x\"\n", "unknown key `specs`"),
        ] {
            let error = only(text).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
