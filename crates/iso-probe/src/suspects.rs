//! Suspects: files that menu entries take for kernels or initrds, but that cannot be such files.

use crate::contents::Contents;
use crate::initrd::shape;
use std::collections::BTreeMap;
use std::io::{Read, Seek};
use unpack::Budget;

/// The number of a file's first bytes to look at, and the least number that can be called a text.
const HEAD: usize = 4096;
const TEXT: usize = 512;
/// The first bytes of a file compressed with `mkzftree`, which only Linux unpacks.
const ZISOFS: &[u8] = b"\x37\xe4\x53\x96\xc9\xdb\xd6\x07";

/// The reasons why some of these kernels and initrds cannot be such files, by path.
pub(crate) fn suspects<R: Read + Seek>(
    contents: &mut Contents<R>,
    kernels: &[String],
    initrds: &[String],
    budget: &Budget,
) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for path in kernels {
        if let Some(why) = head(contents, path).or_else(|| short_kernel(contents, path)) {
            found.insert(path.clone(), why);
        }
    }
    for path in initrds {
        let shape = |contents: &mut Contents<R>| shape::flaw(&mut contents.open(path)?, budget);
        if let Some(why) = head(contents, path).or_else(|| shape(contents)) {
            found.insert(path.clone(), why);
        }
    }
    found
}

/// The reason why a file's first bytes are neither a kernel's nor an initrd's, if they are not.
fn head<R: Read + Seek>(contents: &mut Contents<R>, path: &str) -> Option<String> {
    let head = contents.head(path, HEAD)?;
    let text = |b: &u8| matches!(b, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    let what = if head.is_empty() {
        "it is empty"
    } else if head.len() >= TEXT && head.iter().all(|b| *b == 0) {
        "it starts with zeros, as a download does that was not finished"
    } else if head.len() >= TEXT && head.iter().all(text) {
        "it is a text"
    } else if head.starts_with(ZISOFS) {
        "it is compressed with zisofs, which GRUB does not unpack"
    } else {
        return None;
    };
    Some(what.to_owned())
}

/// The complaint about a kernel for the PC whose header says that it is longer than its file.
fn short_kernel<R: Read + Seek>(contents: &mut Contents<R>, path: &str) -> Option<String> {
    let head = contents.head(path, HEAD)?;
    let len = contents.files().len(contents.files().find(path)?)?;
    if head.get(0x202..0x206)? != b"HdrS" {
        return None;
    }
    let setup = u64::from(*head.get(0x1f1)?);
    // `syssize` counts units of 16 bytes. Before protocol 2.4 it has two bytes only.
    let wide = u16::from_le_bytes([*head.get(0x206)?, *head.get(0x207)?]) >= 0x204;
    let size = [0x1f4, 0x1f5, 0x1f6, 0x1f7].map(|at| head.get(at).copied().unwrap_or(0));
    let size = u32::from_le_bytes(size) & if wide { u32::MAX } else { 0xffff };
    let whole = (setup.max(1) + 1) * 512 + u64::from(size) * 16;
    // The last unit need not be full.
    (len + 16 < whole).then(|| format!("it has {len} bytes, and {whole} by its header: cut short"))
}
