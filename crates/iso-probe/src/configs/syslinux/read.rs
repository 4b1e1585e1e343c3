//! The reading of a configuration's lines into labels, by the rules of `readconfig.c`.

use crate::configs::budget::Spent;
use crate::configs::files::{Files, join};
use crate::configs::menu::Trouble;

/// The number of files that may include each other, and of menus that may be inside each other.
const MAX_DEPTH: usize = 8;

/// The kind of program that a label starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Type {
    /// The kind that the end of the program's name says.
    #[default]
    Kernel,
    Linux,
    Com32,
    Config,
    /// A boot sector, a disk image, or the local disk.
    Other,
}

/// A label: an entry, with what it starts and what the menu shows.
#[derive(Debug, Clone, Default)]
pub(super) struct Label {
    pub(super) name: String,
    pub(super) title: Option<String>,
    pub(super) kind: Type,
    pub(super) kernel: String,
    pub(super) append: Option<String>,
    pub(super) initrd: Option<String>,
    pub(super) default: bool,
    pub(super) hidden: bool,
    /// Whether the label cannot be chosen, or only leads to another menu or a text.
    pub(super) disabled: bool,
    /// The number of the menu that the label opens, if it opens one.
    pub(super) submenu: Option<usize>,
    pub(super) line: (String, usize),
}

/// A menu: its labels, and its place among other menus.
#[derive(Debug, Default)]
pub(super) struct Submenu {
    /// The number of the menu that this one is in, and of the levels between it and the first.
    parent: usize,
    depth: usize,
    /// The number of the label that opens the menu.
    opener: Option<usize>,
    /// The numbers of the menu's labels.
    pub(super) labels: Vec<usize>,
}

/// A configuration that was read: its labels, menus and settings.
#[derive(Debug, Default)]
pub(super) struct Config {
    pub(super) labels: Vec<Label>,
    /// The menus. The first is the one that is shown.
    pub(super) menus: Vec<Submenu>,
    /// The command line that is run if nobody chooses; it may start the program that shows the
    /// menu.
    pub(super) default: String,
    /// The program that shows the menu, with its arguments.
    pub(super) ui: Option<String>,
    pub(super) on_timeout: Option<String>,
    /// The parameters of an `append` outside of any label.
    pub(super) append: String,
}

struct Reader<'f> {
    files: &'f mut dyn Files,
    here: &'f str,
    config: Config,
    /// The current menu, and the current label, to which lines apply.
    menu: usize,
    label: Option<Label>,
    trouble: Option<Trouble>,
}

/// Reads files, one after the other.
pub(super) fn read(
    files: &mut dyn Files,
    paths: &[String],
    here: &str,
) -> (Config, Option<Trouble>) {
    let config = Config { menus: vec![Submenu::default()], ..Config::default() };
    let mut reader = Reader { files, here, config, menu: 0, label: None, trouble: None };
    for path in paths {
        if reader.file(path, 0).is_err() {
            reader.note((path.clone(), 1), "it takes more work than a menu should".to_owned());
            break;
        }
    }
    reader.end_label();
    (reader.config, reader.trouble)
}

