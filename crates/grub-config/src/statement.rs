//! Statements: the parts of a grub.cfg.

use crate::{Bare, Error, Id, Ident, Name, Title, Word, bare};

/// A command and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    pub(crate) name: String,
    pub(crate) args: Vec<Word>,
    pub(crate) end: &'static str,
}

impl Command {
    /// A command of GRUB's: `Command::new(name!("insmod")).arg(bare!("part_gpt"))`.
    pub fn new(name: Name) -> Self {
        Self { name: name.as_str().to_owned(), args: Vec::new(), end: "" }
    }

    /// A call of a [`Statement::Function`].
    pub fn call(function: Ident) -> Self {
        Self { name: function.as_str().to_owned(), args: Vec::new(), end: "" }
    }

    /// `[ … ]`: `Command::test([bare!("-f").into(), Word::literal("/x")?])`.
    pub fn test(words: impl IntoIterator<Item = Word>) -> Self {
        Self { name: "[".to_owned(), args: words.into_iter().collect(), end: " ]" }
    }

    /// `! …`: a command that runs this one, and succeeds if that failed.
    #[must_use]
    pub fn negated(mut self) -> Self {
        self.name.insert_str(0, "! ");
        self
    }

    /// This command with one more argument.
    #[must_use]
    pub fn arg(mut self, word: impl Into<Word>) -> Self {
        self.args.push(word.into());
        self
    }

    /// This command with more arguments.
    #[must_use]
    pub fn args(mut self, words: impl IntoIterator<Item = Word>) -> Self {
        self.args.extend(words);
        self
    }

    /// This command with more arguments of literal text.
    ///
    /// # Errors
    /// [`Error::ControlCharacter`].
    pub fn literals<T: AsRef<str>>(
        mut self,
        texts: impl IntoIterator<Item = T>,
    ) -> Result<Self, Error> {
        for text in texts {
            self.args.push(Word::literal(text.as_ref())?);
        }
        Ok(self)
    }
}

/// A statement: a line or a block of a grub.cfg.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Statement {
    /// A command.
    Command(Command),
    /// `set name=value`.
    Set {
        /// The variable.
        name: Ident,
        /// The new value.
        value: Word,
    },
    /// `if … elif … else … fi`.
    If(If),
    /// `function name { … }`; its arguments are [`Word::positional`] 1 and up.
    Function {
        /// The function's name, for [`Command::call`].
        name: Ident,
        /// The statements that it runs. Its status is that of the last command.
        body: Vec<Statement>,
    },
    /// `for variable in words; do … done`. A pattern that no file matches is one word, itself.
    For {
        /// The variable that gets each word in turn.
        variable: Ident,
        /// The words.
        words: Vec<Word>,
        /// The statements that are run for each word.
        body: Vec<Statement>,
    },
    /// `while condition; do … done`.
    While {
        /// The command that is run before each round.
        condition: Command,
        /// The statements that are run as long as the condition succeeds.
        body: Vec<Statement>,
    },
    /// A menu entry.
    MenuEntry(MenuEntry),
    /// A menu entry that opens a menu.
    Submenu(MenuEntry),
    /// `# …`: a line for each line of the text, other control characters removed.
    Comment(String),
    /// An empty line.
    Blank,
    /// Somebody's own grub.cfg text, unchanged and at their own risk: nothing here checks that
    /// its quotes and braces are balanced.
    Raw(String),
}

impl Statement {
    /// `set name=value`.
    pub fn set(name: Ident, value: impl Into<Word>) -> Self {
        Self::Set { name, value: value.into() }
    }

    /// `set name=''`.
    pub fn clear(name: Ident) -> Self {
        Self::Set { name, value: Word::empty() }
    }

    /// `echo text`. GRUB takes a text like `-n` for an option.
    pub fn echo(text: impl Into<Word>) -> Self {
        Command::new(crate::name!("echo")).arg(text).into()
    }

    /// `return status`: leaves the function, or the file; 0 is success.
    pub fn returns(status: u64) -> Self {
        Command::new(crate::name!("return")).arg(Word::number(status)).into()
    }

    /// `function name { … }`.
    pub fn function(name: Ident, body: Vec<Statement>) -> Self {
        Self::Function { name, body }
    }

    /// `insmod module`. Don't test its status: GRUB's `insmod` reports success loosely.
    pub fn insmod(module: Name) -> Self {
        Command::new(crate::name!("insmod")).arg(module).into()
    }

    /// `export name`: lets `configfile` and submenus see the variable.
    pub fn export(variable: Ident) -> Self {
        Command::new(crate::name!("export")).arg(Word::name_of(&variable)).into()
    }
}

impl From<Command> for Statement {
    fn from(command: Command) -> Self {
        Self::Command(command)
    }
}
impl From<If> for Statement {
    fn from(block: If) -> Self {
        Self::If(block)
    }
}

/// `if condition; then … elif … else … fi`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct If {
    pub(crate) branches: Vec<(Command, Vec<Statement>)>,
    pub(crate) otherwise: Vec<Statement>,
}

impl If {
    /// Runs `then` if `condition` succeeds.
    pub fn new(condition: Command, then: Vec<Statement>) -> Self {
        Self { branches: vec![(condition, then)], otherwise: Vec::new() }
    }

