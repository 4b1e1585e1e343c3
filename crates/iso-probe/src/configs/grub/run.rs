//! From statements to menu entries.

use super::parse::{Piece, Statement, Word, parse};
use crate::BootEntry;
use crate::configs::{Texts, directory, join};
use std::collections::BTreeMap;
use std::io::{Read, Seek};
use std::rc::Rc;

/// Work done for one configuration with all that it reads: a statement counts 1, and so do 16
/// bytes of words, of variables set aside.
const MAX_STEPS: usize = 100_000;
/// Files, functions and submenus inside each other.
const MAX_DEPTH: usize = 12;
const MAX_ENTRIES: usize = 64;
/// Longest value of a variable, and of a word, in bytes; and their number.
const MAX_VALUE: usize = 8192;
const MAX_VARIABLES: usize = 500;
const MAX_FUNCTIONS: usize = 200;
/// Words of a command, behind which no more variables are looked at: a value is cut at its blanks,
/// so that each use of it can be thousands of words.
const MAX_WORDS: usize = 512;
/// Words that `test` looks at.
const MAX_TEST: usize = 64;

type Environment = BTreeMap<String, String>;

pub(super) struct Run<'t, 'a, R> {
    texts: &'t mut Texts<'a, R>,
    config: String,
    steps: usize,
    functions: BTreeMap<String, Rc<[Statement]>>,
    environment: Environment,
    /// Items of the top-level menu so far: an entry, or a submenu with all in it, counts one.
    items: usize,
    entries: Vec<Seen>,
}

/// An entry, with what `default` may call it.
struct Seen {
    item: usize,
    names: Vec<String>,
    entry: BootEntry,
}

/// What an entry's commands have said so far.
#[derive(Default)]
struct Body {
    kernel: Option<String>,
    initrds: Vec<String>,
    args: Vec<String>,
}

/// Where we are.
#[derive(Clone, Copy)]
struct Place<'p> {
    depth: usize,
    /// The title of the entry we are in, and its names.
    entry: Option<&'p str>,
    submenu: bool,
}

