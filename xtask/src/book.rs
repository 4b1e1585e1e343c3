//! `cargo xtask book`: builds the book of `docs/` with mdBook, and checks the links of the pages that it made.
//!
//! The tests check the links of the Markdown; here it counts what readers get.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::sh::{self, Error, cargo};
use testbench::plain_path;

/// The version of mdBook.
const VERSION: &str = "0.5.4";

/// Builds the book into `target/book`, and checks it. mdBook is compiled for that if it is not there yet.
///
/// # Errors
/// When mdBook cannot be had or fails, or links lead nowhere; they are printed.
pub fn run() -> Result<(), Error> {
    let target = sh::root().join("target");
    let book = target.join("book");
    let mdbook = program(&target)?;
    sh::run(Command::new(mdbook).args(["build", "docs"]).current_dir(sh::root()))?;
    let mut pages = BTreeMap::new();
    read(&book, &book, &mut pages)?;
    let complaints = complaints(&pages, &|path| book.join(path).exists());
    complaints.iter().for_each(|complaint| eprintln!("{complaint}"));
    match complaints.len() {
        0 => {
            println!("{}: {} pages, all links hold", book.display(), pages.len());
            Ok(())
        }
        n => Err(Error::Objection(format!("{n} links of the book lead nowhere"))),
    }
}

/// mdBook's program, without what only `mdbook serve` and the search need.
fn program(target: &Path) -> Result<PathBuf, Error> {
    let tools = target.join("tools");
    let mdbook = tools.join("bin/mdbook");
    let version = Command::new(&mdbook).arg("--version").output();
    if version.is_ok_and(|v| String::from_utf8_lossy(&v.stdout).contains(VERSION)) {
        return Ok(mdbook);
    }
    let install = ["install", "mdbook", "--version", VERSION, "--locked", "--no-default-features"];
    let mut install_mdbook = cargo();
    install_mdbook.args(install).args(["--debug", "--root"]).arg(&tools);
    install_mdbook.env("CARGO_TARGET_DIR", tools.join("build"));
    sh::run(&mut install_mdbook)?;
    Ok(mdbook)
}

/// Reads the pages in a directory and below, by their paths from `root`.
fn read(root: &Path, dir: &Path, pages: &mut BTreeMap<PathBuf, String>) -> Result<(), Error> {
    for entry in std::fs::read_dir(dir).map_err(Error::io(dir))? {
        let path = entry.map_err(Error::io(dir))?.path();
        if path.is_dir() {
            read(root, &path, pages)?;
        } else if path.extension().is_some_and(|e| e == "html") {
            let text = std::fs::read_to_string(&path).map_err(Error::io(&path))?;
            pages.insert(path.strip_prefix(root).unwrap_or(&path).to_owned(), text);
        }
    }
    Ok(())
}

/// The complaints about the links of some pages; `exists` knows the files beside them.
fn complaints(
    pages: &BTreeMap<PathBuf, String>,
    exists: &dyn Fn(&Path) -> bool,
) -> BTreeSet<String> {
    let anchors: BTreeMap<&Path, BTreeSet<&str>> =
        pages.iter().map(|(path, text)| (path.as_path(), values(text, "id").collect())).collect();
    let mut complaints = BTreeSet::new();
    // The page for printing has all the others', and the one of an address that is not there is for any place.
    let pages = pages.iter().filter(|(path, _)| {
        ![Path::new("print.html"), Path::new("404.html")].contains(&path.as_path())
    });
    for (path, text) in pages {
        for link in values(text, "href").chain(values(text, "src")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            // Other people's pages come and go.
            if file.contains(':') || file.starts_with("//") {
                continue;
            }
            let mut target = match file {
                "" => path.clone(),
                file => plain_path(&path.parent().unwrap_or(Path::new("")).join(file)),
            };
            if target.extension().is_none() {
                target.push("index.html");
            }
            let holds = match anchors.get(target.as_path()) {
                Some(anchors) => anchor.is_empty() || anchors.contains(anchor),
                None => exists(&target) && anchor.is_empty(),
            };
            if !holds {
                complaints.insert(format!("{}: {link}", path.display()));
            }
        }
    }
    complaints
}

/// The values of an attribute, as mdBook writes it.
fn values<'a>(page: &'a str, attribute: &str) -> impl Iterator<Item = &'a str> {
    let pieces = page.split(&format!(" {attribute}=\"")).skip(1).collect::<Vec<_>>();
    pieces.into_iter().filter_map(|piece| Some(piece.split_once('"')?.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_lead_nowhere_are_told() {
        let b = r##"<h1 id="b">B</h1><a href="../a.html#a">A</a><a href="#b">b</a>"##;
        let told = |a: &str| {
            let pages = [("a.html", a), ("sub/b.html", b), ("sub/index.html", "")];
            let pages = pages.map(|(path, text)| (PathBuf::from(path), text.to_owned()));
            let exists = |path: &Path| path == Path::new("x.css");
            complaints(&pages.into(), &exists).into_iter().collect::<Vec<_>>()
        };
        let a = r#"<i id="a"><a href="https://x.example/y#z"><a href="sub/b.html#b"><a href="sub"><img src="x.css">"#;
        assert_eq!(told(a), [""; 0]);
        assert_eq!(told(&a.replace("#b", "#c")), ["a.html: sub/b.html#c"]);
        assert_eq!(told(&a.replace("x.css", "y.css")), ["a.html: y.css"]);
        assert_eq!(told(&a.replace("\"sub\"", "\"sub/README.html\"")), ["a.html: sub/README.html"]);
        assert_eq!(told(&a.replace("id=\"a\"", "")), ["sub/b.html: ../a.html#a"]);
    }
}
