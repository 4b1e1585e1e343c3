//! `bootkey grub`: where GRUB's own files come from.

use super::fetch::fetch;
use super::print;
use crate::cli::Grub;
use crate::say::Say;
use bootkey::{Error, key_inputs};
use core::fmt::Write as _;
use key_inputs::{Environment, GRUB_PACKAGES, MEMDISK_PACKAGE, Request};
use std::path::PathBuf;

pub(crate) fn run(command: &Grub, say: &Say) -> Result<(), Error> {
    match command {
        Grub::Where { grub } => places(grub),
        Grub::Fetch => {
            let names = GRUB_PACKAGES.into_iter().chain([MEMDISK_PACKAGE]);
            fetch(&names.map(Request::package).collect::<Vec<_>>(), say)
        }
    }
}

/// A line for each place: what is there, and whether a build takes it. That there is no GRUB at
/// all is an error, with the next step.
fn places(grub: &[PathBuf]) -> Result<(), Error> {
    let environment = Environment::from_process();
    let mut out = String::new();
    let mut chosen = false;
    for place in key_inputs::candidates(grub, &environment) {
        chosen |= place.chosen;
        let mark = if place.chosen { "*" } else { " " };
        let found = match &place.found {
            Ok(Some(files)) => {
                let version = files.origin.version.as_deref().unwrap_or("of unknown version");
                let font = if files.font.is_some() { "" } else { ", no font" };
                format!("GRUB {version}, {} files{font}", files.files.len())
            }
            Ok(None) => "nothing".to_owned(),
            Err(e) => format!("unusable: {e}"),
        };
        let why = match &place.found {
            Ok(None) => String::new(),
            _ => format!(" ({})", place.why),
        };
        // OK to ignore: writing to a String does not fail.
        let _ = writeln!(out, "{mark} {}: {found}{why}", place.place.display());
    }
    print(&out)?;
    if chosen { Ok(()) } else { Ok(key_inputs::locate(grub, &environment).map(|_| ())?) }
}
