//! GRUB's script language: its grammar, and the commands that menus are made with.
//!
//! ```text
//! text ─lexer─► tokens ─parse─► statements ─run─► Menu
//!                                  words, glob ──┤ what words stand for
//!             condition, regexp, search, default ┘ what commands answer
//! ```
//!
//! A file is run as GRUB on a 64-bit PC with UEFI would run it, but nothing is really started. The
//! result is the menu, with what the commands of each entry would start. The rules are those of
//! GRUB's sources (`grub-core/script`, `grub-core/commands`); each file here names the source that
//! it follows, and tests compare the whole with `grub-emu`.

mod commands;
mod condition;
mod default;
mod environment;
mod glob;
mod lexer;
mod options;
mod outline;
mod parse;
mod path;
mod regexp;
mod run;
mod source;
mod words;

#[cfg(test)]
mod against_grub;
#[cfg(test)]
mod tests;

pub(super) use commands::NOT_THERE;
pub use outline::{OutlinedEntry, outline};
pub(super) use path::OUTSIDE;

use super::files::{Files, directory};
use super::menu::Menu;
use run::Run;

/// Variables that GRUB has before it reads its menu, and that later menus see too.
const VARIABLES: [(&str, &str); 9] = [
    ("root", "cd0"),
    ("grub_platform", "efi"),
    ("grub_cpu", "x86_64"),
    ("feature_menuentry_id", "y"),
    ("feature_default_font_path", "y"),
    ("feature_all_video_module", "y"),
    ("feature_platform_search_hint", "y"),
    ("feature_timeout_style", "y"),
    ("feature_200_final", "y"),
];

/// The menu of the file at `path`.
pub(super) fn menu(files: &mut dyn Files, path: &str) -> Menu {
    let prefix = format!("(cd0){}", directory(path));
    menu_with(files, path, &[("prefix", &prefix), ("cmdpath", &prefix)])
}

/// The menu of the file at `path`, with more variables.
pub(super) fn menu_with(files: &mut dyn Files, path: &str, variables: &[(&str, &str)]) -> Menu {
    let mut all = VARIABLES.to_vec();
    all.extend(variables);
    let mut run = Run::new(files, &all);
    let menu = run.menu_of(path).ok().flatten().unwrap_or_default();
    Menu { trouble: run.trouble.take(), ..menu }
}
