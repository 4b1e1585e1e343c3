//! The interpreter, which runs statements and makes a menu, by the rules of GRUB's `execute.c`.

use super::default::{choose, tail};
use super::environment::Environment;
use super::parse::{Block, NoScript, Span, Statement, parse};
use super::source::{Source, range};
use super::words;
use crate::configs::budget::Spent;
use crate::configs::files::{Files, directory};
use crate::configs::menu::{Boots, Item, Menu, Trouble};
use std::collections::BTreeMap;
use std::ops::Range;

/// The number of blocks that may run inside each other: files, functions, conditions, loops. GRUB
/// itself allows 64 commands or lists of commands.
const MAX_DEPTH: usize = 100;

/// The number of blocks that a menu inside another counts as.
const MENU_DEPTH: usize = 10;

const TOO_MUCH: &str = "it takes more work than a menu should";

/// The exit status of a command: 0 is true, and `test` gives 1 for false.
pub(super) type Status = u32;
pub(super) const TRUE: Status = 0;
pub(super) const FALSE: Status = 1;
/// The status of a command that failed. GRUB has a number for each error; scripts never need it.
pub(super) const FAILED: Status = 5;

/// The reason why nothing more is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Halt {
    /// A spent budget.
    Spent,
    /// A command that starts a system, or switches the machine off.
    Gone,
}

impl From<Spent> for Halt {
    fn from(_: Spent) -> Self {
        Self::Spent
    }
}

/// A function that a menu defines.
#[derive(Debug, Clone)]
struct Function {
    source: Source,
    body: Block,
}

/// An item of a menu that is still being read. Its body is run when the menu is complete.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) title: String,
    pub(super) id: String,
    pub(super) submenu: bool,
    pub(super) arguments: Vec<String>,
    pub(super) source: Source,
    pub(super) body: Range<usize>,
}

/// A menu or entry that is being run: its items so far, and what its commands would start.
#[derive(Debug, Default)]
pub(super) struct Open {
    pub(super) items: Vec<Pending>,
    /// The kernel that the commands so far would start.
    pub(super) boots: Option<Boots>,
    /// The menu that one of the commands has opened.
    pub(super) leads_to: Option<Menu>,
}

/// The reaction to a script that cannot be parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnError {
    /// Go on with the next script, as GRUB does in a file.
    GoOn,
    /// Stop, as GRUB does in an entry.
    Stop,
}

/// The interpreter.
pub(super) struct Run<'f> {
    pub(super) files: &'f mut dyn Files,
    pub(super) environment: Environment,
    functions: BTreeMap<String, Function>,
    pub(super) open: Vec<Open>,
    depth: usize,
    loops: usize,
    /// The number of loops that are being left, and whether the outermost goes on with its next
    /// round.
    breaks: usize,
    continues: bool,
    returns: bool,
    pub(super) trouble: Option<Trouble>,
    /// The place of the current command: the text, and the byte in it.
    pub(super) here: (Source, usize),
}

impl<'f> Run<'f> {
    /// An interpreter with these exported variables.
    pub(super) fn new(files: &'f mut dyn Files, variables: &[(&str, &str)]) -> Self {
        let nowhere = Source { file: "".into(), text: "".into(), first_line: 1 };
        Self {
            files,
            environment: Environment::new(variables),
            functions: BTreeMap::new(),
            open: Vec::new(),
            depth: 0,
            loops: 0,
            breaks: 0,
            continues: false,
            returns: false,
            trouble: None,
            here: (nowhere, 0),
        }
    }

    /// The menu that GRUB shows when it has read the file `path`; `None` if that has no items.
    pub(super) fn menu_of(&mut self, path: &str) -> Result<Option<Menu>, Halt> {
        self.open.push(Open::default());
        let (read, mut menu) = self.nested(|run| {
            let read = run.file(path);
            let menu = match read {
                // A file that starts something by itself needs no menu.
                Err(Halt::Gone) => Ok(Menu::default()),
                Err(Halt::Spent) => {
                    run.note(TOO_MUCH);
                    Err(Halt::Spent)
                }
                Ok(_) => run.menu(),
            };
            (read, menu)
        });
        let open = self.open.pop().unwrap_or_default();
        if let Ok(menu) = &mut menu
            && menu.items.is_empty()
        {
            match (open.leads_to, read) {
                (Some(inner), _) => *menu = inner,
                (None, Err(Halt::Gone)) => {
                    menu.items.extend(
                        open.boots.map(|boots| Item { boots: Some(boots), ..Item::default() }),
                    );
                }
                _ => {}
            }
        }
        menu.map(|menu| (!menu.items.is_empty()).then_some(menu))
    }

