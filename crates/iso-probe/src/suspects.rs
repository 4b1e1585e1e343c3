//! Suspects: files that menu entries take for kernels or initrds, but that cannot be such files.

use crate::contents::Contents;
use crate::facts::BootEntry;
use crate::initrd::recognise::recognise;
use crate::initrd::shape;
use crate::machine;
use std::collections::BTreeMap;
use unpack::Budget;

/// The number of a file's first bytes to look at, and the least number that can be called a text.
const HEAD: usize = 4096;
const TEXT: usize = 512;
/// The first bytes of a file compressed with `mkzftree`, which only Linux unpacks.
const ZISOFS: &[u8] = b"\x37\xe4\x53\x96\xc9\xdb\xd6\x07";

/// The greatest length of a placeholder: a file of zeros that people overwrite later, as with
/// CoreOS's `ignition.img`.
const PLACE: u64 = 1 << 20;

/// The reasons why some of these kernels and initrds cannot be such files, by path. `entries` are
/// those that start them.
pub(crate) fn suspects(
    contents: &mut Contents<'_>,
    entries: &[BootEntry],
    kernels: &[String],
    initrds: &[String],
    budget: &Budget,
) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for path in kernels {
        let why = head(contents, path).or_else(|| no_kernel(contents, path));
        if let Some(why) = why.or_else(|| short_kernel(contents, path)) {
            found.insert(path.clone(), why);
        }
    }
    for path in initrds {
        let more = entries.iter().flat_map(|e| e.initrds.iter().skip(1)).any(|i| i == path);
        if more && is_place(contents, path) {
            continue;
        }
        let shape = |contents: &mut Contents<'_>| shape::flaw(&mut contents.open(path)?, budget);
        let why = head(contents, path).or_else(|| no_initrd(contents, path));
        if let Some(why) = why.or_else(|| shape(contents)) {
            found.insert(path.clone(), why);
        }
    }
    found
}

/// The reason why a file's first bytes are neither a kernel's nor an initrd's, if they are not.
fn head(contents: &mut Contents<'_>, path: &str) -> Option<String> {
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

/// Whether a file is a placeholder, nothing but zeros: a kernel passes over them between initrds,
/// and people put something in their place later.
fn is_place(contents: &mut Contents<'_>, path: &str) -> bool {
    let small = contents
        .files()
        .find(path)
        .and_then(|p| contents.files().len(p))
        .is_some_and(|len| len <= PLACE);
    let zeros = |bytes: Vec<u8>| !bytes.is_empty() && bytes.iter().all(|b| *b == 0);
    small && contents.head(path, PLACE as usize).is_some_and(zeros)
}

/// The complaint about an initrd that is neither an archive nor a file system.
fn no_initrd(contents: &mut Contents<'_>, path: &str) -> Option<String> {
    let head = contents.head(path, HEAD)?;
    let archive = head.iter().position(|b| *b != 0).is_none_or(|first| {
        let start = head.get(first..).and_then(<[u8]>::first_chunk);
        start.is_none_or(|start| recognise(start).is_some())
    });
    // Linux also takes images of file systems: ext2, romfs, squashfs, cramfs.
    let ext = head.get(0x438..0x43a) == Some(&[0x53, 0xef]);
    let other = [&b"-rom1fs-"[..], b"hsqs", b"\x45\x3d\xcd\x28"];
    let fine = head.len() < TEXT || archive || ext || other.iter().any(|o| head.starts_with(o));
    (!fine).then(|| "it is neither a cpio archive, nor compressed, nor a file system".to_owned())
}

/// The complaint about a kernel without any kernel's header.
fn no_kernel(contents: &mut Contents<'_>, path: &str) -> Option<String> {
    let head = contents.head(path, machine::HEAD)?;
    // GRUB unpacks some kernels. Very old ones have no header, but the signature of a boot sector.
    let packed = head.first_chunk().is_some_and(|start| recognise(start).is_some());
    let sector = head.get(0x1fe..0x200) == Some(&[0x55, 0xaa]);
    let fine = head.len() < TEXT || packed || sector || machine::of_kernel(&head).is_some();
    (!fine).then(|| "it has no header of a kernel".to_owned())
}

/// The complaint about a kernel for the PC whose header says that it is longer than its file.
fn short_kernel(contents: &mut Contents<'_>, path: &str) -> Option<String> {
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
