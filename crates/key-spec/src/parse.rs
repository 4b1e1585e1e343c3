//! From text to a specification.

use crate::entry::Entry;
use crate::error::Error;
use crate::error::TextPosition;
use crate::iso::RawIso;
use crate::menu::Menu;
use crate::packages::Packages;
use crate::spec::{BootPartition, Esp, Isos, Key, Spec};
use crate::tree::{RawTree, Tree};
use core::ops::Range;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use spec_value::list;
use toml::Spanned;

/// The spec as it is written. Values that must agree with each other have their places in the text,
/// for messages.
#[derive(Deserialize, Default, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "bootkey spec", description = "A bootable USB key, as bootkey makes it.")]
pub(crate) struct RawSpec {
    key: Key,
    #[schemars(with = "BootPartition")]
    boot: Option<Spanned<BootPartition>>,
    esp: Esp,
    #[schemars(with = "Isos")]
    isos: Option<Spanned<Isos>>,
    menu: Menu,
    packages: Packages,
    #[serde(deserialize_with = "entries")]
    #[schemars(with = "Vec<RawIso>")]
    iso: Vec<Spanned<RawIso>>,
    #[serde(deserialize_with = "trees")]
    #[schemars(with = "Vec<RawTree>")]
    tree: Vec<Tree>,
    #[serde(deserialize_with = "by_hand")]
    entry: Vec<Entry>,
    xen: Option<xen_host::Description>,
}

fn entries<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Spanned<RawIso>>, D::Error> {
    list(d, "a table in double brackets, [[iso]], for each ISO")
}

fn by_hand<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Entry>, D::Error> {
    list(d, "a table in double brackets, [[entry]], for each entry")
}

fn trees<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Tree>, D::Error> {
    list(d, "a table in double brackets, [[tree]], for each directory or archive")
}

impl Spec {
    /// Reads a spec. `file` is what messages call it.
    ///
    /// # Errors
    /// [`Error`] says what is wrong, where, and what can be written instead.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let wrong = |span, message| Error::at(file, text, span, message);
        let raw: RawSpec = toml::from_str(text).map_err(|e| match list_of_keys(text) {
            Some(span) => wrong(span, LIST.to_owned()),
            None => Error::from_toml(file, text, e),
        })?;
        let labels = raw.isos.as_ref().map(Spanned::span).or(raw.boot.as_ref().map(Spanned::span));
        let (boot, isos) = (inner(raw.boot), inner(raw.isos));
        if let Some(span) = labels.filter(|_| boot.label == isos.label) {
            return Err(wrong(span, same_label(&boot)));
        }
        let mut iso = Vec::new();
        for entry in raw.iso {
            let span: Range<usize> = entry.span();
            let line = TextPosition::of(text, span.start).line;
            let entry = entry.into_inner().check(line);
            iso.push(entry.map_err(|what| wrong(span, format!("iso: {what}")))?);
        }
        let RawSpec { key, esp, menu, packages, tree, entry, xen, .. } = raw;
        Ok(Self { key, boot, esp, isos, menu, packages, iso, tree, entry, xen })
    }
}

const LIST: &str =
    "`[[key]]`: this is a list of keys, and no spec; `bootkey build --each` takes it";

/// The place of the first key, if this is a list of keys as `variations.rs` reads them.
fn list_of_keys(text: &str) -> Option<Range<usize>> {
    #[derive(Deserialize)]
    struct List {
        key: Spanned<Vec<toml::Table>>,
    }
    toml::from_str(text).ok().map(|list: List| list.key.span())
}

fn inner<T: Default>(table: Option<Spanned<T>>) -> T {
    table.map(Spanned::into_inner).unwrap_or_default()
}

fn same_label(boot: &BootPartition) -> String {
    format!(
        "isos.label: both partitions are called {:?}, and the menu finds them by their labels; \
         change one of them",
        boot.label.as_str()
    )
}
