//! `grub-mkimage`, in as much as this crate does of it.
//!
//! ```text
//! mkimage -O x86_64-efi [-d DIR] [-p PREFIX] [-c CONFIG] [-m MEMDISK] [--sbat FILE] -o OUT MODULE…
//! ```
//!
//! DIR is that of GRUB's files, /usr/lib/grub/PLATFORM if none is given. As with the real tool, a
//! memdisk sets the prefix `(memdisk)/boot/grub`, which a `-p` behind it replaces.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // a program reads and writes files

use grub_image::{ImageOptions, ModuleDependencies, Platform, PlatformFiles, mkimage};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

type Problem = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("mkimage: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut args: impl Iterator<Item = String>) -> Result<(), Problem> {
    let (mut platform, mut directory, mut out) = (None, None, None);
    let (mut config, mut memdisk, mut sbat) = (None, None, None);
    let mut prefix = "/boot/grub".to_owned();
    let mut modules = Vec::new();
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} wants a value"));
        match arg.as_str() {
            "-O" => platform = Some(value()?.parse::<Platform>()?),
            "-d" => directory = Some(PathBuf::from(value()?)),
            "-o" => out = Some(PathBuf::from(value()?)),
            "-p" => prefix = value()?,
            "-c" => config = Some(String::from_utf8(read(value()?)?)?),
            "-m" => {
                memdisk = Some(read(value()?)?);
                prefix = "(memdisk)/boot/grub".to_owned();
            }
            "--sbat" => sbat = Some(String::from_utf8(read(value()?)?)?),
            option if option.starts_with('-') => return Err(format!("no option {option}").into()),
            _ => modules.push(arg),
        }
    }
    let platform = platform.ok_or("-O PLATFORM is missing")?;
    let out = out.ok_or("-o OUT is missing")?;
    let directory = directory.unwrap_or_else(|| Path::new("/usr/lib/grub").join(platform.name()));
    let modules: Vec<&str> = modules.iter().map(String::as_str).collect();
    let files = platform_files(&directory, &modules)?;
    let options = ImageOptions {
        modules: &modules,
        prefix: &prefix,
        config: config.as_deref(),
        memdisk: memdisk.as_deref(),
        sbat: sbat.as_deref(),
    };
    let image = match platform {
        Platform::I386Pc => mkimage::i386_pc(&files, &options)?.to_vec(),
        _ => mkimage::efi(&files, &options)?.bytes().to_vec(),
    };
    std::fs::write(&out, image).map_err(|e| format!("{}: {e}", out.display()))?;
    Ok(())
}

fn read(path: impl AsRef<Path>) -> Result<Vec<u8>, Problem> {
    let path = path.as_ref();
    Ok(std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?)
}

/// The files of a platform directory that an image with these modules needs.
fn platform_files(directory: &Path, modules: &[&str]) -> Result<PlatformFiles, Problem> {
    let mut files: BTreeMap<String, Arc<[u8]>> = BTreeMap::new();
    for name in ["kernel.img", "moddep.lst"] {
        files.insert(name.to_owned(), read(directory.join(name))?.into());
    }
    let dependencies = ModuleDependencies::parse(&files["moddep.lst"])?;
    let modules = dependencies.closure(modules)?.into_iter().map(|m| format!("{m}.mod"));
    let parts = ["modinfo.sh", "diskboot.img", "lzma_decompress.img"].map(ToOwned::to_owned);
    for name in modules.chain(parts) {
        // A part that is missing is named by what wants it.
        if let Ok(bytes) = std::fs::read(directory.join(&name)) {
            files.insert(name, bytes.into());
        }
    }
    Ok(PlatformFiles::new(files))
}