    /// Runs a file, and says whether it is there.
    pub(super) fn file(&mut self, path: &str) -> Result<bool, Halt> {
        let Some(text) = self.files.text(path)? else { return Ok(false) };
        let names = ["config_file", "config_directory"];
        let before = names.map(|name| self.environment.get(name).to_owned());
        let now = [path, directory(path)].map(|path| format!("(cd0){path}"));
        for (name, value) in names.iter().zip(&now) {
            self.set(name, value)?;
            self.environment.export(name, self.files.budget())?;
        }
        let whole = 0..text.len();
        let source = Source { file: path.into(), text, first_line: 1 };
        self.source(&source, whole, OnError::GoOn)?;
        for (name, value) in names.iter().zip(&before) {
            self.set(name, value)?;
        }
        Ok(true)
    }

    /// Runs a part of a text, one script after the other.
    pub(super) fn source(
        &mut self,
        source: &Source,
        part: Range<usize>,
        on_error: OnError,
    ) -> Result<Status, Halt> {
        let caller = std::mem::replace(&mut self.here, (source.clone(), part.start));
        let text = source.text.get(..part.end).unwrap_or_default();
        let (mut at, mut status) = (part.start, TRUE);
        while at < text.len() && !self.returns {
            match parse(text, at, self.files.budget()) {
                Ok(script) => {
                    for (name, body) in script.functions {
                        let function = Function { source: source.clone(), body };
                        self.functions.insert(name, function);
                    }
                    if !script.statements.is_empty() {
                        status = self.block(&script.statements, source)?;
                    }
                    at = script.end;
                }
                Err(NoScript::Error { at: wrong, what, end }) => {
                    self.here.1 = wrong;
                    self.note(&what);
                    status = FAILED;
                    if on_error == OnError::Stop {
                        break;
                    }
                    at = end.max(at + 1);
                }
                Err(NoScript::Spent) => {
                    self.here.1 = at;
                    return Err(Halt::Spent);
                }
            }
        }
        self.here = caller;
        Ok(status)
    }

    /// Records the current line as one that is not understood or cannot work. Only the first is
    /// kept.
    pub(super) fn note(&mut self, what: &str) {
        let (source, at) = &self.here;
        self.trouble.get_or_insert_with(|| Trouble {
            file: source.file.to_string(),
            line: source.line(*at),
            what: what.to_owned(),
        });
    }

    /// The menu of the items read so far, with what each of them starts.
    fn menu(&mut self) -> Result<Menu, Halt> {
        let pending = match self.open.last_mut() {
            Some(open) => std::mem::take(&mut open.items),
            None => Vec::new(),
        };
        let default = self.environment.get("default").to_owned();
        let mut items = Vec::new();
        for item in pending {
            match self.item(item, &default) {
                Ok(item) => items.push(item),
                Err(_) => {
                    self.note(TOO_MUCH);
                    break;
                }
            }
        }
        Ok(Menu { default: choose(&default, &items), items, trouble: None })
    }

    fn item(&mut self, item: Pending, default: &str) -> Result<Item, Halt> {
        self.files.budget().charge_bytes(128 + item.title.len() + item.id.len())?;
        let mark = self.environment.mark();
        let opened = if item.submenu { self.environment.open(self.files.budget()) } else { Ok(()) };
        opened?;
        if let Some(tail) = tail(default) {
            self.set("default", tail)?;
        }
        self.open.push(Open::default());
        let (ran, inner) = self.nested(|run| {
            run.depth += MENU_DEPTH;
            let ran = run.nested(|run| {
                run.environment.scopes.push(item.arguments);
                (run.loops, run.breaks, run.returns) = (0, 0, false);
                let ran = run.source(&item.source, item.body, OnError::Stop);
                if ran == Err(Halt::Spent) {
                    run.note(TOO_MUCH);
                }
                ran
            });
            let inner = (item.submenu && ran.is_ok()).then(|| run.menu());
            (ran, inner)
        });
        let open = self.open.pop().unwrap_or_default();
        if item.submenu {
            self.environment.close(mark);
        }
        self.environment.roll_back(mark);
        if ran == Err(Halt::Spent) {
            return Err(Halt::Spent);
        }
        let inner = inner.transpose()?.filter(|menu| !menu.items.is_empty());
        let menu = inner.or(open.leads_to);
        Ok(Item { title: item.title, id: item.id, boots: open.boots, menu })
    }

