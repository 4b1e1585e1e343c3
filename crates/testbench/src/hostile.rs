//! ISO images that bootkey must refuse, or must survive, names that it must quote, and damage.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use crate::{FixtureError, Iso};

const SECTOR: u64 = 2048;

/// Changes the bits `mask` of the byte at `at` of a file.
///
/// # Panics
/// When the file cannot be changed there.
pub fn flip(path: &Path, at: u64, mask: u8) {
    let file = File::options().read(true).write(true).open(path).expect("a file of the test");
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).expect("a byte to change");
    file.write_all_at(&[byte[0] ^ mask], at).expect("a byte that can be changed");
}

/// An ISO cut off in the middle of its last file, as by a download that broke: its volume
/// descriptor promises more bytes than the file has. Returns (promised, present).
///
/// # Errors
/// As [`Iso::write`].
pub fn truncated_iso(out: &Path) -> Result<(u64, u64), FixtureError> {
    let promised = Iso::new("TRUNCATED")
        .file("isolinux/initrd.img", vec![0xA5; 1 << 20])
        .file("isolinux/vmlinuz", vec![0x5A; 1 << 20])
        .write(out)?;
    // In the middle of a file: padding may be missing.
    let present = promised / 2 / SECTOR * SECTOR;
    let file = File::options().write(true).open(out).map_err(FixtureError::io(out))?;
    file.set_len(present).map_err(FixtureError::io(out))?;
    Ok((promised, present))
}

/// A valid, bootable-looking ISO of `size` bytes (rounded down to whole sectors) that takes a few
/// hundred KiB on disk: all past the files is a hole, and the volume descriptors count it in.
///
/// # Errors
/// As [`Iso::write`].
pub fn sparse_iso(out: &Path, size: u64) -> Result<u64, FixtureError> {
    Iso::new("SPARSE")
        .file("isolinux/vmlinuz", vec![0x5A; 64 << 10])
        .file("isolinux/initrd.img", vec![0xA5; 64 << 10])
        .write(out)?;
    let sectors = size / SECTOR;
    claim_sectors(out, u32::try_from(sectors).unwrap_or(u32::MAX))?;
    let file = File::options().write(true).open(out).map_err(FixtureError::io(out))?;
    file.set_len(sectors * SECTOR).map_err(FixtureError::io(out))?;
    Ok(sectors * SECTOR)
}

/// Makes the volume descriptors of an existing ISO (primary and Joliet) claim `sectors` sectors
/// of 2048 bytes.
///
/// # Errors
/// When the file cannot be read or written.
pub fn claim_sectors(iso: &Path, sectors: u32) -> Result<(), FixtureError> {
    let io = |e| FixtureError::io(iso)(e);
    let mut file = File::options().read(true).write(true).open(iso).map_err(io)?;
    for sector in 16.. {
        let at = sector * SECTOR;
        let mut kind = [0; 6]; // descriptor type, "CD001"
        file.seek(SeekFrom::Start(at)).map_err(io)?;
        file.read_exact(&mut kind).map_err(io)?;
        match kind[0] {
            1 | 2 => {
                // ECMA-119 8.4.8: Volume Space Size at bytes 80..88, both byte orders.
                file.seek(SeekFrom::Start(at + 80)).map_err(io)?;
                file.write_all(&sectors.to_le_bytes()).map_err(io)?;
                file.write_all(&sectors.to_be_bytes()).map_err(io)?;
            }
            255 => break,
            _ => {}
        }
    }
    Ok(())
}

/// A file that is no ISO, longer than the 34 KiB in which a volume descriptor could be.
///
/// # Errors
/// When the file cannot be written.
pub fn not_an_iso(out: &Path) -> Result<(), FixtureError> {
    std::fs::write(out, b"<!DOCTYPE html><title>404 Not Found</title>\n".repeat(2048))
        .map_err(FixtureError::io(out))
}

/// File names that break careless quoting, each with a word for messages. All are legal on
/// Linux; the last is not UTF-8.
pub fn odd_names() -> Vec<(&'static str, OsString)> {
    [
        ("space", &b"a name  with spaces.iso"[..]),
        ("single quote", b"it's.iso"),
        ("double quote", b"the \"best\".iso"),
        ("dollar", b"$root ${x} $(id).iso"),
        ("backslash", b"back\\slash.iso"),
        ("hash", b"#1 # comment.iso"),
        ("braces", b"{a,b}; } menuentry.iso"),
        ("glob", b"*?[x].iso"),
        ("dash", b"--help.iso"),
        ("newline", b"two\nlines.iso"),
        ("tab", b"a\ttab.iso"),
        ("unicode", "d\u{e9}j\u{e0}-\u{65e5}\u{672c}.iso".as_bytes()),
        ("not UTF-8", b"caf\xe9.iso"),
    ]
    .map(|(what, name)| (what, OsString::from_vec(name.to_vec())))
    .into()
}
