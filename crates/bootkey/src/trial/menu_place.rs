//! The place of an entry in a menu, by its title.

use crate::error::Error;
use iso_probe::OutlinedEntry;

/// The place of an entry, from the outermost menu on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MenuPlace {
    /// In each menu, the number of entries before the one that is chosen.
    pub(super) steps: Vec<usize>,
    /// The title of the first entry of the outermost menu.
    pub(super) first: String,
}

/// Finds an entry. `wanted` is its title or id; if these are several entries', with those of the
/// menus that it is in before it: `Debian>Text mode`.
///
/// # Errors
/// [`Error::NoEntry`] unless it is one entry.
pub(super) fn find(entries: &[OutlinedEntry], wanted: &str) -> Result<MenuPlace, Error> {
    let paths = paths(entries);
    let fits = |path: &&Vec<usize>| {
        let names = wanted.split('>').map(str::trim).rev();
        // OK to index: the paths are made of this list's own numbers.
        let own = path.iter().rev().map(|at| &entries[*at]);
        let is = |(entry, name): (&OutlinedEntry, &str)| {
            entry.title == name || entry.id.as_deref() == Some(name)
        };
        let whole = path.last().is_some_and(|at| is((&entries[*at], wanted)));
        let depth = wanted.split('>').count();
        whole || (depth <= path.len() && own.zip(names).all(is))
    };
    let found: Vec<&Vec<usize>> = paths.iter().filter(fits).collect();
    let [path] = found[..] else {
        let named = |path: &Vec<usize>| {
            path.iter().map(|at| entries[*at].title.as_str()).collect::<Vec<_>>().join(">")
        };
        let listed = if found.is_empty() { paths.iter().collect() } else { found };
        let have = listed.into_iter().map(named).collect();
        return Err(Error::NoEntry { title: wanted.to_owned(), have });
    };
    let before = |(level, at): (usize, &usize)| {
        let start = if level == 0 { 0 } else { path[level - 1] + 1 };
        entries[start..*at].iter().filter(|entry| entry.depth == level).count()
    };
    let steps = path.iter().enumerate().map(before).collect();
    Ok(MenuPlace { steps, first: entries.first().map_or_else(String::new, |e| e.title.clone()) })
}

/// Of each entry, the numbers of the menus that it is in, and its own.
fn paths(entries: &[OutlinedEntry]) -> Vec<Vec<usize>> {
    let mut within: Vec<usize> = Vec::new();
    let path = |(at, entry): (usize, &OutlinedEntry)| {
        within.truncate(entry.depth);
        within.push(at);
        within.clone()
    };
    entries.iter().enumerate().map(path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MENU: &str = "
        menuentry 'a' { linux /a }
        submenu 'b' {
            menuentry 'x' { linux /x }
            submenu 'y' { menuentry 'text' { linux /t } }
            menuentry 'z' { linux /z }
        }
        menuentry --id third 'c > d' { linux /c }
        submenu 'e' { menuentry 'x' { linux /x } }";

    fn place(wanted: &str) -> Result<Vec<usize>, String> {
        let entries = iso_probe::outline(MENU);
        find(&entries, wanted).map(|place| place.steps).map_err(|e| e.to_string())
    }

    #[test]
    fn an_entry_is_found_by_title_by_id_and_by_its_menus() {
        for (wanted, steps) in [
            ("a", &[0][..]),
            ("b", &[1]),
            ("z", &[1, 2]),
            ("text", &[1, 1, 0]),
            ("b > y > text", &[1, 1, 0]),
            ("b>x", &[1, 0]),
            ("e>x", &[3, 0]),
            ("third", &[2]),
            ("c > d", &[2]),
        ] {
            assert_eq!(place(wanted).as_deref(), Ok(steps), "{wanted}");
        }
    }

    #[test]
    fn what_is_none_or_several_is_an_error_that_lists_them() {
        let none = place("f").unwrap_err();
        assert!(none.contains("b>y>text"), "{none}");
        let two = place("x").unwrap_err();
        assert!(two.contains("b>x, e>x") && !two.contains("text"), "{two}");
        assert!(place("a>x").is_err() && place("z>b>x").is_err());
    }
}
