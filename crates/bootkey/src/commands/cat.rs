//! `bootkey cat`: files on a key, to standard output.

use crate::cli::Cat;
use crate::failure::Failure;
use crate::print::{Output, print};
use bootkey::key_files::Place;
use bootkey::key_read::{Disk, DiskImage, File, ReadAt as _};
use std::io::{ErrorKind, IsTerminal as _, Write as _};

/// Bytes that are read at a time.
const CHUNK: u64 = 1 << 20;
/// Longest file that is shown on a terminal.
const LONGEST_SHOWN: u64 = 16 << 20;

pub(crate) fn run(args: &Cat) -> Result<(), Failure> {
    let image = DiskImage::open(&args.key)?;
    let disk = Disk::read(&image)?;
    for text in &args.places {
        let place = Place::parse(text)?;
        let file = place.open_file(&disk)?;
        if std::io::stdout().is_terminal() {
            show(&file)?;
        } else if !pass_on(&file)? {
            break;
        }
    }
    Ok(())
}

/// Shows a file to people: nothing in it acts on their terminal.
fn show(file: &File<'_>) -> Result<(), Failure> {
    if file.len() > LONGEST_SHOWN {
        return Err(Failure::TooLongToShow { bytes: file.len() });
    }
    let bytes = file.read_all(LONGEST_SHOWN).map_err(bootkey::key_read::Error::Io)?;
    print(&String::from_utf8_lossy(&bytes))
}

/// Passes a file on to a program or a file; whether more is wanted.
fn pass_on(file: &File<'_>) -> Result<bool, Failure> {
    let mut out = Output::open()?;
    let mut at = 0;
    while at < file.len() {
        // OK to cast: at most `CHUNK`.
        let len = (file.len() - at).min(CHUNK) as usize;
        let chunk = file.read_vec(at, len).map_err(bootkey::key_read::Error::Io)?;
        match out.write_all(&chunk) {
            Ok(()) => at += len as u64,
            Err(e) if e.kind() == ErrorKind::BrokenPipe => return Ok(false),
            Err(e) => return Err(Failure::Output(e)),
        }
    }
    Ok(true)
}
