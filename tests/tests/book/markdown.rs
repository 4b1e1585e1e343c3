//! The pages, and what is in them.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// All pages: those of the book, and the README, by their paths in the repository.
pub(crate) fn pages() -> BTreeMap<PathBuf, String> {
    let mut pages = BTreeMap::new();
    let mut open = vec![PathBuf::from("docs")];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(repository().join(&directory)).unwrap() {
            let path = directory.join(entry.unwrap().file_name());
            if repository().join(&path).is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "md") {
                pages.insert(path.clone(), fs::read_to_string(repository().join(path)).unwrap());
            }
        }
    }
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    pages.insert("README.md".into(), readme);
    assert!(pages.len() > 30, "{}", pages.len());
    pages
}

/// What a page has.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// The targets of its links and pictures.
    pub(crate) links: Vec<String>,
    /// The names by which links lead to its headings, as GitHub and mdBook make them.
    pub(crate) anchors: BTreeSet<String>,
    /// Its code blocks, each with what it says to be.
    pub(crate) code: Vec<(String, String)>,
}

impl Page {
    pub(crate) fn read(text: &str) -> Self {
        let mut page = Self::default();
        let mut heading: Option<String> = None;
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push(dest_url.into_string());
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    page.anchor(&heading.take().unwrap_or_default());
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                    page.code.push((language.into_string(), String::new()));
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => {
                    page.code.push(Default::default());
                }
                Event::Text(text) | Event::Code(text) if heading.is_some() => {
                    heading.as_mut().unwrap().push_str(&text);
                }
                Event::Text(text) => {
                    if let Some((_, code)) = page.code.last_mut() {
                        code.push_str(&text);
                    }
                }
                Event::End(TagEnd::CodeBlock) => page.code.push(Default::default()),
                _ => {}
            }
        }
        // An empty one stands behind each, to keep other text out.
        page.code.retain(|(_, code)| !code.is_empty());
        page
    }

    fn anchor(&mut self, heading: &str) {
        let kept = |c: &char| c.is_alphanumeric() || " -_".contains(*c);
        let name: String = heading.to_lowercase().chars().filter(kept).collect();
        let name = name.replace(' ', "-");
        let numbered = (1..).map(|n| format!("{name}-{n}"));
        let mut names = [name.clone()].into_iter().chain(numbered);
        self.anchors.insert(names.find(|name| !self.anchors.contains(name)).unwrap());
    }
}

#[test]
fn a_page_is_read() {
    let page = Page::read(
        "# A `b` & c!\n\n[x](y.md#z) ![p](q.png)\n\n## A b  c\n\n## A b  c\n\ntext\n\n```console\n$ a\nb\n```\nmore\n",
    );
    assert_eq!(page.links, ["y.md#z", "q.png"]);
    assert_eq!(page.anchors.iter().collect::<Vec<_>>(), ["a-b--c", "a-b--c-1", "a-b--c-2"]);
    assert_eq!(page.code[0], ("console".to_owned(), "$ a\nb\n".to_owned()));
}