    /// Runs commands in order until one fails; then its statements are run, and no further command.
    /// `None` if there are no commands.
    pub fn in_order(steps: impl IntoIterator<Item = (Command, Vec<Statement>)>) -> Option<Self> {
        let branches: Vec<_> =
            steps.into_iter().map(|(command, failed)| (command.negated(), failed)).collect();
        (!branches.is_empty()).then_some(Self { branches, otherwise: Vec::new() })
    }

    /// Else runs `then` if `condition` succeeds.
    #[must_use]
    pub fn elif(mut self, condition: Command, then: Vec<Statement>) -> Self {
        self.branches.push((condition, then));
        self
    }

    /// Else runs `then`.
    #[must_use]
    pub fn otherwise(mut self, then: Vec<Statement>) -> Self {
        self.otherwise = then;
        self
    }
}

/// An entry of the menu, or of a submenu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MenuEntry {
    pub(crate) id: Option<Id>,
    pub(crate) classes: Vec<Word>,
    pub(crate) hotkey: Option<Hotkey>,
    pub(crate) unrestricted: bool,
    pub(crate) title: Word,
    pub(crate) arguments: Vec<Word>,
    pub(crate) body: Vec<Statement>,
}

impl MenuEntry {
    /// An entry that runs `body`. Its id must be unique in its menu: see [`crate::IdSet`].
    pub fn new(id: Id, title: Title, body: Vec<Statement>) -> Self {
        Self { id: Some(id), ..Self::titled(title, body) }
    }

    /// An entry without an id, for titles that GRUB makes when it runs: what its variables hold is
    /// never taken for an option.
    pub fn titled(title: impl Into<Word>, body: Vec<Statement>) -> Self {
        Self {
            id: None,
            classes: Vec::new(),
            hotkey: None,
            unrestricted: false,
            title: title.into(),
            arguments: Vec::new(),
            body,
        }
    }

    /// Adds a class, the name of the icon a theme shows: a [`Name`], or a variable that holds one.
    #[must_use]
    pub fn class(mut self, class: impl Into<Word>) -> Self {
        self.classes.push(class.into());
        self
    }

    /// Adds an argument, which the body sees as [`Word::positional`]: the first is 2, because 1 is
    /// the title. By this an entry keeps the value that a variable had when the entry was made.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<Word>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Starts the entry when `key` is pressed.
    #[must_use]
    pub fn hotkey(mut self, key: Hotkey) -> Self {
        self.hotkey = Some(key);
        self
    }

    /// Boots without a password even where `superusers` is set.
    #[must_use]
    pub fn unrestricted(mut self) -> Self {
        self.unrestricted = true;
        self
    }

    /// The command that defines the entry: options first, then `--`, then the title, so that a
    /// title never counts as an option.
    pub(crate) fn head(&self, keyword: &'static str) -> Command {
        let mut head = Command { name: keyword.to_owned(), args: Vec::new(), end: "" };
        for class in &self.classes {
            head = head.arg(bare!("--class")).arg(class.clone());
        }
        if let Some(Hotkey(key)) = &self.hotkey {
            head = head.arg(Word::from(bare!("--hotkey=")).and(key.clone()));
        }
        if self.unrestricted {
            head = head.arg(bare!("--unrestricted"));
        }
        if let Some(id) = &self.id {
            head = head.arg(bare!("--id")).arg(id.clone());
        }
        head = head.arg(bare!("--")).arg(self.title.clone());
        head.args.extend(self.arguments.iter().cloned());
        head
    }
}

/// A key that starts an entry: see [`MenuEntry::hotkey`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hotkey(Bare);

impl Hotkey {
    /// A digit or a lower-case letter; not `c` (the console) and `e` (edit), GRUB's own.
    ///
    /// # Errors
    /// [`Error::Hotkey`] for anything else.
    pub fn new(key: char) -> Result<Self, Error> {
        let ours = matches!(key, 'a'..='z' | '0'..='9') && !matches!(key, 'c' | 'e');
        let key = Bare::new(key.encode_utf8(&mut [0; 4])).ok().filter(|_| ours).ok_or(key);
        key.map(Self).map_err(Error::Hotkey)
    }
}

impl core::fmt::Display for Hotkey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

/// A whole grub.cfg. [`Display`](std::fmt::Display) and [`Config::render`] give its text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    pub(crate) statements: Vec<Statement>,
}

impl Config {
    /// An empty file.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a statement at the end.
    pub fn push(&mut self, statement: impl Into<Statement>) {
        self.statements.push(statement.into());
    }

    /// The statements that have been added so far.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// The text of the file. Every line ends with a newline.
    pub fn render(&self) -> String {
        self.to_string()
    }
}

impl Extend<Statement> for Config {
    fn extend<T: IntoIterator<Item = Statement>>(&mut self, more: T) {
        self.statements.extend(more);
    }
}

impl FromIterator<Statement> for Config {
    fn from_iter<T: IntoIterator<Item = Statement>>(statements: T) -> Self {
        Self { statements: statements.into_iter().collect() }
    }
}
