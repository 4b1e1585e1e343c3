//! The modules of a crate, and which of its files use something defined in which others.
//!
//! Names are resolved as rustc does, as far as that matters here: from the module in which a path
//! stands, through `use` and `pub use`, globs included, to the file in which the thing is defined.
//! So `crate::Error` leads to `error.rs` where `lib.rs` re-exports it from there. A path that leads
//! out of the crate, or to what a macro makes, leads nowhere; calls of methods are not seen.

use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree};

/// The source files of a library or program, and what they use of each other.
#[derive(Debug, Default)]
pub(crate) struct Modules {
    /// The files, the root first.
    pub files: Vec<PathBuf>,
    /// Every path in one file to something that is defined in another; tests are left out.
    pub uses: Vec<Use>,
    modules: Vec<Module>,
}

/// A path in a file that leads to another file.
#[derive(Debug)]
pub(crate) struct Use {
    /// The index of the file in which it stands.
    pub from: usize,
    /// The line in that file.
    pub line: usize,
    /// The path as it is written, such as `super::Options`.
    pub path: String,
    /// The index of the file it leads to.
    pub to: usize,
}

/// The error of reading a crate's files.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unread {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{}:{}: {source}", path.display(), source.span().start().line)]
    Syntax { path: PathBuf, source: syn::Error },
    #[error("{}: no file for `mod {name}`", path.display())]
    NoFile { path: PathBuf, name: String },
}

/// A module: a file's, or one inside a file.
#[derive(Debug)]
struct Module {
    file: usize,
    parent: Option<usize>,
    /// The module's names, each with its meaning.
    names: Vec<(String, Meaning)>,
    /// The modules that `use …::*` takes names from.
    globs: Vec<Vec<String>>,
    /// Every path that stands in the module, with its line.
    paths: Vec<(usize, Vec<String>)>,
}

#[derive(Debug, Clone)]
enum Meaning {
    Module(usize),
    /// Something that is defined in the file with this index.
    Item(usize),
    Import(Vec<String>),
}

/// The thing that a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lead {
    /// Something that the file with this index defines.
    File(usize),
    /// Something in another crate.
    Outside,
    /// Nothing: the module has no such name.
    Unknown,
}

impl Modules {
    /// Reads the files from the root on: `src/lib.rs`, `src/main.rs`.
    pub fn read(root: &Path) -> Result<Self, Unread> {
        let mut modules = Self::default();
        let children = root.parent().unwrap_or(Path::new("")).to_owned();
        modules.read_file(root.to_owned(), &children, None)?;
        for module in 0..modules.modules.len() {
            let from = modules.modules[module].file;
            for (line, path) in &modules.modules[module].paths {
                if let Lead::File(to) = modules.resolve(module, path, 0)
                    && to != from
                {
                    let path = path.join("::");
                    modules.uses.push(Use { from, line: *line, path, to });
                }
            }
        }
        Ok(modules)
    }

    /// Reads a file; the files of its modules lie in the folder `children`.
    fn read_file(
        &mut self,
        path: PathBuf,
        children: &Path,
        parent: Option<usize>,
    ) -> Result<usize, Unread> {
        let io = |source| Unread::Io { path: path.clone(), source };
        let text = std::fs::read_to_string(&path).map_err(io)?;
        let parsed = syn::parse_file(&text);
        let parsed = parsed.map_err(|source| Unread::Syntax { path: path.clone(), source })?;
        self.files.push(path);
        self.read_module(&parsed.items, self.files.len() - 1, children, parent)
    }

