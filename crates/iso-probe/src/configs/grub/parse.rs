//! The parser, which makes statements of tokens, by the grammar in GRUB's `parser.y`.
//!
//! GRUB parses one *script* at a time, and runs it before it parses the next. A script is a line,
//! or several if a block, loop or condition goes on over them. If it has an error, all of it is
//! left out, and reading goes on behind the line with the error.

use super::lexer::{Lexer, Token, TokenKind, is_name};
use crate::configs::budget::{MenuBudget, Spent};
use std::ops::Range;
use std::rc::Rc;

/// The number of blocks, loops and conditions that may be inside each other.
const MAX_DEPTH: usize = 48;
/// The cost of a token, which takes up to 100 bytes with all that is kept of it.
const TOKEN: usize = 4;

/// A place in the text.
pub(super) type Span = Range<u32>;
/// Statements, one after the other.
pub(super) type Block = Rc<[Statement]>;

/// A statement. Its words are kept as they stand in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Statement {
    /// A command with its words, and the block behind them.
    Command { words: Box<[Span]>, block: Option<Span> },
    /// `if`: the conditions, each with its block, and the block of `else`.
    If { branches: Box<[(Block, Block)]>, otherwise: Block },
    /// `for VARIABLE in WORDS; do …; done`.
    For { variable: Span, words: Box<[Span]>, body: Block },
    /// `while` or `until`.
    While { until: bool, condition: Block, body: Block },
}

/// A script: the statements that are parsed and run in one go.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) statements: Block,
    /// The functions that it defines. GRUB defines them while it parses.
    pub(super) functions: Vec<(String, Block)>,
    /// The byte at which the next script starts.
    pub(super) end: usize,
}

/// The reason why there is no script.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoScript {
    /// A syntax error.
    Error {
        /// The byte at which the error is.
        at: usize,
        /// What is wrong, in words.
        what: String,
        /// The byte at which to go on.
        end: usize,
    },
    /// A spent budget.
    Spent,
}

impl From<Spent> for NoScript {
    fn from(_: Spent) -> Self {
        Self::Spent
    }
}

/// The script of `text` that starts at `at`.
pub(super) fn parse(text: &str, at: usize, budget: &mut MenuBudget) -> Result<Script, NoScript> {
    let mut lexer = Lexer::new(text, at);
    let next = lexer.token();
    let mut parser = Parser { text, lexer, next, budget, functions: Vec::new() };
    let mut statements = Vec::new();
    while !matches!(parser.next.kind, TokenKind::Newline | TokenKind::End) {
        if parser.keyword() == Some("function") {
            parser.function()?;
        } else {
            statements.push(parser.command(0)?);
        }
        match parser.next.kind {
            TokenKind::Newline | TokenKind::End => {}
            TokenKind::Semicolon => parser.advance()?,
            _ => return Err(parser.error()),
        }
    }
    let end = parser.next.span.end;
    Ok(Script { statements: statements.into(), functions: parser.functions, end })
}

/// The reserved words, which have a meaning only where a command may start.
const RESERVED: [&str; 15] = [
    "case", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in", "select",
    "then", "until", "while",
];

/// The end of a list of commands.
#[derive(Clone, Copy)]
enum Until<'u> {
    /// One of these words, where a command may start.
    Keyword(&'u [&'u str]),
    /// A `}` anywhere.
    Brace,
    /// A `}` behind the end of a command.
    BraceOnly,
}

struct Parser<'t, 'b> {
    text: &'t str,
    lexer: Lexer<'t>,
    next: Token,
    budget: &'b mut MenuBudget,
    functions: Vec<(String, Block)>,
}

