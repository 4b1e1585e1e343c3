//! `moddep.lst`: which module needs which, and the order in which they must load.

use crate::Error;
use crate::readable::readable;
use std::collections::BTreeMap;

/// A longer line is refused by GRUB's own tools since 2.12.
const LONGEST_LINE: usize = 1024;

/// The parsed file: lines `name: dep dep …`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModuleDependencies {
    needs: BTreeMap<String, Vec<String>>,
}

/// The state of a module in the making of the closure.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// Its dependencies are being added.
    Open,
    /// The module is in the list now.
    Added,
}

impl ModuleDependencies {
    /// Parses the text of `moddep.lst`.
    ///
    /// # Errors
    /// [`Error::BadModdep`] with the line's number, counted from 1.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        let mut needs = BTreeMap::new();
        for (i, line) in text.split(|b| *b == b'\n').enumerate() {
            let bad = |reason: &str| Error::BadModdep { line: i + 1, reason: reason.to_owned() };
            if line.len() > LONGEST_LINE {
                return Err(bad("the line is longer than 1024 bytes"));
            }
            let line = str::from_utf8(line).map_err(|_| bad("the line is not text"))?.trim();
            if line.is_empty() {
                continue;
            }
            let (name, deps) =
                line.split_once(':').ok_or_else(|| bad("no colon behind the module's name"))?;
            let name = module_name(name.trim()).map_err(|e| bad(&e.to_string()))?;
            let deps = deps.split_ascii_whitespace().map(module_name).collect::<Result<_, _>>();
            let deps: Vec<String> = deps.map_err(|e| bad(&e.to_string()))?;
            if needs.insert(name, deps).is_some() {
                return Err(bad("the module has a line already"));
            }
        }
        Ok(Self { needs })
    }

    /// The modules asked for and all they need, in GRUB's order: the requested ones as given,
    /// each preceded by its dependencies, which are taken from the last on its line to the first.
    /// A directory in front and `.mod` behind a requested name are dropped.
    ///
    /// # Errors
    /// [`Error::BadModuleName`], [`Error::ModuleCircle`].
    pub fn closure(&self, requested: &[&str]) -> Result<Vec<String>, Error> {
        let mut order = Vec::new();
        let mut marks: BTreeMap<String, Mark> = BTreeMap::new();
        for name in requested {
            // The path from the requested module down to the one being added, each with the
            // number of its dependencies still to be looked at. No recursion: the depth is the
            // file's choice.
            let mut path: Vec<(String, usize)> = Vec::new();
            let mut next = Some(module_name(name)?);
            loop {
                if let Some(name) = next.take() {
                    match marks.get(&name) {
                        Some(Mark::Added) => {}
                        Some(Mark::Open) => return Err(circle(&path, &name)),
                        None => {
                            marks.insert(name.clone(), Mark::Open);
                            let left = self.of(&name).len();
                            path.push((name, left));
                        }
                    }
                }
                let Some((name, left)) = path.last_mut() else { break };
                if let Some(i) = left.checked_sub(1) {
                    *left = i;
                    next = self.of(name).get(i).cloned();
                } else if let Some((name, _)) = path.pop() {
                    marks.insert(name.clone(), Mark::Added);
                    order.push(name);
                }
            }
        }
        Ok(order)
    }

    /// The modules that a module needs directly; none if the file does not mention it.
    pub fn of(&self, module: &str) -> &[String] {
        self.needs.get(module).map_or(&[], Vec::as_slice)
    }
}

fn circle(path: &[(String, usize)], again: &str) -> Error {
    let names = path.iter().map(|(n, _)| n.as_str()).skip_while(|n| *n != again);
    let names: Vec<&str> = names.chain([again]).collect();
    Error::ModuleCircle { circle: readable(&names.join(" → ")) }
}

/// `/some/where/ext2.mod` → `ext2`.
fn module_name(name: &str) -> Result<String, Error> {
    let base = name.rsplit('/').next().unwrap_or(name);
    let base = base.strip_suffix(".mod").unwrap_or(base);
    if base.is_empty() || base.chars().any(|c| c.is_whitespace() || c.is_control() || c == ':') {
        return Err(Error::BadModuleName { name: readable(name) });
    }
    Ok(base.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(text: &str, requested: &[&str]) -> Result<Vec<String>, Error> {
        ModuleDependencies::parse(text.as_bytes()).unwrap().closure(requested)
    }

    #[test]
    fn dependencies_come_first_from_the_last_on_the_line() {
        let text = "a: b c\nb: d\nc:\n\nd: c\n";
        assert_eq!(order(text, &["a"]).unwrap(), ["c", "d", "b", "a"]);
        assert_eq!(order(text, &["d", "/x/a.mod", "a"]).unwrap(), ["c", "d", "b", "a"]);
        // A module without a line has no dependencies.
        assert_eq!(order(text, &["unknown"]).unwrap(), ["unknown"]);
    }

    #[test]
    fn circles_are_named() {
        let e = order("x: a\na: b\nb: c\nc: a\n", &["x"]).unwrap_err();
        assert_eq!(e, Error::ModuleCircle { circle: "a → b → c → a".to_owned() });
        assert!(order("a: a\n", &["a"]).is_err());
    }

    #[test]
    fn depth_costs_no_stack() {
        use std::fmt::Write as _;
        let mut text = String::new();
        for i in 0..200_000 {
            writeln!(text, "m{i}: m{}", i + 1).unwrap();
        }
        let order = order(&text, &["m0"]).unwrap();
        assert_eq!((order.len(), order[0].as_str()), (200_001, "m200000"));
    }

    #[test]
    fn bad_lines_are_refused_with_their_number() {
        let long = format!("ok:\nlong: {}\n", "x ".repeat(600));
        for (text, line) in [
            (&b"a: b\nno colon\n"[..], 2),
            (b"a:\na: b\n", 2),
            (b": b\n", 1),
            (b"a: .mod\n", 1),
            (b"a: \xff\n", 1),
            (b"a b: c\n", 1),
            (long.as_bytes(), 2),
        ] {
            match ModuleDependencies::parse(text) {
                Err(Error::BadModdep { line: at, .. }) => assert_eq!(at, line),
                other => panic!("{other:?}"),
            }
        }
        for name in ["", "/", ".mod", "x/.mod", "two words"] {
            assert!(order("", &[name]).is_err(), "{name:?}");
        }
    }
}
