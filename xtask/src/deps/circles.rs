//! The rule that files of a crate do not use each other in circles: to understand a file one has to
//! read only those it uses, and they do not lead back to it.
//!
//! The rule is the same for every two files. So a module may use its children, its siblings and
//! theirs, and what children share with their parent lies in a file below both, not in the parent:
//! `super::Thing` is fine where `mod.rs` only re-exports it. Code for tests may use what it likes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use super::metadata::Package;
use super::modules::{Modules, Unread, Use};

/// The circles in all crates of ours.
pub(crate) fn complaints(packages: &[Package]) -> Result<Vec<String>, Unread> {
    let mut complaints = Vec::new();
    for package in packages.iter().filter(|p| p.ours) {
        for root in &package.roots {
            complaints.extend(in_crate(root)?);
        }
    }
    Ok(complaints)
}

/// The circles in the library or program that starts with the file `root`: for each set of files
/// that lead to each other, the shortest way round.
fn in_crate(root: &Path) -> Result<Vec<String>, Unread> {
    let modules = Modules::read(root)?;
    let mut edges: BTreeMap<usize, BTreeMap<usize, &Use>> = BTreeMap::new();
    for used in &modules.uses {
        edges.entry(used.from).or_default().entry(used.to).or_insert(used);
    }
    let mut said = BTreeSet::new();
    let mut circles = Vec::new();
    for start in 0..modules.files.len() {
        let Some(circle) = shortest_circle(&edges, start) else { continue };
        if circle.iter().any(|step| said.contains(&step.from)) {
            continue;
        }
        said.extend(circle.iter().map(|step| step.from));
        let steps = circle.iter().map(|step| {
            let (from, to) = (&modules.files[step.from], &modules.files[step.to]);
            let to = root.parent().and_then(|src| to.strip_prefix(src).ok()).unwrap_or(to);
            format!("\n  {}:{} uses {} ({})", from.display(), step.line, step.path, to.display())
        });
        circles
            .push(format!("these files use each other in a circle:{}", steps.collect::<String>()));
    }
    Ok(circles)
}

/// The shortest way from a file back to itself, if there is any.
fn shortest_circle<'a>(
    edges: &BTreeMap<usize, BTreeMap<usize, &'a Use>>,
    start: usize,
) -> Option<Vec<&'a Use>> {
    let mut reached: BTreeMap<usize, &Use> = BTreeMap::new();
    let mut next = VecDeque::from([start]);
    while let Some(file) = next.pop_front() {
        for (to, used) in edges.get(&file).into_iter().flatten() {
            if !reached.contains_key(to) {
                reached.insert(*to, used);
                next.push_back(*to);
            }
        }
    }
    let mut circle = vec![*reached.get(&start)?];
    while circle[circle.len() - 1].from != start {
        circle.push(reached[&circle[circle.len() - 1].from]);
    }
    circle.reverse();
    Some(circle)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The circles of a crate that is made of these files.
    fn circles(files: &[(&str, &str)]) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let said = in_crate(&dir.path().join("lib.rs")).unwrap();
        let dir = format!("{}/", dir.path().display());
        said.iter().map(|circle| circle.replace(&dir, "")).collect()
    }

    #[test]
    fn files_that_lead_nowhere_back_are_fine() {
        let files = [
            (
                "lib.rs",
                "mod a; mod b; mod error; pub use error::Error; pub use b::B; pub use other;",
            ),
            (
                "a.rs",
                "//! Uses b.\nuse crate::{B, Error};\nfn f() { super::b::c::f(); crate::other::f() }",
            ),
            ("b/mod.rs", "pub mod c; mod d; pub use d::D; pub struct B; fn f() { c::f() }"),
            ("b/c.rs", "use super::D; pub fn f() {}"),
            ("b/d.rs", "pub struct D(std::error::Error, other::a::A);"),
            ("error.rs", "pub enum Error {}\n#[cfg(test)] mod tests { use crate::a; }"),
        ];
        assert_eq!(circles(&files), [""; 0]);
    }

    #[test]
    fn a_circle_is_named_by_its_files_and_lines() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "pub struct A;\n\nuse crate::b::B;"),
            ("b.rs", "pub struct B;\nfn f() { format!(\"{}\", crate::c::f(1)) }"),
            ("c.rs", "pub fn f() {\n  let _ = super::a::A;\n}"),
        ];
        let expected = "these files use each other in a circle:\
                        \n  a.rs:3 uses crate::b::B (b.rs)\
                        \n  b.rs:2 uses crate::c::f (c.rs)\
                        \n  c.rs:2 uses super::a::A (a.rs)";
        assert_eq!(circles(&files), [expected]);
    }

    #[test]
    fn every_way_to_name_something_counts() {
        for (way, file) in [
            ("use super::*;", "lib.rs"),
            ("use super::A as B;", "lib.rs"),
            ("type A = crate::A;", "lib.rs"),
            ("use crate::{a, A};", "lib.rs"),
            ("use crate as root; fn f() -> root::A {}", "lib.rs"),
            ("mod inner { use super::super::A; }", "lib.rs"),
            ("macro_rules! m { () => { $crate::A } }", "lib.rs"),
            ("impl crate::A { fn f() {} }", "lib.rs"),
            ("fn f() -> Vec<crate::A> {}", "lib.rs"),
            ("fn f() { crate::m!() }", "lib.rs"),
            ("#[derive(crate::A)] struct S;", "lib.rs"),
            ("use crate::again::Below;", "a/below.rs"),
            ("use crate::again::*;", "again.rs"),
        ] {
            let files = [
                (
                    "lib.rs",
                    "mod a; mod again; use a::S; pub struct A; #[macro_export] macro_rules! m { () => {} }",
                ),
                ("a.rs", &*format!("mod below; {way} pub struct S;")),
                ("a/below.rs", "use super::S; pub struct Below;"),
                ("again.rs", "pub use crate::a::below::*; use crate::a::S;"),
            ];
            let said = circles(&files);
            assert_eq!(said.len(), 1, "{way}: {said:?}");
            assert!(said[0].contains(&format!("({file})")), "{way}: {said:?}");
            assert_eq!(said[0].lines().count(), 3, "{way}: {said:?}");
        }
    }

    #[test]
    fn this_very_workspace_has_none() {
        let packages = super::super::metadata::read().unwrap();
        assert!(packages.iter().any(|p| p.ours && !p.roots.is_empty()));
        assert_eq!(complaints(&packages).unwrap(), [""; 0]);
    }
}
