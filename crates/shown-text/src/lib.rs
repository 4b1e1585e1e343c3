//! Text from outside, made fit for people: file names, titles, lines of a spec, whatever is in an
//! ISO. All crates use this one rule, so that no message can draw on a terminal, begin a line of a
//! log, or read as something else than it says.
//!
//! ```text
//! acts_on_text ──┬─► Shown, shown    one line of a message: such characters as escapes
//!                ├─► shown_lines     a whole message: as above, but its own line ends stay
//!                └─► ShellWord       a path in a command: quoted so that a shell reads its bytes
//! ```
//!
//! ```
//! assert_eq!(shown_text::shown("a\x1b[2J\n\u{202e}b é"), "a\\u{1b}[2J\\n\\u{202e}b é");
//! ```

mod rule;
mod shell;
mod shown;

pub use rule::{acts_on_text, reorders_text};
pub use shell::ShellWord;
pub use shown::{Shown, shown, shown_lines};
