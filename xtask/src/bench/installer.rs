//! An ISO that looks like a Debian installer, as long as one wants.

use super::cases::noise;
use std::io::{self, Write as _};
use std::path::Path;
use testbench::Iso;

/// Makes `a.iso`, filled up with bytes that do not compress.
pub(super) fn installer(dir: &Path, mib: usize) -> io::Result<()> {
    let filler = dir.join("filler");
    let mut file = std::fs::File::create(&filler)?;
    let piece = noise(16 << 20);
    for _ in 0..mib / 16 {
        file.write_all(&piece)?;
    }
    with_filler(dir, &filler)
}

/// Makes `a.iso` of a file, which is gone then.
pub(super) fn with_filler(dir: &Path, filler: &Path) -> io::Result<()> {
    Iso::new("INSTALLER")
        .file("isolinux/vmlinuz", "kernel")
        .file("isolinux/initrd.img", "initrd")
        .file_from("filler", filler)
        .write(&dir.join("a.iso"))
        .map_err(io::Error::other)?;
    std::fs::File::open(dir.join("a.iso"))?.sync_all()?;
    std::fs::remove_file(filler)
}
