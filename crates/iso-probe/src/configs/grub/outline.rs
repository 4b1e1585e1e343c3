//! The entries of a menu as they stand in its text, whatever would be shown: nothing is run.

use super::commands::ENTRY;
use super::lexer::variable;
use super::options::{self, Options};
use super::parse::{NoScript, Span, Statement, parse};
use super::source::range;
use crate::configs::budget::MenuBudget;

/// The number of menus inside each other that are looked into.
const MAX_DEPTH: usize = 10;
/// The number of entries that are kept.
const MAX_ITEMS: usize = 1000;

/// An entry of a GRUB menu, or a menu inside it, as it stands in the text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutlinedEntry {
    /// The title. Variables stand in it as they do in the text: `${name}`.
    pub title: String,
    /// The id, if it has one.
    pub id: Option<String>,
    /// Whether it opens a menu; the entries behind it that are deeper are that menu's.
    pub submenu: bool,
    /// The number of menus that it is in.
    pub depth: usize,
    /// Its commands in their order, those of all branches of its conditions, each with its words.
    pub commands: Vec<Vec<String>>,
}

/// The entries of a GRUB menu, in the order of its text, those of all branches of its conditions.
/// A text of any bytes takes no more work than the menus of an ISO may.
pub fn outline(text: &str) -> Vec<OutlinedEntry> {
    let mut outline = Outline { budget: MenuBudget::default(), entries: Vec::new() };
    outline.text(text, 0, None);
    outline.entries
}

struct Outline {
    budget: MenuBudget,
    entries: Vec<OutlinedEntry>,
}

impl Outline {
    /// The statements of a text, in the menu of that depth, or in an entry.
    fn text(&mut self, text: &str, depth: usize, entry: Option<usize>) {
        let mut at = 0;
        while at < text.len() && depth <= MAX_DEPTH {
            let end = match parse(text, at, &mut self.budget) {
                Ok(script) => {
                    self.block(text, &script.statements, depth, entry);
                    script.end
                }
                Err(NoScript::Error { end, .. }) => end,
                Err(NoScript::Spent) => return,
            };
            at = end.max(at + 1);
        }
    }

    fn block(&mut self, text: &str, block: &[Statement], depth: usize, entry: Option<usize>) {
        for statement in block {
            match statement {
                Statement::Command { words, block } => {
                    self.command(text, words, block.as_ref(), depth, entry);
                }
                Statement::If { branches, otherwise } => {
                    for (condition, then) in branches {
                        self.block(text, condition, depth, entry);
                        self.block(text, then, depth, entry);
                    }
                    self.block(text, otherwise, depth, entry);
                }
                Statement::For { body, .. } => self.block(text, body, depth, entry),
                Statement::While { condition, body, .. } => {
                    self.block(text, condition, depth, entry);
                    self.block(text, body, depth, entry);
                }
            }
        }
    }

    fn command(
        &mut self,
        text: &str,
        words: &[Span],
        block: Option<&Span>,
        depth: usize,
        entry: Option<usize>,
    ) {
        let words: Vec<String> =
            words.iter().filter_map(|w| text.get(range(w))).map(unquoted).collect();
        let (Some((name, arguments)), true) = (words.split_first(), self.entries.len() < MAX_ITEMS)
        else {
            return;
        };
        let submenu = match (name.as_str(), block) {
            ("menuentry", Some(_)) => false,
            ("submenu", Some(_)) => true,
            _ => {
                if let Some(entry) = entry.and_then(|n| self.entries.get_mut(n)) {
                    // `!` only turns a command's result around.
                    let words = words.into_iter().skip_while(|word| word == "!").collect();
                    entry.commands.push(words);
                }
                return;
            }
        };
        let options = options::parse(ENTRY, true, arguments);
        let options: Options<'_> = options.unwrap_or_default();
        let title = options.arguments.first().map(|title| (*title).to_owned());
        let id = options.value("id").map(str::to_owned);
        let title = title.unwrap_or_default();
        self.entries.push(OutlinedEntry { title, id, submenu, depth, commands: Vec::new() });
        let own = self.entries.len() - 1;
        let body = block.and_then(|block| text.get(range(block))).unwrap_or_default().to_owned();
        self.text(&body, depth + usize::from(submenu), Some(own));
    }
}

/// A word without its quotes; variables stay as `${name}`.
fn unquoted(word: &str) -> String {
    let (mut out, mut rest, mut quote) = (String::new(), word, None);
    while let Some(c) = rest.chars().next() {
        let mut len = c.len_utf8();
        match (c, quote) {
            ('\'', Some('\'')) | ('"', Some('"')) => quote = None,
            ('\'' | '"', None) => quote = Some(c),
            ('\\', None | Some('"')) => {
                if let Some(next) = rest[len..].chars().next() {
                    out.push(next);
                    len += next.len_utf8();
                }
            }
            ('$', None | Some('"')) => match variable(rest) {
                Some((name, reference)) => {
                    out.push_str(&format!("${{{name}}}"));
                    len = reference;
                }
                None => out.push(c),
            },
            _ => out.push(c),
        }
        rest = &rest[len..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_in_conditions_and_in_other_menus() {
        let text = "set x=1\nmenuentry 'One' --class a --id one {\n linux /v$x \"a b\"\n}\n\
                    if [ a = b ]; then\n  submenu \"More $x\" {\n    menuentry It\\'s {\n\
                    \x20     if ! initrd '/i'; then echo; fi\n    }\n  }\nfi\n\
                    menuentry odd {\n)\n}\nmenuentry Last { halt; }\n";
        let found = outline(text);
        let titles: Vec<_> = found.iter().map(|e| (e.depth, &*e.title)).collect();
        // To GRUB's lexer a parenthesis is a letter like any other.
        let expected = [(0, "One"), (0, "More ${x}"), (1, "It's"), (0, "odd"), (0, "Last")];
        assert_eq!(titles, expected);
        assert_eq!(found[0].id.as_deref(), Some("one"));
        assert_eq!(found[0].commands, [["linux", "/v${x}", "a b"]]);
        assert_eq!(found[2].commands[0], ["initrd", "/i"]);
        assert!(found[1].submenu && found[1].commands.is_empty());
    }

    #[test]
    fn any_text_comes_to_an_end() {
        for text in
            ["menuentry a {", "submenu a { submenu a {", "\\", "'", "${", "}\n}\n", "é\u{0}"]
        {
            outline(text);
        }
        outline(&"submenu a {\n".repeat(5000));
        assert!(outline(&"menuentry a { true; }\n".repeat(100_000)).len() <= MAX_ITEMS);
    }
}
