//! The names inside an initrd, which tell what software will look for the system's files, and which
//! file systems it can mount.
//!
//! ```text
//! ┌───────────────────┬───────┬─────────────────────────────────────┐
//! │ cpio: microcode   │ zeros │ gzip, xz, zstd, lz4, bzip2, lzma of │
//! │ (not compressed)  │       │ cpio, cpio, …                       │
//! └───────────────────┴───────┴─────────────────────────────────────┘
//! ```
//!
//! The kernel unpacks such parts in any number and order, as
//! <https://docs.kernel.org/driver-api/early-userspace/buffer-format.html> says.

mod cpio;
pub(crate) mod recognise;
pub(crate) mod shape;
mod telling;

pub use telling::is_telling;

use crate::facts::Initrd;
use cpio::{Archive, Ended, Stream};
use recognise::recognise;
use std::io::{self, BufRead, BufReader, Read};
use unpack::{Budget, Compression, Streams};

/// The number of an initrd's parts to look at.
const MAX_PARTS: usize = 16;
/// The number of names to keep, and of entries to count.
const MAX_NAMES: usize = 512;
const MAX_ENTRIES: u32 = 200_000;
/// The work of looking at an entry, and at a byte of a list of modules.
const WORK_OF_AN_ENTRY: u64 = 1_000;
const WORK_OF_A_BYTE: u64 = 20;

/// The reason in the facts about an initrd that was not read to its end because nobody needed more
/// of it.
pub(crate) const ENOUGH: &str = "the rest was not needed";

/// A question that is asked whenever something was found in an initrd: whether that is enough. It
/// is told what was found so far, and the name or driver that was found last.
pub(crate) type Enough<'e> = dyn FnMut(&Initrd, &str) -> bool + 'e;

/// The contents of an initrd, read as far as the budget for unpacking goes, or until `enough` says
/// so. If something is wrong with the initrd, what was found before counts.
pub(crate) fn look_into(input: impl Read, budget: &Budget, enough: &mut Enough<'_>) -> Initrd {
    let mut found = Initrd::default();
    let mut input = BufReader::with_capacity(1 << 16, input);
    if let Err(why) = parts(&mut input, &mut found, budget, enough) {
        found.incomplete = Some(why);
    }
    found
}

fn parts(
    input: &mut impl BufRead,
    found: &mut Initrd,
    budget: &Budget,
    enough: &mut Enough<'_>,
) -> Result<(), String> {
    loop {
        let first = skip_zeros(input).map_err(|e| e.to_string())?;
        let Some(first) = first else {
            return if found.parts.is_empty() { Err("it is empty".into()) } else { Ok(()) };
        };
        if found.parts.len() == MAX_PARTS {
            return Err(format!("it has more than {MAX_PARTS} parts"));
        }
        let mut head = [first; 6];
        input.read_exact(&mut head[1..]).map_err(|e| e.to_string())?;
        let Some(compression) = recognise(&head) else {
            return Err(match found.parts.is_empty() {
                true => "it is no cpio archive, nor compressed in a way that is known".into(),
                false => "something else follows its cpio archives".into(),
            });
        };
        found.parts.push(compression);
        let whole = (&head[..]).chain(&mut *input);
        let mut unpacked = compression.reader(whole, Streams::First, budget);
        if compression == Compression::None {
            read_archive(&mut unpacked, found, budget, enough)?;
            continue;
        }
        let mut part = BufReader::with_capacity(1 << 16, unpacked);
        let mut first = true;
        // A compressed part may hold several archives.
        while let Some(byte) = skip_zeros(&mut part).map_err(|e| e.to_string())? {
            let head = [byte];
            read_archive(&mut (&head[..]).chain(&mut part), found, budget, enough)?;
            first = false;
        }
        if first {
            return Err("its compressed part is empty".into());
        }
    }
}

/// The next byte that is not zero; `None` at the end.
fn skip_zeros(input: &mut impl BufRead) -> io::Result<Option<u8>> {
    loop {
        let buf = match input.fill_buf() {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        if buf.is_empty() {
            return Ok(None);
        }
        let zeros = buf.iter().take_while(|b| **b == 0).count();
        let found = buf.get(zeros).copied();
        input.consume(zeros + usize::from(found.is_some()));
        if found.is_some() {
            return Ok(found);
        }
    }
}

fn read_archive(
    input: &mut impl Read,
    found: &mut Initrd,
    budget: &Budget,
    enough: &mut Enough<'_>,
) -> Result<(), String> {
    let mut archive = Archive::new(Stream(input));
    loop {
        let entry = match archive.next() {
            Ok(entry) => entry,
            Err(Ended::Trailer) => return Ok(()),
            Err(Ended::NotCpio) => return Err("what is in it is no cpio archive".into()),
            Err(Ended::Io(e)) => return Err(format!("it cannot be unpacked to its end: {e}")),
        };
        found.entries += 1;
        if found.entries > MAX_ENTRIES {
            return Err(format!("it has more than {MAX_ENTRIES} entries"));
        }
        budget.charge(WORK_OF_AN_ENTRY).map_err(|e| e.to_string())?;
        let path = telling::normal(&entry.name);
        let mut news = false;
        if let Some(module) = telling::kernel_module(path) {
            news |= note_module(module, found);
        }
        if path.ends_with("/modules.builtin") {
            let text = archive.content(1 << 20).map_err(|e| format!("it is damaged: {e}"))?;
            let work = WORK_OF_A_BYTE * text.len() as u64;
            budget.charge(work).map_err(|e| e.to_string())?;
            for module in String::from_utf8_lossy(&text).lines() {
                note_module(module, found);
            }
            (found.lists_builtin, news) = (true, true);
        }
        if !entry.is_directory() && is_telling(path) && !found.names.contains(path) {
            if found.names.len() == MAX_NAMES {
                return Err(format!("it has more than {MAX_NAMES} names of interest"));
            }
            found.names.insert(path.to_owned());
            news = true;
        }
        if news && enough(found, path) {
            return Err(ENOUGH.to_owned());
        }
    }
}

/// Adds a kernel module, by its path from `kernel/` on, to the drivers found. Whether it is a
/// driver that counts.
fn note_module(module: &str, found: &mut Initrd) -> bool {
    let mut counts = false;
    if let Some(fs) = module.strip_prefix("kernel/fs/").and_then(|rest| rest.split_once('/')) {
        let name: String = fs.0.chars().take(16).collect();
        if telling::FILESYSTEMS.contains(&name.as_str()) {
            found.filesystems.insert(name);
            counts = true;
        }
    }
    if module.starts_with("kernel/drivers/block/loop.ko") {
        (found.loop_driver, counts) = (true, true);
    }
    if let Some(helper) = telling::helper(module) {
        found.helpers.insert(helper.to_owned());
        counts = true;
    }
    counts
}