impl<'t, 'a, R: Read + Seek> Run<'t, 'a, R> {
    pub(super) fn new(texts: &'t mut Texts<'a, R>, config: &str) -> Self {
        let prefix = format!("(cd0){}", directory(config));
        let environment = [
            ("root", "cd0"),
            ("prefix", prefix.as_str()),
            ("cmdpath", prefix.as_str()),
            ("config_directory", prefix.as_str()),
            ("grub_platform", "efi"),
            ("grub_cpu", "x86_64"),
            ("feature_menuentry_id", "y"),
            ("feature_default_font_path", "y"),
            ("feature_all_video_module", "y"),
            ("feature_platform_search_hint", "y"),
            ("feature_timeout_style", "y"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        Self {
            texts,
            config: config.to_owned(),
            steps: 0,
            functions: BTreeMap::new(),
            environment,
            items: 0,
            entries: Vec::new(),
        }
    }

    /// Runs a file and answers the entries of its menu.
    pub(super) fn file(mut self, text: &str) -> Vec<BootEntry> {
        let place = Place { depth: 0, entry: None, submenu: false };
        self.run(&parse(text), place, &mut Body::default());
        let wanted = self.environment.get("default").cloned().unwrap_or_default();
        let wanted = wanted.split('>').next().unwrap_or_default();
        let by_name = || self.entries.iter().position(|s| s.names.iter().any(|n| n == wanted));
        let by_number = |n: usize| self.entries.iter().position(|s| s.item == n);
        let default = match wanted.parse() {
            Ok(number) => by_number(number),
            Err(_) => by_name(),
        };
        let default = default.unwrap_or(0);
        if let Some(seen) = self.entries.get_mut(default) {
            seen.entry.default = true;
        }
        self.entries.into_iter().map(|seen| seen.entry).collect()
    }

    /// Runs statements; the truth of the last one.
    fn run(&mut self, statements: &[Statement], place: Place<'_>, body: &mut Body) -> bool {
        let mut truth = true;
        if place.depth > MAX_DEPTH {
            return truth;
        }
        for statement in statements {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                return truth;
            }
            truth = self.step(statement, place, body);
        }
        truth
    }

    fn step(&mut self, statement: &Statement, place: Place<'_>, body: &mut Body) -> bool {
        let deeper = Place { depth: place.depth + 1, ..place };
        match statement {
            Statement::Command(words) => {
                let words = self.expand(words);
                return self.command(&words, place, body);
            }
            Statement::If { branches, otherwise } => {
                for (condition, then) in branches {
                    if self.run(condition, place, body) {
                        return self.run(then, deeper, body);
                    }
                }
                return self.run(otherwise, deeper, body);
            }
            Statement::Function { name, body: function } => {
                if self.functions.len() < MAX_FUNCTIONS {
                    self.functions.insert(name.clone(), Rc::clone(function));
                }
            }
            Statement::For { variable, words, body: inner } => {
                for word in self.expand(words).into_iter().take(32) {
                    self.set(variable, word);
                    self.run(inner, deeper, body);
                }
            }
            Statement::Entry { submenu, words, body: inner } => {
                self.entry(*submenu, words, inner, deeper);
            }
        }
        true
    }

    fn entry(&mut self, submenu: bool, words: &[Word], inner: &[Statement], place: Place<'_>) {
        let item = self.items;
        if !place.submenu {
            self.items += 1;
        }
        let words = self.expand(words);
        let title = words.first().cloned().unwrap_or_default();
        let mut names = vec![title.clone()];
        for pair in words.windows(2) {
            if let [option, id] = pair
                && (option == "--id" || option == "$menuentry_id_option")
            {
                names.push(id.clone());
            }
            if let Some(id) = pair[1].strip_prefix("--id=") {
                names.push(id.to_owned());
            }
        }
        // What an entry sets stays in it.
        let saved = self.environment.clone();
        self.steps += saved.iter().map(|(n, v)| n.len() + v.len()).sum::<usize>() / 16;
        let mut body = Body::default();
        let place = if submenu {
            Place { entry: None, submenu: true, ..place }
        } else {
            Place { entry: Some(&title), ..place }
        };
        let before = self.entries.len();
        self.run(inner, place, &mut body);
        self.environment = saved;
        for seen in &mut self.entries[before..] {
            seen.item = item;
            if submenu || !place.submenu {
                seen.names.extend(names.iter().cloned());
            }
        }
        self.finish(&mut body, &title, item, names);
    }

    fn finish(&mut self, body: &mut Body, title: &str, item: usize, names: Vec<String>) {
        let Some(kernel) = body.kernel.take() else { return };
        let entry = BootEntry {
            config: self.config.clone(),
            title: title.to_owned(),
            default: false,
            kernel,
            initrds: std::mem::take(&mut body.initrds),
            args: std::mem::take(&mut body.args),
        };
        if self.entries.len() < MAX_ENTRIES {
            self.entries.push(Seen { item, names, entry });
        }
    }

    fn command(&mut self, words: &[String], place: Place<'_>, body: &mut Body) -> bool {
        let Some((command, rest)) = words.split_first() else { return true };
        let first = rest.first().map_or("", String::as_str);
        match command.as_str() {
            "set" => {
                if let Some((name, value)) = first.split_once('=') {
                    self.set(name, value.to_owned());
                }
                true
            }
            "unset" => self.environment.remove(first).is_some(),
            "linux" | "linux16" | "linuxefi" | "linux_arm64" if place.entry.is_some() => {
                body.kernel = Some(path(first));
                body.initrds.clear();
                body.args = rest.get(1..).unwrap_or_default().to_vec();
                true
            }
            "initrd" | "initrd16" | "initrdefi" => {
                let files = rest.iter().filter(|w| !w.starts_with("--"));
                body.initrds.extend(files.take(8).map(|w| path(w)));
                true
            }
            "source" | "configfile" | "." | "normal" | "extract_entries_source" => {
                let Some(text) = self.texts.read(&path(first)) else { return false };
                let place = Place { depth: place.depth + 1, ..place };
                // An entry that leads to another menu: that menu's entries count for it.
                let inner =
                    Place { entry: None, submenu: place.submenu || place.entry.is_some(), ..place };
                let place = if command == "configfile" { inner } else { place };
                self.run(&parse(&text), place, body)
            }
            "test" | "[" => {
                let words: Vec<&str> = rest.iter().map(String::as_str).collect();
                let words = words.strip_suffix(&["]"]).unwrap_or(&words);
                words.len() <= MAX_TEST && self.test(words)
            }
            "!" => !self.command(rest, place, body),
            "cpuid" => first == "-l" || first == "--long-mode",
            "false" | "regexp" | "keystatus" | "probe" | "smbios" | "loopback" => false,
            name => match self.functions.get(name).cloned() {
                Some(function) => {
                    let place = Place { depth: place.depth + 1, ..place };
                    for (n, value) in rest.iter().take(9).enumerate() {
                        self.set(&(n + 1).to_string(), value.clone());
                    }
                    self.run(&function, place, body)
                }
                None => match name.split_once('=') {
                    Some((name, value)) if !name.is_empty() => {
                        self.set(name, value.to_owned());
                        true
                    }
                    // insmod, loadfont, search, terminal_output…: as if all went well.
                    _ => true,
                },
            },
        }
    }

    fn set(&mut self, name: &str, value: String) {
        let known = self.environment.contains_key(name);
        if value.len() <= MAX_VALUE
            && name.len() < 100
            && (known || self.environment.len() < MAX_VARIABLES)
        {
            self.environment.insert(name.to_owned(), value);
        }
    }

    /// `test`, as far as its answer depends on variables and on files in the image.
    fn test(&self, words: &[&str]) -> bool {
        if let Some(at) = words.iter().position(|w| *w == "-o") {
            return self.test(&words[..at]) || self.test(words.get(at + 1..).unwrap_or_default());
        }
        if let Some(at) = words.iter().position(|w| *w == "-a") {
            return self.test(&words[..at]) && self.test(words.get(at + 1..).unwrap_or_default());
        }
        let number = |w: &str| w.parse::<i64>().unwrap_or(0);
        match words {
            ["!", rest @ ..] => !self.test(rest),
            ["-n", word] => !word.is_empty(),
            ["-z", word] => word.is_empty(),
            ["-z"] => true,
            ["-f" | "-s", file] => self.texts.find(&path(file)).is_some(),
            ["-e", file] => {
                self.texts.find(&path(file)).is_some() || self.texts.is_directory(&path(file))
            }
            ["-d", file] => self.texts.is_directory(&path(file)),
            [a, "=" | "==", b] => a == b,
            [a, "!=", b] => a != b,
            [a, "-eq", b] => number(a) == number(b),
            [a, "-ne", b] => number(a) != number(b),
            [a, "-lt", b] => number(a) < number(b),
            [a, "-le", b] => number(a) <= number(b),
            [a, "-gt", b] => number(a) > number(b),
            [a, "-ge", b] => number(a) >= number(b),
            [word] => !word.is_empty(),
            _ => false,
        }
    }

    fn expand(&mut self, words: &[Word]) -> Vec<String> {
        let out = self.expanded(words);
        self.steps += out.iter().map(String::len).sum::<usize>() / 16;
        out
    }

    fn expanded(&self, words: &[Word]) -> Vec<String> {
        let mut out = Vec::new();
        for word in words.iter().take(256) {
            if out.len() >= MAX_WORDS {
                break;
            }
            let mut text = String::new();
            let mut any = word.quoted;
            for piece in &word.pieces {
                match piece {
                    Piece::Text(more) => {
                        text.push_str(more);
                        any = true;
                    }
                    Piece::Variable(name, quoted) => {
                        let value = self.environment.get(name).map_or("", String::as_str);
                        if *quoted {
                            text.push_str(value);
                            continue;
                        }
                        // Blanks in the value cut the word.
                        let mut parts = value.split_whitespace();
                        if let Some(first) = parts.next() {
                            text.push_str(first);
                            any = true;
                        }
                        for part in parts {
                            out.push(std::mem::replace(&mut text, part.to_owned()));
                        }
                        if out.len() >= MAX_WORDS {
                            break;
                        }
                    }
                }
                if text.len() > MAX_VALUE {
                    break;
                }
            }
            if any && text.len() <= MAX_VALUE && out.len() < MAX_WORDS {
                out.push(text);
            }
        }
        out
    }
}

/// A path as GRUB writes it, without the device.
fn path(word: &str) -> String {
    let inside = word.strip_prefix('(').and_then(|w| w.split_once(')')).map_or(word, |w| w.1);
    join("", inside)
}