    fn read_module(
        &mut self,
        items: &[Item],
        file: usize,
        children: &Path,
        parent: Option<usize>,
    ) -> Result<usize, Unread> {
        let this = self.modules.len();
        let (names, globs, paths) = Default::default();
        self.modules.push(Module { file, parent, names, globs, paths });
        for item in items.iter().filter(|item| !only_in_tests(attributes(item))) {
            let mut paths = Paths::default();
            paths.visit_item(item);
            self.modules[this].paths.append(&mut paths.0);
            let (name, meaning) = match item {
                Item::Mod(module) => {
                    let name = module.ident.to_string();
                    let children = children.join(&name);
                    let read = match &module.content {
                        Some((_, items)) => self.read_module(items, file, &children, Some(this))?,
                        None => {
                            let files = [children.with_extension("rs"), children.join("mod.rs")];
                            let path = files.into_iter().find(|path| path.is_file());
                            let parent = self.files[file].clone();
                            let path = path.ok_or_else(|| Unread::NoFile {
                                path: parent,
                                name: name.clone(),
                            })?;
                            self.read_file(path, &children, Some(this))?
                        }
                    };
                    (Some(name), Meaning::Module(read))
                }
                Item::Use(item) => {
                    for (name, path) in flat(&item.tree) {
                        match name.as_deref() {
                            Some("*") => self.modules[this].globs.push(path),
                            Some("_") | None => {}
                            Some(name) => self.name(this, name, Meaning::Import(path)),
                        }
                    }
                    (None, Meaning::Item(file))
                }
                Item::Macro(item) => {
                    let name = item.ident.as_ref().map(ToString::to_string);
                    let exported = item.attrs.iter().any(|a| a.path().is_ident("macro_export"));
                    if let (true, Some(name)) = (exported, &name) {
                        self.name(0, name, Meaning::Item(file));
                    }
                    (name, Meaning::Item(file))
                }
                item => (defined(item), Meaning::Item(file)),
            };
            if let Some(name) = name {
                self.name(this, &name, meaning);
            }
        }
        Ok(this)
    }

    fn name(&mut self, module: usize, name: &str, meaning: Meaning) {
        self.modules[module].names.push((name.to_owned(), meaning));
    }

    /// The lead of a path in a module.
    fn resolve(&self, from: usize, path: &[String], depth: u32) -> Lead {
        let up = |module: usize| self.modules[module].parent;
        let (first, mut rest) = path.split_first().map_or(("", path), |(s, rest)| (s, rest));
        let mut module = match first {
            "crate" => Some(0),
            "self" => Some(from),
            "super" => up(from),
            _ => return self.below(from, path, depth),
        };
        while let Some(("super", tail)) = rest.split_first().map(|(s, tail)| (s.as_str(), tail)) {
            (module, rest) = (module.and_then(up), tail);
        }
        module.map_or(Lead::Unknown, |module| self.inside(module, rest, depth))
    }

    /// The lead of `path` below a module of this crate. A name that is not found there is taken for
    /// one that a macro makes in that module.
    fn inside(&self, module: usize, path: &[String], depth: u32) -> Lead {
        match path {
            [] => Lead::File(self.modules[module].file),
            path => match self.below(module, path, depth) {
                Lead::Unknown => Lead::File(self.modules[module].file),
                lead => lead,
            },
        }
    }

    /// The lead of `path`, whose first name is one of `module`.
    fn below(&self, module: usize, path: &[String], depth: u32) -> Lead {
        // Longer chains of re-exports are circles: `use a::a`, where `a` is another crate.
        let Some((name, rest)) = path.split_first().filter(|_| depth <= 16) else {
            return Lead::Unknown;
        };
        let named = |wanted: fn(&Meaning) -> bool| {
            let mut names = self.modules[module].names.iter();
            names.find(|(n, meaning)| n == name && wanted(meaning)).map(|(_, meaning)| meaning)
        };
        let is_module = |meaning: &Meaning| matches!(meaning, Meaning::Module(_));
        let no_module = |meaning: &Meaning| !matches!(meaning, Meaning::Module(_));
        // A function may be named like a module beside it; only a module has names in it.
        let meaning = if rest.is_empty() {
            named(no_module).or_else(|| named(is_module))
        } else {
            named(is_module).or_else(|| named(no_module))
        };
        match meaning {
            Some(Meaning::Item(file)) => Lead::File(*file),
            Some(Meaning::Module(below)) => self.inside(*below, rest, depth),
            Some(Meaning::Import(path)) => {
                let path: Vec<String> = path.iter().chain(rest).cloned().collect();
                match self.resolve(module, &path, depth + 1) {
                    Lead::Unknown => Lead::Outside,
                    lead => lead,
                }
            }
            None => {
                let globs = self.modules[module].globs.iter();
                let sources = globs.filter_map(|glob| self.module(module, glob, depth + 1));
                let leads = sources.filter(|source| *source != module);
                let mut leads = leads.map(|source| self.below(source, path, depth + 1));
                leads.find(|lead| *lead != Lead::Unknown).unwrap_or(Lead::Unknown)
            }
        }
    }

