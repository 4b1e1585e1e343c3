//! From text to statements. What cannot be parsed is left out, as it is not worth an error.

use std::rc::Rc;

/// Nesting of blocks.
const MAX_DEPTH: usize = 24;
/// Statements of one file.
const MAX_STATEMENTS: usize = 20_000;

/// A part of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// A variable; whether quotes keep its value in one piece.
    Variable(String, bool),
}

/// A word, and whether any of it was in quotes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) pieces: Vec<Piece>,
    pub(super) quoted: bool,
}

impl Word {
    /// The text of a word without quotes and variables.
    fn keyword(&self) -> Option<&str> {
        match (self.pieces.as_slice(), self.quoted) {
            ([Piece::Text(text)], false) => Some(text),
            _ => None,
        }
    }
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Statement {
    /// A command, with its words.
    Command(Vec<Word>),
    /// `menuentry` or `submenu`: its words, its body.
    Entry { submenu: bool, words: Vec<Word>, body: Vec<Statement> },
    /// Conditions with what follows from them, and what else.
    If { branches: Vec<(Vec<Statement>, Vec<Statement>)>, otherwise: Vec<Statement> },
    /// `function NAME {…}`.
    Function { name: String, body: Rc<[Statement]> },
    /// `for NAME in WORDS; do …; done`.
    For { variable: String, words: Vec<Word>, body: Vec<Statement> },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(Word),
    /// The end of a line, or `;`.
    End,
    Open,
    Close,
}

/// The statements of a file.
pub(super) fn parse(text: &str) -> Vec<Statement> {
    let mut parser = Parser { tokens: tokens(text), at: 0, statements: 0 };
    let mut all = Vec::new();
    // A stray `fi` or `}` ends a block that nobody opened: go on behind it.
    while parser.at < parser.tokens.len() {
        all.extend(parser.block(&[], 0));
        parser.at += 1;
    }
    all
}

struct Lexer {
    tokens: Vec<Token>,
    word: Option<Word>,
}

impl Lexer {
    fn text(&mut self, c: char) {
        let word = self.word.get_or_insert_default();
        match word.pieces.last_mut() {
            Some(Piece::Text(text)) => text.push(c),
            _ => word.pieces.push(Piece::Text(c.into())),
        }
    }

    fn quote(&mut self) {
        self.word.get_or_insert_default().quoted = true;
    }

    fn end_word(&mut self) {
        self.tokens.extend(self.word.take().map(Token::Word));
    }

    fn token(&mut self, token: Token) {
        self.end_word();
        self.tokens.push(token);
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { tokens: Vec::new(), word: None };
    let mut chars = text.chars().peekable();
    let mut in_double = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('\n') | None => {}
                Some(next) => {
                    if in_double && !matches!(next, '$' | '"' | '\\') {
                        lexer.text('\\');
                    }
                    lexer.text(next);
                }
            },
            '"' => {
                in_double = !in_double;
                lexer.quote();
            }
            '$' => {
                let mut name = String::new();
                let braces = chars.next_if_eq(&'{').is_some();
                while let Some(c) = chars.next_if(|c| {
                    c.is_ascii_alphanumeric()
                        || *c == '_'
                        || (name.is_empty() && matches!(c, '?' | '@' | '#' | '*'))
                }) {
                    name.push(c);
                }
                if braces {
                    chars.next_if_eq(&'}');
                }
                if name.is_empty() && !in_double && chars.peek() == Some(&'"') {
                    // $"…": a text with translations.
                } else if name.is_empty() {
                    lexer.text('$');
                } else {
                    let word = lexer.word.get_or_insert_default();
                    word.pieces.push(Piece::Variable(name, in_double));
                }
            }
            c if in_double => lexer.text(c),
            '\'' => {
                lexer.quote();
                for c in chars.by_ref().take_while(|c| *c != '\'') {
                    lexer.text(c);
                }
            }
            '#' if lexer.word.is_none() => while chars.next_if(|c| *c != '\n').is_some() {},
            '\n' | ';' => lexer.token(Token::End),
            '&' | '|' => lexer.token(Token::End),
            '{' if lexer.word.is_none() => lexer.token(Token::Open),
            '}' if lexer.word.is_none() => lexer.token(Token::Close),
            c if c.is_whitespace() => lexer.end_word(),
            c => lexer.text(c),
        }
    }
    lexer.end_word();
    lexer.tokens
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    statements: usize,
}

