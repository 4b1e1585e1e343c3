//! What firmware would start, and why.

use efi_program::{Facts, Machine};
use grub_image::read::{BootCode, Embedded, boot_code, installed_core, version_in};
use key_read::{Disk, File, FileSystem};
use serde::Serialize;
use std::io;

/// Longest EFI program that is looked into.
const LONGEST_PROGRAM: u64 = 32 << 20;
/// Longest module that is looked into for its version.
const LONGEST_MODULE: u64 = 4 << 20;

/// The facts about the boot programs that a BIOS starts.
#[derive(Debug, Serialize)]
pub(super) struct Bios {
    /// Whether it starts anything, as far as can be told.
    pub(super) starts: bool,
    /// Why, or why not.
    pub(super) because: String,
    pub(super) grub: Option<GrubFound>,
    #[serde(skip)]
    code: bool,
}

/// A GRUB image.
#[derive(Debug, Serialize)]
pub(super) struct GrubFound {
    pub(super) version: Option<String>,
    pub(super) prefix: Option<String>,
    pub(super) modules: Vec<String>,
    pub(super) early_configuration: Option<String>,
    /// Bytes of parity, of a core image for BIOSes.
    pub(super) parity: Option<u32>,
}

/// A program that UEFI starts from a stick without being told.
#[derive(Debug, Serialize)]
pub(super) struct UefiProgram {
    pub(super) path: String,
    pub(super) partition: u32,
    pub(super) machine: Option<Machine>,
    /// The kind of program: shim, GRUB, …
    pub(super) what: &'static str,
    pub(super) signers: Vec<String>,
    /// Whether firmware starts it under Secure Boot.
    pub(super) secure_boot: String,
    /// Whether it has a signature of Microsoft's.
    #[serde(skip)]
    pub(super) is_microsofts: bool,
    pub(super) sbat: Vec<String>,
    pub(super) grub: Option<GrubFound>,
}

impl Bios {
    pub(super) fn is_code(&self) -> bool {
        self.code
    }
}

impl GrubFound {
    fn of(embedded: Embedded, parity: Option<u32>) -> Self {
        let Embedded { modules, prefix, config, version, .. } = embedded;
        Self { version, prefix, modules, early_configuration: config, parity }
    }
}

pub(super) fn bios(disk: &Disk<'_>) -> io::Result<Bios> {
    let whole = disk.whole();
    let code = boot_code(&whole)?;
    let active =
        disk.table().and_then(|table| table.partitions.iter().find(|p| p.active)).map(|p| p.number);
    let (starts, because, grub) = match code {
        BootCode::None => (false, "sector 0 holds no boot code".into(), None),
        BootCode::Grub => match installed_core(&whole)? {
            None => {
                (false, "GRUB's boot.img is there, but no core image where it looks".into(), None)
            }
            Some(core) => {
                let because = format!(
                    "sector 0 holds GRUB's boot.img, which loads a core image of {} sectors from \
                     sector {}",
                    core.sectors, core.first_sector
                );
                let mut grub = core.payload.map(|p| GrubFound::of(p.embedded, Some(core.parity)));
                if let Some(grub) = &mut grub
                    && grub.version.is_none()
                {
                    grub.version = version_on(disk);
                }
                (true, because, grub)
            }
        },
        BootCode::Isolinux => (true, "sector 0 holds isolinux' code of a hybrid ISO".into(), None),
        BootCode::Syslinux | BootCode::Windows => {
            let whose = if code == BootCode::Windows { "Windows'" } else { "Syslinux'" };
            match active {
                Some(number) => (
                    true,
                    format!(
                        "sector 0 holds {whose} code, which starts the active partition, {number}"
                    ),
                    None,
                ),
                None => (
                    false,
                    format!("sector 0 holds {whose} code, and no partition is active"),
                    None,
                ),
            }
        }
        BootCode::FileSystem => (
            false,
            "sector 0 is a file system's own; what it starts is not known here".into(),
            None,
        ),
        BootCode::Other => (true, "sector 0 holds boot code that is not known here".into(), None),
    };
    Ok(Bios { starts, because, grub, code: code != BootCode::None })
}