impl<'t> Parser<'t, '_> {
    fn advance(&mut self) -> Result<(), NoScript> {
        self.budget.charge(TOKEN)?;
        self.next = self.lexer.token();
        Ok(())
    }

    fn raw(&self) -> &'t str {
        self.text.get(self.next.span.clone()).unwrap_or_default()
    }

    /// The reserved word that comes next.
    fn keyword(&self) -> Option<&'t str> {
        let raw = self.raw();
        (self.next.kind == TokenKind::Word && RESERVED.contains(&raw)).then_some(raw)
    }

    fn span(&self) -> Span {
        let as_u32 = |n| u32::try_from(n).unwrap_or(u32::MAX);
        as_u32(self.next.span.start)..as_u32(self.next.span.end)
    }

    /// The error that the next token may not be here.
    fn error(&self) -> NoScript {
        let what = match self.next.kind {
            TokenKind::Bad(why) => why.to_owned(),
            TokenKind::End => {
                "the end of the file is reached inside a block or a command".to_owned()
            }
            TokenKind::Newline => "the line ends inside a command".to_owned(),
            _ => format!(
                "`{}` is not expected there",
                self.raw().chars().take(40).collect::<String>()
            ),
        };
        self.error_of(what)
    }

    fn error_of(&self, what: String) -> NoScript {
        let Range { start, end } = self.next.span;
        let rest = self.text.get(end..).unwrap_or_default();
        let line = match self.next.kind {
            TokenKind::Newline => 0,
            _ => rest.find('\n').map_or(rest.len(), |at| at + 1),
        };
        NoScript::Error { at: start, what, end: end + line }
    }

    fn expect(&mut self, keyword: &str) -> Result<(), NoScript> {
        if self.keyword() != Some(keyword) {
            return Err(self.error());
        }
        self.advance()
    }

    fn newlines(&mut self) -> Result<(), NoScript> {
        while self.next.kind == TokenKind::Newline {
            self.advance()?;
        }
        Ok(())
    }

    /// Passes the end of a command, and says whether there is one.
    fn delimiters(&mut self) -> Result<bool, NoScript> {
        let any = matches!(self.next.kind, TokenKind::Newline | TokenKind::Semicolon);
        if any {
            self.advance()?;
            self.newlines()?;
        }
        Ok(any)
    }

    /// One or more commands up to their end, which is not consumed.
    fn commands(&mut self, until: Until<'_>, depth: usize) -> Result<Block, NoScript> {
        if depth >= MAX_DEPTH {
            return Err(self.error_of("it is nested too deep".to_owned()));
        }
        self.newlines()?;
        let mut all = Vec::new();
        loop {
            all.push(self.command(depth + 1)?);
            let delimited = self.delimiters()?;
            let brace = self.next.kind == TokenKind::Close;
            let ends = match until {
                Until::Keyword(words) => {
                    delimited && self.keyword().is_some_and(|k| words.contains(&k))
                }
                Until::Brace => brace,
                Until::BraceOnly => delimited && brace,
            };
            if ends {
                return Ok(all.into());
            }
            if !delimited {
                return Err(self.error());
            }
        }
    }

    fn command(&mut self, depth: usize) -> Result<Statement, NoScript> {
        match self.keyword() {
            Some("if") => self.condition(depth),
            Some("for") => self.for_loop(depth),
            Some(word @ ("while" | "until")) => {
                self.advance()?;
                let condition = self.commands(Until::Keyword(&["do"]), depth)?;
                let body = self.loop_body(depth)?;
                Ok(Statement::While { until: word == "until", condition, body })
            }
            None if self.next.kind == TokenKind::Word => {
                let words = self.words()?;
                let block = match self.next.kind {
                    TokenKind::Open => Some(self.block(depth)?),
                    _ => None,
                };
                Ok(Statement::Command { words, block })
            }
            _ => Err(self.error()),
        }
    }

    fn words(&mut self) -> Result<Box<[Span]>, NoScript> {
        let mut words = Vec::new();
        while self.next.kind == TokenKind::Word {
            words.push(self.span());
            self.advance()?;
        }
        Ok(words.into())
    }

    /// The place of a block's text. Its contents are only checked, and parsed again when they are
    /// run.
    fn block(&mut self, depth: usize) -> Result<Span, NoScript> {
        let open = self.span();
        self.advance()?;
        self.commands(Until::Brace, depth)?;
        let close = self.span();
        self.advance()?;
        Ok(open.end..close.start)
    }

    fn condition(&mut self, depth: usize) -> Result<Statement, NoScript> {
        let mut branches = Vec::new();
        let mut otherwise: Block = Rc::new([]);
        loop {
            self.advance()?; // if, elif
            let condition = self.commands(Until::Keyword(&["then"]), depth)?;
            self.advance()?;
            branches
                .push((condition, self.commands(Until::Keyword(&["elif", "else", "fi"]), depth)?));
            match self.keyword() {
                Some("elif") => {}
                Some("else") => {
                    self.advance()?;
                    otherwise = self.commands(Until::Keyword(&["fi"]), depth)?;
                    break;
                }
                _ => break,
            }
        }
        self.expect("fi")?;
        Ok(Statement::If { branches: branches.into(), otherwise })
    }

    /// A name, which must not be quoted, nor a reserved word.
    fn name(&mut self) -> Result<&'t str, NoScript> {
        let name = self.raw();
        if self.next.kind != TokenKind::Word || self.keyword().is_some() || !is_name(name) {
            return Err(self.error());
        }
        self.advance()?;
        Ok(name)
    }

    fn for_loop(&mut self, depth: usize) -> Result<Statement, NoScript> {
        self.advance()?;
        let variable = self.span();
        self.name()?;
        self.expect("in")?;
        let words = self.words()?;
        if !self.delimiters()? {
            return Err(self.error());
        }
        Ok(Statement::For { variable, words, body: self.loop_body(depth)? })
    }

    fn loop_body(&mut self, depth: usize) -> Result<Block, NoScript> {
        self.expect("do")?;
        let body = self.commands(Until::Keyword(&["done"]), depth)?;
        self.expect("done")?;
        Ok(body)
    }

    fn function(&mut self) -> Result<(), NoScript> {
        self.advance()?;
        let name = self.name()?.to_owned();
        self.newlines()?;
        if self.next.kind != TokenKind::Open {
            return Err(self.error());
        }
        self.advance()?;
        let body = self.commands(Until::BraceOnly, 0)?;
        self.advance()?;
        self.functions.push((name, body));
        Ok(())
    }
}