    /// Runs something and then restores the interpreter's place: the current command, the loops,
    /// the function and the depth are as before, however it ended.
    fn nested<T>(&mut self, something: impl FnOnce(&mut Self) -> T) -> T {
        let here = self.here.clone();
        let scopes = self.environment.scopes.len();
        let Self { depth, loops, breaks, continues, returns, .. } = *self;
        let result = something(self);
        self.here = here;
        self.environment.scopes.truncate(scopes);
        (self.depth, self.loops, self.breaks) = (depth, loops, breaks);
        (self.continues, self.returns) = (continues, returns);
        result
    }

    /// Sets a variable.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<(), Halt> {
        Ok(self.environment.set(name, value, self.files.budget())?)
    }

    /// Calls a function that the menu has defined; `None` if it has none of this name.
    pub(super) fn call(
        &mut self,
        name: &str,
        arguments: &[String],
    ) -> Result<Option<Status>, Halt> {
        let Some(function) = self.functions.get(name).cloned() else { return Ok(None) };
        self.environment.scopes.push(arguments.to_vec());
        let loops = std::mem::take(&mut self.loops);
        let caller = std::mem::replace(&mut self.here, (function.source.clone(), 0));
        let status = self.block(&function.body, &function.source)?;
        self.here = caller;
        self.loops = loops;
        self.returns = false;
        self.environment.scopes.pop();
        Ok(Some(status))
    }

    /// Runs statements, and returns the status of the last one.
    fn block(&mut self, statements: &[Statement], source: &Source) -> Result<Status, Halt> {
        // Charged even for a block that is refused below: else a loop of such blocks would be free,
        // and could run for ever.
        self.files.budget().charge(1)?;
        if self.depth >= MAX_DEPTH {
            self.note("it is nested too deep");
            return Ok(FAILED);
        }
        self.depth += 1;
        let mut status = TRUE;
        for statement in statements {
            if self.breaks > 0 {
                break;
            }
            self.files.budget().charge(1)?;
            status = self.statement(statement, source)?;
            self.set("?", &status.to_string())?;
            if self.returns {
                break;
            }
        }
        self.depth -= 1;
        Ok(status)
    }

    fn statement(&mut self, statement: &Statement, source: &Source) -> Result<Status, Halt> {
        match statement {
            Statement::Command { words, block } => {
                self.here.1 = words.first().map_or(0, |word| word.start as usize);
                let block = block.clone().map(|block| (source.clone(), range(&block)));
                let words = self.expand(words, source)?;
                self.command(&words, block)
            }
            Statement::If { branches, otherwise } => {
                for (condition, then) in branches {
                    let status = self.block(condition, source)?;
                    if self.returns {
                        return Ok(status);
                    }
                    if self.environment.get("?") == "0" {
                        return self.block(then, source);
                    }
                }
                self.block(otherwise, source)
            }
            Statement::For { variable, words, body } => {
                let variable = source.at(variable);
                let mut status = TRUE;
                self.loops += 1;
                for word in self.expand(words, source)? {
                    self.next_round();
                    if self.breaks == 0 {
                        self.set(variable, &word)?;
                        status = self.block(body, source)?;
                        if self.returns {
                            break;
                        }
                    }
                }
                self.end_loop();
                Ok(status)
            }
            Statement::While { until, condition, body } => {
                self.loops += 1;
                let mut status;
                loop {
                    status = self.block(condition, source)?;
                    if self.returns || (status == TRUE) == *until {
                        break;
                    }
                    status = self.block(body, source)?;
                    self.next_round();
                    if self.returns || self.breaks > 0 {
                        break;
                    }
                }
                self.end_loop();
                Ok(status)
            }
        }
    }

    fn next_round(&mut self) {
        if self.continues && self.breaks == 1 {
            self.breaks = 0;
        }
    }

    fn end_loop(&mut self) {
        self.breaks = self.breaks.saturating_sub(1);
        self.loops -= 1;
    }

    /// Leaves `count` loops; if `continues`, goes on with the next round of the outermost of them.
    pub(super) fn leave_loops(&mut self, count: usize, continues: bool) {
        self.breaks = count.min(self.loops);
        self.continues = continues;
    }

    /// Leaves the current function or entry.
    pub(super) fn leave(&mut self) {
        self.returns = true;
    }

    fn expand(&mut self, words: &[Span], source: &Source) -> Result<Vec<String>, Halt> {
        let words = words.iter().map(|word| source.at(word));
        Ok(words::expand(words, &self.environment, self.files)?)
    }
}