/// The first word of a line, in lower case, and what follows.
fn split(line: &str) -> (String, &str) {
    let line = line.trim_start();
    let (word, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    (word.to_ascii_lowercase(), rest.trim_start())
}

impl Reader<'_> {
    fn note(&mut self, (file, line): (String, usize), what: String) {
        self.trouble.get_or_insert(Trouble { file, line, what });
    }

    /// Reads a file, and says whether it is there.
    fn file(&mut self, path: &str, depth: usize) -> Result<bool, Spent> {
        let Some(text) = self.files.text(path)? else { return Ok(false) };
        let mut lines = text.lines().enumerate();
        while let Some((n, line)) = lines.next() {
            self.files.budget().charge_bytes(line.len() + 64)?;
            let (word, rest) = split(line.trim_end());
            match word.as_str() {
                "text" => {
                    for (_, line) in lines.by_ref() {
                        self.files.budget().charge(1)?;
                        if split(line.trim_end()).0 == "endtext" {
                            break;
                        }
                    }
                }
                "menu" => {
                    let (word, rest) = split(rest);
                    match word.as_str() {
                        "include" => self.include(rest, (path, n + 1), depth)?,
                        _ => self.menu_line(&word, rest, (path, n + 1)),
                    }
                }
                "include" => self.include(rest, (path, n + 1), depth)?,
                _ => self.line(&word, rest, (path, n + 1)),
            }
        }
        Ok(true)
    }

    fn include(&mut self, rest: &str, at: (&str, usize), depth: usize) -> Result<(), Spent> {
        let (file, tag) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
        let path = join(self.here, file);
        if !tag.trim().is_empty() {
            self.begin(tag.trim(), at);
        }
        if depth >= MAX_DEPTH || !self.file(&path, depth + 1)? {
            self.note((at.0.to_owned(), at.1), format!("it includes {file}, which is not there"));
        }
        if !tag.trim().is_empty() {
            self.end();
        }
        Ok(())
    }

    fn line(&mut self, word: &str, rest: &str, at: (&str, usize)) {
        let kind = match word {
            "kernel" => Some(Type::Kernel),
            "linux" => Some(Type::Linux),
            "com32" => Some(Type::Com32),
            "config" => Some(Type::Config),
            "localboot" | "boot" | "bss" | "pxe" | "fdimage" | "comboot" => Some(Type::Other),
            _ => None,
        };
        match (word, &mut self.label) {
            ("default", _) => self.config.default = rest.to_owned(),
            ("ontimeout", _) => self.config.on_timeout = Some(rest.to_owned()),
            ("ui", _) => self.config.ui = Some(rest.to_owned()),
            ("label", _) => {
                self.end_label();
                self.label = Some(Label {
                    name: rest.to_owned(),
                    kernel: rest.to_owned(),
                    line: (at.0.to_owned(), at.1),
                    ..Label::default()
                });
            }
            ("append", Some(label)) => label.append = Some(rest.to_owned()),
            ("append", None) => self.config.append = rest.to_owned(),
            ("initrd", Some(label)) => label.initrd = Some(rest.to_owned()),
            (_, Some(label)) => {
                if let Some(kind) = kind {
                    label.kind = kind;
                    label.kernel = rest.to_owned();
                }
            }
            _ => {}
        }
    }

    fn menu_line(&mut self, word: &str, rest: &str, at: (&str, usize)) {
        match (word, &mut self.label) {
            ("begin", _) => self.begin(rest, at),
            ("end", _) => self.end(),
            ("separator", _) => self.end_label(),
            ("label", Some(label)) => label.title = Some(rest.to_owned()),
            ("default", Some(label)) => label.default = true,
            ("hide", Some(label)) => label.hidden = true,
            ("disable" | "disabled" | "quit" | "goto" | "exit" | "help", Some(label)) => {
                label.disabled = true;
            }
            // Here the line is about the current menu itself, as an item of the menu above.
            ("label" | "title", _) if !rest.is_empty() => {
                if let Some(opener) = self.opener()
                    && (word == "label" || opener.title.is_none())
                {
                    opener.title = Some(rest.to_owned());
                }
            }
            ("default", None) => {
                if let Some(opener) = self.opener() {
                    opener.default = true;
                }
            }
            _ => {}
        }
    }

    /// The label that opens the current menu.
    fn opener(&mut self) -> Option<&mut Label> {
        let opener = self.config.menus.get(self.menu)?.opener?;
        self.config.labels.get_mut(opener)
    }

    fn begin(&mut self, tag: &str, at: (&str, usize)) {
        self.end_label();
        let depth = self.config.menus.get(self.menu).map_or(0, |menu| menu.depth);
        if depth >= MAX_DEPTH {
            self.note((at.0.to_owned(), at.1), "it is nested too deep".to_owned());
            return;
        }
        let number = self.config.menus.len();
        let (parent, opener) = (self.menu, Some(self.config.labels.len()));
        self.put(Label {
            name: tag.to_owned(),
            submenu: Some(number),
            line: (at.0.to_owned(), at.1),
            ..Label::default()
        });
        self.config.menus.push(Submenu { parent, depth: depth + 1, opener, labels: Vec::new() });
        self.menu = number;
    }

    fn end(&mut self) {
        self.end_label();
        self.menu = self.config.menus.get(self.menu).map_or(0, |menu| menu.parent);
    }

    fn end_label(&mut self) {
        if let Some(label) = self.label.take() {
            self.put(label);
        }
    }

    fn put(&mut self, label: Label) {
        if let Some(menu) = self.config.menus.get_mut(self.menu) {
            menu.labels.push(self.config.labels.len());
        }
        self.config.labels.push(label);
    }
}
