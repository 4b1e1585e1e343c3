//! GRUB's script, as much of it as grub.cfg files use to build their menus.
//!
//! A file is parsed (`parse`) and run (`run`) with an environment such as the image's own GRUB
//! would have on a 64-bit PC with UEFI, but without its effects: what is left are the menu entries
//! and the commands in them. <https://www.gnu.org/software/grub/manual/grub/grub.html#Shell_002dlike-scripting>

mod parse;
mod run;

use super::Texts;
use crate::BootEntry;
use std::io::{Read, Seek};

/// The entries of `text` and of what it reads, the default one marked.
pub(super) fn entries<R: Read + Seek>(
    texts: &mut Texts<'_, R>,
    path: &str,
    text: &str,
) -> Vec<BootEntry> {
    run::Run::new(texts, path).file(text)
}
