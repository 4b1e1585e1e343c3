//! The output to standard error: messages, warnings, progress. Results go to standard output.

use crate::colour;
use shown_text::shown_lines;
use std::io::Write as _;

/// The program's voice.
#[derive(Debug)]
pub(crate) struct Say {
    quiet: bool,
    verbose: bool,
    colour: bool,
}

impl Say {
    pub(crate) fn new(quiet: bool, verbose: bool) -> Self {
        Self { quiet, verbose, colour: colour::wanted(&std::io::stderr()) }
    }

    fn line(&self, ansi: &str, word: &str, text: &str) {
        let text = shown_lines(text);
        if self.colour {
            put(&format!("\x1b[{ansi}m{word}:\x1b[0m {text}"));
        } else {
            put(&format!("{word}: {text}"));
        }
    }

    pub(crate) fn error(&self, error: &dyn core::fmt::Display) {
        self.line("1;31", "error", &error.to_string());
    }

    pub(crate) fn warning(&self, text: &str) {
        if !self.quiet {
            self.line("1;33", "warning", text);
        }
    }

    /// A warning that is shown to those who want quiet too: what they get is not what they asked for.
    pub(crate) fn grave_warning(&self, text: &str) {
        self.line("1;33", "warning", text);
    }

    /// A plain message.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            put(&shown_lines(text));
        }
    }

    /// What a question is about, which is shown to those who want quiet too.
    pub(crate) fn question(&self, text: &str) {
        put(&shown_lines(text));
    }

    /// A message for those who asked for more.
    pub(crate) fn detail(&self, text: &str) {
        if self.verbose {
            put(&shown_lines(text));
        }
    }

    /// Whether nothing but errors and results is wanted.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Writes a line that a program reads, as it is, even if quiet is wanted.
    pub(crate) fn raw(&self, line: &str) {
        put(line);
    }
}

/// Writes a line to standard error. That nobody may read it is no failure.
fn put(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
