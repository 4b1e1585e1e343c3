//! Drift: what is not as a lock says.

use core::fmt;
use shown_text::shown;

/// Most lines of a spec that a message shows.
const SHOWN: usize = 6;

/// Something that is not as a lock says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drift {
    /// Another version of bootkey made the lock, which is on every key.
    Version {
        /// The version that made it.
        locked: String,
    },
    /// Other rules than this version's lay out the key.
    Layout {
        /// The revision of the rules.
        locked: u32,
    },
    /// The spec is another.
    Spec {
        /// The lines that are in one of them alone: `+` in the spec, `-` in the lock.
        lines: Vec<String>,
    },
    /// An input has changed, is missing, or cannot be had any more.
    Input {
        /// What it is called.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// A file or directory that the spec names lies only where the lock was made.
    Missing {
        /// Its path, from the lock's directory.
        path: String,
        /// Its length in bytes; of a directory, those of all files in it.
        size: u64,
        /// Its SHA-256, in hex; of a directory, that of the list of what is in it.
        sha256: String,
    },
    /// The image is another, though all inputs are the same.
    Image {
        /// The SHA-256 that was locked.
        locked: String,
        /// The one that it has.
        found: String,
    },
}

impl Drift {
    /// The lines in which a spec differs from the locked one; `None` if the two are the same.
    pub(crate) fn of_specs(spec: &str, locked: &str) -> Option<Self> {
        if spec == locked {
            return None;
        }
        let only = |sign: char, of: &str, other: &str| {
            let mut others: Vec<&str> = other.lines().collect();
            let mut lines = Vec::new();
            for line in of.lines() {
                match others.iter().position(|o| *o == line) {
                    Some(at) => drop(others.swap_remove(at)),
                    None if line.is_empty() => {}
                    None => lines.push(format!("{sign} {line}")),
                }
            }
            lines
        };
        let mut lines = only('-', locked, spec);
        lines.extend(only('+', spec, locked));
        Some(Self::Spec { lines })
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { locked } => {
                let here = env!("CARGO_PKG_VERSION");
                let locked = shown(locked);
                write!(
                    f,
                    "it is of bootkey {locked}, and this is {here}: each key names its version"
                )
            }
            Self::Layout { locked } => {
                let here = key_record::LAYOUT;
                write!(
                    f,
                    "its key is laid out by revision {locked} of the rules, here it is {here}"
                )
            }
            Self::Spec { lines } if lines.is_empty() => f.write_str("the spec has another order"),
            Self::Spec { lines } => {
                let all: Vec<String> = lines.iter().take(SHOWN).map(|line| shown(line)).collect();
                let more = lines.len().saturating_sub(SHOWN);
                let more = if more > 0 { format!(" and {more} lines more") } else { String::new() };
                write!(f, "the spec was changed: {}{more}", all.join(" | "))
            }
            Self::Input { name, why } => write!(f, "{}: {why}", shown(name)),
            Self::Missing { path, size, sha256 } => write!(
                f,
                "{} is not there: {size} bytes with the SHA-256 {sha256}, which no address is known for",
                shown(path)
            ),
            Self::Image { locked, found } => write!(
                f,
                "the image has the SHA-256 {found}, not {locked}, though its inputs are those of the \
                 lock: was it made by the very same bootkey?"
            ),
        }
    }
}

/// The next step, for a message.
pub(crate) fn next_step(drift: &[Drift]) -> String {
    let version = drift.iter().find_map(|drift| match drift {
        Drift::Version { locked } => Some(locked),
        _ => None,
    });
    let is_missing = |drift: &Drift| matches!(drift, Drift::Missing { .. });
    match version {
        Some(version) => {
            format!(". Next: use bootkey {}, or lock the spec again", shown(version))
        }
        None if drift.iter().all(is_missing) => {
            ". Next: get what is missing from whoever has it, and put it there".into()
        }
        None => {
            ". Next: undo the change, or lock the spec again (`bootkey lock SPEC.toml`); who has \
                 somebody else's lock alone asks for a new one"
                .into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specs_differ_in_lines() {
        assert_eq!(Drift::of_specs("a\nb\n", "a\nb\n"), None);
        let said = |spec, locked| Drift::of_specs(spec, locked).unwrap().to_string();
        assert_eq!(said("a\nx\nc\n", "a\nb\nc\n"), "the spec was changed: - b | + x");
        assert_eq!(said("a\na\n", "a\n"), "the spec was changed: + a");
        assert_eq!(said("b\na\n", "a\nb\n"), "the spec has another order");
        assert!(said("1\n2\n3\n4\n5\n6\n7\n8\n", "").ends_with("+ 6 and 2 lines more"));
    }
}
