//! Links between pages, and the table of contents.

use crate::markdown::{Page, pages, repository};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use testbench::plain_path;

/// The complaints about the links of some pages.
fn complaints(pages: &BTreeMap<PathBuf, String>) -> Vec<String> {
    let read: BTreeMap<&PathBuf, Page> =
        pages.iter().map(|(path, text)| (path, Page::read(text))).collect();
    let mut complaints = Vec::new();
    for (path, page) in &read {
        for link in &page.links {
            let mut complain = |what: &str| {
                complaints.push(format!("{}: {link}: {what}", path.display()));
            };
            if link.contains("://") || link.starts_with("mailto:") {
                continue; // other people's pages come and go
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match file.is_empty() {
                true => path.to_path_buf(),
                false => plain_path(&path.parent().unwrap().join(file)),
            };
            if path.starts_with("docs") && !target.starts_with("docs") {
                complain("leads out of the book");
            } else if !repository().join(&target).exists() && !read.contains_key(&target) {
                complain("is not there");
            } else if !anchor.is_empty()
                && read.get(&target).is_none_or(|page| !page.anchors.contains(anchor))
            {
                complain("no such heading");
            }
        }
    }
    complaints
}

#[test]
fn links_hold() {
    assert_eq!(complaints(&pages()), [""; 0]);
}

#[test]
fn broken_links_are_told() {
    let page = |text: &str| {
        let pages = [("docs/a.md", text), ("docs/b.md", "# B\n")];
        let pages = pages.map(|(path, text)| (PathBuf::from(path), text.to_owned()));
        complaints(&BTreeMap::from(pages))
    };
    assert_eq!(page("[x](b.md#b) [y](#a)\n\n# A\n"), [""; 0]);
    assert_eq!(page("[x](c.md)"), ["docs/a.md: c.md: is not there"]);
    assert_eq!(page("[x](b.md#c)"), ["docs/a.md: b.md#c: no such heading"]);
    assert_eq!(page("[x](../README.md)"), ["docs/a.md: ../README.md: leads out of the book"]);
}

/// mdBook shows the pages that the table of contents has, and no others.
#[test]
fn every_page_is_in_the_table_of_contents() {
    let pages = pages();
    let listed = Page::read(&pages[Path::new("docs/SUMMARY.md")]).links;
    let listed: Vec<PathBuf> = listed.iter().map(|link| Path::new("docs").join(link)).collect();
    let once: BTreeSet<&PathBuf> = listed.iter().collect();
    assert_eq!(once.len(), listed.len(), "a page is listed twice: {listed:?}");
    let book = pages.keys().filter(|path| path.starts_with("docs"));
    let book: BTreeSet<&PathBuf> = book.filter(|path| !path.ends_with("SUMMARY.md")).collect();
    assert_eq!(once, book);
}
