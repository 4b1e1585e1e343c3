//! `grub-bios-setup`, in as much as this crate does of it: makes a disk image start from a BIOS,
//! without root and without a device.
//!
//! ```text
//! bios-setup [-d DIR] [-b BOOT_IMG] [-c CORE_IMG] [--no-rs-codes] DISK
//! ```
//!
//! `boot.img` and `core.img` lie in DIR (/boot/grub/i386-pc if none is given) unless -b and -c name
//! them. DISK is a file; only sector 0's code and the sectors of core.img change.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // a program reads and writes files

use grub_image::{CoreImage, EmbeddingArea, Redundancy, bios_setup};
use image_layout::Content;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

type Problem = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("bios-setup: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut args: impl Iterator<Item = String>) -> Result<(), Problem> {
    let mut directory = PathBuf::from("/boot/grub/i386-pc");
    let (mut boot, mut core, mut disk) = (None, None, None);
    let mut redundancy = Redundancy::ReedSolomon;
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} wants a value"));
        match arg.as_str() {
            "-d" => directory = value()?.into(),
            "-b" => boot = Some(PathBuf::from(value()?)),
            "-c" => core = Some(PathBuf::from(value()?)),
            "--no-rs-codes" => redundancy = Redundancy::None,
            option if option.starts_with('-') => return Err(format!("no option {option}").into()),
            _ => disk = Some(PathBuf::from(arg)),
        }
    }
    let boot = read(&boot.unwrap_or_else(|| directory.join("boot.img")))?;
    let core = CoreImage::parse(&read(&core.unwrap_or_else(|| directory.join("core.img")))?)?;
    let path = disk.ok_or("DISK is missing")?;
    let disk = File::options().read(true).write(true).open(&path);
    let disk = disk.map_err(|e| format!("{}: {e}", path.display()))?;

    let sector = |lba: u64| {
        let mut sector = [0; 512];
        disk.read_exact_at(&mut sector, lba.checked_mul(512)?).ok().map(|()| sector)
    };
    let area = EmbeddingArea::find(sector)?;
    let sector0 = sector(0).ok_or("sector 0 cannot be read")?;
    let installed = bios_setup::install_boot_img(&boot, &core, &sector0, &area, redundancy)?;
    // All but sector 0 first: it starts what lies there.
    let layout = installed.lay_out(disk.metadata()?.len())?;
    for region in layout.regions().filter(|r| r.at > 0) {
        match &region.content {
            Content::Bytes(bytes) => disk.write_all_at(bytes, region.at)?,
            _ => disk.write_all_at(&vec![0; region.content.len() as usize], region.at)?,
        }
    }
    disk.write_all_at(&installed.boot_sector, 0)?;
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    Ok(std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?)
}