/// The version of the GRUB whose modules lie beside the menu.
fn version_on(disk: &Disk<'_>) -> Option<String> {
    let (volume, menu) = disk.boot_volume()?;
    let files = volume.file_system().ok()??;
    let directory = menu.strip_suffix("grub.cfg")?;
    let module = files.open_file(format!("{directory}i386-pc/normal.mod").as_bytes()).ok()?;
    version_in(&module.read_all(LONGEST_MODULE).ok()?)
}

/// The directory where firmware looks on a removable disk.
const DIRECTORY: &str = "EFI/BOOT";
/// The programs that it looks for, with the machines of that firmware.
const PROGRAMS: [&str; 6] = [
    "BOOTX64.EFI",
    "BOOTIA32.EFI",
    "BOOTAA64.EFI",
    "BOOTARM.EFI",
    "BOOTRISCV64.EFI",
    "BOOTLOONGARCH64.EFI",
];

/// The programs on every FAT partition: firmware looks at those of type "EFI system", and most at
/// any.
pub(super) fn uefi(disk: &Disk<'_>, faults: &mut Vec<String>) -> Vec<UefiProgram> {
    let mut found = Vec::new();
    for volume in disk.volumes() {
        let Ok(Some(files @ FileSystem::Fat(_))) = volume.file_system() else { continue };
        for name in PROGRAMS {
            let path = format!("{DIRECTORY}/{name}");
            let Ok(file) = files.open_file(path.as_bytes()) else { continue };
            match program(&path, volume.number, &file, &files) {
                Ok(program) => found.push(program),
                Err(e) => faults.push(format!("partition {}: /{path}: {e}", volume.number)),
            }
        }
    }
    found
}

fn program(
    path: &str,
    partition: u32,
    file: &File<'_>,
    files: &FileSystem<'_>,
) -> io::Result<UefiProgram> {
    let bytes = file.read_all(LONGEST_PROGRAM)?;
    let facts = Facts::of(&bytes).map_err(|e| io::Error::other(e.to_string()))?;
    let grub = Embedded::find(&bytes).map(|embedded| {
        let version = facts.sbat.iter().find(|e| e.component == "grub");
        let version = version.and_then(|e| e.version.clone());
        let mut grub = GrubFound::of(embedded, None);
        grub.version = grub.version.take().or(version);
        grub
    });
    let what = match (&facts.shim, &grub, &facts.linux) {
        (Some(_), ..) => "shim",
        (_, Some(_), _) => "GRUB",
        (.., Some(_)) => "Linux",
        _ => "an EFI program",
    };
    // What shim starts lies beside it.
    let second = facts.shim.is_some().then(|| {
        let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
        let entries = files.lookup(directory.as_bytes()).and_then(|d| files.entries(&d));
        let grub = entries.ok()?.into_iter().find(|e| {
            let name = e.name.to_ascii_lowercase();
            name.starts_with(b"grub") && name.ends_with(b".efi")
        })?;
        let path = [directory.as_bytes(), b"/", &grub.name].concat();
        let bytes = files.open_file(&path).ok()?.read_all(LONGEST_PROGRAM).ok()?;
        Some((Embedded::find(&bytes)?, Facts::of(&bytes).ok()?, grub.name))
    });
    let second = second.flatten();
    let is_microsofts = facts.signatures.iter().any(|s| s.microsoft_ca().is_some());
    let secure_boot = match is_microsofts {
        true => match &second {
            Some((_, second, name)) => format!(
                "yes: Microsoft signed it, and it starts {}, signed by {}",
                shown_text::Shown(name),
                signers(second).join(", ")
            ),
            None => "yes: Microsoft signed it".into(),
        },
        false if facts.is_signed() => "only where its signer is trusted".into(),
        false => "no: it is not signed".into(),
    };
    let grub = grub.or_else(|| second.map(|(embedded, ..)| GrubFound::of(embedded, None)));
    let generation = |e: &efi_program::SbatEntry| format!("{},{}", e.component, e.generation);
    Ok(UefiProgram {
        path: format!("/{path}"),
        partition,
        machine: Some(facts.machine),
        what,
        signers: signers(&facts),
        secure_boot,
        is_microsofts,
        sbat: facts.sbat.iter().map(generation).collect(),
        grub,
    })
}

fn signers(facts: &Facts) -> Vec<String> {
    facts.signatures.iter().map(|s| s.signer.subject.clone()).collect()
}
