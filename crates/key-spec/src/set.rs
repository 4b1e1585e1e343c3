//! Single values of a spec, changed by their keys.

use crate::error::Error;
use crate::spec::Spec;
use toml::{Table, Value};

impl Spec {
    /// The spec with some values changed by assignments such as `menu.timeout=3`, `key.size=64GiB`
    /// or `iso.0.title=Debian`. A value that is no TOML is taken as text; an empty value removes
    /// the key, so that its default counts.
    ///
    /// # Errors
    /// A message that names the assignment, and says what can be written instead.
    pub fn with<S: AsRef<str>>(&self, assignments: &[S]) -> Result<Self, String> {
        let mut table = table_of(self)?;
        for assignment in assignments {
            assign(&mut table, assignment.as_ref())?;
        }
        respelled(table).map_err(|e| e.to_string())
    }
}

/// The spec as a table of TOML.
pub(crate) fn table_of(spec: &Spec) -> Result<Table, String> {
    toml::from_str(&spec.to_toml()).map_err(|e| e.to_string())
}

/// The spec that a table of TOML describes.
pub(crate) fn respelled(table: Table) -> Result<Spec, Error> {
    const NAME: &str = "the changed spec";
    let text = toml::to_string(&Value::Table(table));
    let text = text.map_err(|e| Error::at(NAME, "", 0..0, e.to_string()))?;
    let mut spec = Spec::parse(NAME, &text)?;
    // No line is kept: these are lines of a text that the user has never seen.
    spec.iso.iter_mut().for_each(|iso| iso.line = None);
    Ok(spec)
}

fn assign(table: &mut Table, assignment: &str) -> Result<(), String> {
    let wrong = |why: &str| format!("{assignment:?}: {why}; write one such as menu.timeout=3");
    let (key, value) = assignment.split_once('=').ok_or_else(|| wrong("it has no `=`"))?;
    let mut steps: Vec<&str> = key.trim().split('.').collect();
    let last = steps.pop().filter(|last| !last.is_empty());
    let last = last.ok_or_else(|| wrong("it names no key"))?;
    if steps.is_empty() {
        return Err(wrong("it names a table, not a key"));
    }
    let mut steps = steps.into_iter().peekable();
    let mut at = table;
    while let Some(step) = steps.next() {
        let number = steps.peek().and_then(|next| next.parse::<usize>().ok());
        let next = match number {
            Some(_) => at.get_mut(step),
            None => Some(at.entry(step).or_insert_with(|| Value::Table(Table::new()))),
        };
        at = match (next, number) {
            (Some(Value::Array(items)), Some(number)) => {
                steps.next();
                let item = items.get_mut(number).and_then(Value::as_table_mut);
                item.ok_or_else(|| wrong("there is no table of that number (the first is 0)"))?
            }
            (Some(Value::Table(table)), None) => table,
            (Some(Value::Array(_)), None) => {
                return Err(wrong("it does not say which: add a number, as in iso.0.title"));
            }
            _ => return Err(wrong("there is no such table")),
        };
    }
    let value = value.trim();
    if value.is_empty() {
        at.remove(last);
        return Ok(());
    }
    let parsed = toml::from_str::<Table>(&format!("x = {value}"));
    let parsed = parsed.ok().filter(|table| table.len() == 1).and_then(|mut t| t.remove("x"));
    at.insert(last.to_owned(), parsed.unwrap_or_else(|| value.into()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AutoSize, Size, Timeout};

    fn spec() -> Spec {
        let text = "[menu]\ntimeout = 9\n[[iso]]\npath = \"a.iso\"\n[[iso]]\npath = \"b.iso\"\n";
        Spec::parse("x", text).unwrap()
    }

    #[test]
    fn values_are_toml_or_text() {
        let with = |assignment: &str| spec().with(&[assignment]).unwrap();
        assert_eq!(with("menu.timeout=3").menu.timeout, Timeout::Seconds(3));
        assert_eq!(with("menu.timeout = none").menu.timeout, Timeout::Forever);
        assert_eq!(with("menu.timeout=").menu.timeout, Timeout::Seconds(5));
        assert_eq!(with("key.size=64GiB").key.size, AutoSize::Fixed(Size(64 << 30)));
        assert_eq!(with("key.firmware=[\"bios\"]").key.firmware.len(), 1);
        let title = with("iso.1.title=A = B").iso[1].title.clone();
        assert_eq!(title.unwrap().as_str(), "A = B");
        let hash = with("menu.password.hash=grub.pbkdf2.x").menu.password.unwrap().hash;
        assert_eq!(hash.as_str(), "grub.pbkdf2.x");
        let both = spec().with(&["menu.serial=true", "menu.extra='x'"]).unwrap().menu;
        assert_eq!((both.serial, both.extra.as_deref()), (true, Some("x")));
    }

    #[test]
    fn what_cannot_be_is_said() {
        let error = |assignment: &str| spec().with(&[assignment]).unwrap_err();
        for (assignment, why) in [
            ("menu.timeout", "it has no `=`"),
            ("=3", "it names no key"),
            ("menu=3", "it names a table"),
            ("iso.title=x", "it does not say which"),
            ("iso.2.title=x", "no table of that number"),
            ("menu.0.x=1", "no such table"),
            ("menu.timeout=soon", "number of seconds"),
            ("menu.colour=red", "unknown key `colour`"),
            ("nothing.at=all", "unknown key `nothing`"),
        ] {
            assert!(error(assignment).contains(why), "{}", error(assignment));
        }
    }
}