impl Parser {
    fn peek_keyword(&self) -> Option<&str> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) => word.keyword(),
            _ => None,
        }
    }

    /// Statements up to a closing brace, or one of the words in `until`; that is not consumed.
    fn block(&mut self, until: &[&str], depth: usize) -> Vec<Statement> {
        let mut all = Vec::new();
        loop {
            match self.tokens.get(self.at) {
                None | Some(Token::Close) => return all,
                Some(Token::End) => self.at += 1,
                Some(Token::Open) => {
                    self.at += 1;
                    if depth >= MAX_DEPTH {
                        return all;
                    }
                    all.extend(self.block(&[], depth + 1));
                    self.at += 1;
                }
                Some(Token::Word(_)) => {
                    if self.peek_keyword().is_some_and(|word| until.contains(&word)) {
                        return all;
                    }
                    self.statements += 1;
                    if self.statements > MAX_STATEMENTS || depth >= MAX_DEPTH {
                        self.at = self.tokens.len();
                        return all;
                    }
                    let keyword = self.peek_keyword().unwrap_or_default().to_owned();
                    all.extend(self.statement(&keyword, depth));
                }
            }
        }
    }

    fn statement(&mut self, keyword: &str, depth: usize) -> Option<Statement> {
        match keyword {
            "if" => {
                let mut branches = Vec::new();
                let mut otherwise = Vec::new();
                loop {
                    self.at += 1; // if, elif
                    let condition = self.block(&["then", "fi"], depth + 1);
                    self.keyword("then");
                    branches.push((condition, self.block(&["elif", "else", "fi"], depth + 1)));
                    match self.peek_keyword() {
                        Some("elif") => {}
                        Some("else") => {
                            self.at += 1;
                            otherwise = self.block(&["fi"], depth + 1);
                            self.keyword("fi");
                            break;
                        }
                        _ => {
                            self.keyword("fi");
                            break;
                        }
                    }
                }
                Some(Statement::If { branches, otherwise })
            }
            "menuentry" | "submenu" => {
                self.at += 1;
                let words = self.words();
                let body = self.braces(depth)?;
                Some(Statement::Entry { submenu: keyword == "submenu", words, body })
            }
            "function" => {
                self.at += 1;
                let name = self.words().first()?.keyword()?.to_owned();
                Some(Statement::Function { name, body: self.braces(depth)?.into() })
            }
            "for" => {
                self.at += 1;
                let mut words = self.words();
                let variable = words.first()?.keyword()?.to_owned();
                words.drain(..words.len().min(2)); // the variable, `in`
                Some(Statement::For { variable, words, body: self.loop_body(depth) })
            }
            "while" | "until" => {
                self.at += 1;
                // Menus are built without.
                self.block(&["do"], depth + 1);
                self.loop_body(depth);
                None
            }
            _ => {
                let words = self.words();
                if words.is_empty() {
                    self.at += 1;
                    return None;
                }
                Some(Statement::Command(words))
            }
        }
    }

    fn keyword(&mut self, word: &str) {
        if self.peek_keyword() == Some(word) {
            self.at += 1;
        }
    }

    fn loop_body(&mut self, depth: usize) -> Vec<Statement> {
        while self.tokens.get(self.at) == Some(&Token::End) {
            self.at += 1;
        }
        self.keyword("do");
        let body = self.block(&["done"], depth + 1);
        self.keyword("done");
        body
    }

    /// The words up to the end of the statement.
    fn words(&mut self) -> Vec<Word> {
        let mut words = Vec::new();
        while let Some(Token::Word(word)) = self.tokens.get(self.at) {
            words.push(word.clone());
            self.at += 1;
        }
        words
    }

    /// A body in braces, which may start on the next line.
    fn braces(&mut self, depth: usize) -> Option<Vec<Statement>> {
        while self.tokens.get(self.at) == Some(&Token::End) {
            self.at += 1;
        }
        if self.tokens.get(self.at) != Some(&Token::Open) {
            return None;
        }
        self.at += 1;
        let body = self.block(&[], depth + 1);
        self.at += 1;
        Some(body)
    }
}
