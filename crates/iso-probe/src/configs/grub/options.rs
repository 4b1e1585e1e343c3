//! The options of commands, by the rules of GRUB's `arg.c`.

/// Whether an option takes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    Nothing,
    Value,
    /// An optional value.
    Maybe,
}

/// The options that a command knows: their long names, short names, and whether they take values.
pub(super) type Known = [(&'static str, char, Takes)];

/// The options and arguments that a command was given.
#[derive(Debug, Default)]
pub(super) struct Options<'w> {
    /// The long name of each option that was given, with its value.
    pub(super) given: Vec<(&'static str, Option<&'w str>)>,
    pub(super) arguments: Vec<&'w str>,
}

impl Options<'_> {
    /// Whether an option was given.
    pub(super) fn has(&self, name: &str) -> bool {
        self.given.iter().any(|(given, _)| *given == name)
    }

    /// The value of an option; if it was given several times, the last.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.given.iter().rev().find(|(given, _)| *given == name).and_then(|(_, value)| *value)
    }
}

/// The options and arguments in a command's words; `None` if GRUB would refuse the command. An
/// unknown option is an argument if the command `accepts_dash`.
pub(super) fn parse<'w>(
    known: &Known,
    accepts_dash: bool,
    words: &'w [String],
) -> Option<Options<'w>> {
    let mut out = Options::default();
    let mut words = words.iter().map(String::as_str).peekable();
    while let Some(word) = words.next() {
        if !word.starts_with('-') || word == "-" {
            out.arguments.push(word);
            continue;
        }
        if word == "--" {
            out.arguments.extend(words);
            break;
        }
        let (option, mut value) = match word.strip_prefix("--") {
            Some(long) => {
                let (name, value) = match long.split_once('=') {
                    Some((name, value)) => (name, Some(value)),
                    None => (long, None),
                };
                let option = known.iter().find(|(long, ..)| *long == name);
                let takes = option.is_some_and(|(.., takes)| *takes != Takes::Nothing);
                let mut next = || words.next_if(|next| !next.starts_with('-'));
                (option, if value.is_none() && takes { next() } else { value })
            }
            None => {
                let find = |c: char| known.iter().find(|(_, short, _)| *short == c);
                let shorts = word.trim_start_matches('-');
                if !shorts.chars().all(|c| find(c).is_some()) {
                    (None, None)
                } else {
                    let last = shorts.char_indices().next_back().map_or(0, |(at, _)| at);
                    for option in shorts[..last].chars().filter_map(find) {
                        if option.2 == Takes::Value {
                            return None;
                        }
                        out.given.push((option.0, None));
                    }
                    let option = shorts[last..].chars().next().and_then(find);
                    let value = match option.map(|(.., takes)| takes) {
                        Some(Takes::Value) => words.next(),
                        Some(Takes::Maybe) => {
                            words.next_if(|next| next.len() < 2 || !next.starts_with('-'))
                        }
                        _ => None,
                    };
                    (option, value)
                }
            }
        };
        let Some((name, _, takes)) = option else {
            if accepts_dash {
                out.arguments.push(word);
                continue;
            }
            return None;
        };
        match takes {
            Takes::Nothing if value.is_some() => return None,
            Takes::Value if value.is_none() => return None,
            _ => out.given.push((name, value.take())),
        }
    }
    Some(out)
}