    /// The module that a path leads to.
    fn module(&self, from: usize, path: &[String], depth: u32) -> Option<usize> {
        if depth > 16 {
            return None;
        }
        path.iter().enumerate().try_fold(from, |module, (nth, name)| match name.as_str() {
            "crate" if nth == 0 => Some(0),
            "self" if nth == 0 => Some(module),
            "super" => self.modules[module].parent,
            name => self.modules[module].names.iter().filter(|(n, _)| n == name).find_map(
                |(_, meaning)| match meaning {
                    Meaning::Module(below) => Some(*below),
                    Meaning::Import(path) => self.module(module, path, depth + 1),
                    Meaning::Item(_) => None,
                },
            ),
        })
    }
}

/// Whether `#[cfg(test)]` or `#[cfg(all(test, …))]` is among an item's attributes.
fn only_in_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().filter(|a| a.path().is_ident("cfg")).any(|a| {
        let condition = a.meta.require_list().map(|list| list.tokens.to_string());
        let condition = condition.unwrap_or_default().replace(' ', "");
        condition == "test" || condition.starts_with("all(test,")
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(i) => &i.attrs,
        Item::Enum(i) => &i.attrs,
        Item::Fn(i) => &i.attrs,
        Item::Impl(i) => &i.attrs,
        Item::Macro(i) => &i.attrs,
        Item::Mod(i) => &i.attrs,
        Item::Static(i) => &i.attrs,
        Item::Struct(i) => &i.attrs,
        Item::Trait(i) => &i.attrs,
        Item::Type(i) => &i.attrs,
        Item::Union(i) => &i.attrs,
        Item::Use(i) => &i.attrs,
        _ => &[],
    }
}

/// The name that an item defines.
fn defined(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(i) => &i.ident,
        Item::Enum(i) => &i.ident,
        Item::Fn(i) => &i.sig.ident,
        Item::Static(i) => &i.ident,
        Item::Struct(i) => &i.ident,
        Item::Trait(i) => &i.ident,
        Item::Type(i) => &i.ident,
        Item::Union(i) => &i.ident,
        _ => return None,
    };
    Some(name.to_string())
}

/// The names that a `use` brings, and their paths; `*` for all that is in the path.
fn flat(tree: &UseTree) -> Vec<(Option<String>, Vec<String>)> {
    match tree {
        UseTree::Path(path) => {
            let mut below = flat(&path.tree);
            for (name, rest) in &mut below {
                if rest.is_empty() && name.as_deref() == Some("self") {
                    *name = Some(path.ident.to_string());
                }
                rest.insert(0, path.ident.to_string());
            }
            below
        }
        UseTree::Name(name) if name.ident == "self" => vec![(Some("self".to_owned()), Vec::new())],
        UseTree::Name(name) => vec![(Some(name.ident.to_string()), vec![name.ident.to_string()])],
        UseTree::Rename(name) => {
            let path = Some(name.ident.to_string()).filter(|name| name != "self");
            vec![(Some(name.rename.to_string()), path.into_iter().collect())]
        }
        UseTree::Glob(_) => vec![(Some("*".to_owned()), Vec::new())],
        UseTree::Group(group) => group.items.iter().flat_map(flat).collect(),
    }
}

/// Collects the paths in an item, with their lines.
#[derive(Debug, Default)]
struct Paths(Vec<(usize, Vec<String>)>);

impl Paths {
    /// Paths among the tokens of a macro's call or definition.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let (mut line, mut colons) = (0, 0);
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.push(line, std::mem::take(&mut path));
                        line = name.span().start().line;
                    }
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                other => {
                    self.push(line, std::mem::take(&mut path));
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
        }
        self.push(line, path);
    }

    fn push(&mut self, line: usize, path: Vec<String>) {
        if path.len() > 1 {
            self.0.push((line, path));
        }
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item(&mut self, item: &'ast Item) {
        // Modules have paths of their own.
        if !only_in_tests(attributes(item)) && !matches!(item, Item::Mod(_)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !only_in_tests(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let line = item.use_token.span.start().line;
        for (_, path) in flat(&item.tree) {
            self.0.push((line, path));
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if path.leading_colon.is_none() {
            self.push(path.segments[0].ident.span().start().line, names);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        visit::visit_macro(self, call);
        self.tokens(call.tokens.clone());
    }

    /// A visibility says who may use something, and uses nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
    }
}
