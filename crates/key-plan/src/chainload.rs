//! EFI programs that UEFI starts instead of an ISO's kernel. They need no other file. They are
//! copied from the ISO to GRUB's partition, because firmware does not know GRUB's device `(loop)`,
//! and some firmware refuses to start a program that lies on no device that it knows.

use crate::entry::{Chainload, IsoEntry};
use crate::error::Error;
use crate::secure_boot::SecureBoot;
use crate::{secure_boot, tree};
use boot_recipes::{Arg, Recognised};
use efi_program::acceptance;
use file_tree::{Directory, Timestamp};
use grub_config::Id;
use grub_image::Platform;
use iso_probe::Machine;
use key_inventory::Iso;

/// The directory of the copies on GRUB's partition; it has a directory for each entry.
const DIRECTORY: &str = "/boot/efi-programs";

/// GRUB's `$grub_cpu` on a platform of UEFI, and the machine that programs for it name.
fn cpu(platform: Platform) -> Option<(&'static str, Machine)> {
    match platform {
        Platform::I386Pc => None,
        Platform::X86_64Efi => Some(("x86_64", Machine::X86_64)),
        Platform::I386Efi => Some(("i386", Machine::X86)),
        Platform::Arm64Efi => Some(("arm64", Machine::Arm64)),
    }
}

/// The directory of an entry's programs. GRUB makes a program's path by adding `$grub_cpu` and
/// `.efi`.
pub(crate) fn directory(id: &Id) -> String {
    format!("{DIRECTORY}/{id}/")
}

/// The copies of the programs that `found` names for these platforms.
pub(crate) fn programs(
    found: &Recognised,
    iso: &Iso,
    id: &Id,
    args: &[Arg],
    platforms: &[Platform],
    secure_boot: Option<&SecureBoot>,
) -> Vec<Chainload> {
    let program = |platform: Platform| {
        let (cpu, machine) = cpu(platform)?;
        let from = found.uefi.get(&machine)?;
        let file = iso.efi_programs.get(from)?;
        Some(Chainload {
            platform,
            from: from.clone(),
            path: format!("{}{cpu}.efi", directory(id)),
            content: file.content.clone(),
            args: args.to_vec(),
            acceptance: secure_boot.and_then(|s| Some(acceptance(&s.shim, file.facts.as_ref()?))),
        })
    };
    platforms.iter().copied().filter_map(program).collect()
}

/// Warnings about an entry's programs.
pub(crate) fn warnings(entry: &IsoEntry, platforms: &[Platform]) -> Vec<String> {
    let mut warnings = Vec::new();
    for program in &entry.chainload {
        if let Some(acceptance) = program.acceptance.as_ref().filter(|a| !a.is_everywhere()) {
            let what = secure_boot::verdict(acceptance);
            warnings.push(format!("with Secure Boot on, its EFI program is {what}"));
        }
    }
    let has = |p: Platform| entry.chainload.iter().any(|c| c.platform == p);
    let without = platforms.iter().filter(|p| cpu(**p).is_some() && !has(**p));
    let without: Vec<_> = without.map(|p| p.name()).collect();
    if !entry.chainload.is_empty() && entry.boot.bios_only() && !without.is_empty() {
        let without = without.join(", ");
        warnings.push(format!("has no EFI program for {without}, and does not start there"));
    }
    warnings
}

/// Puts the copies into the tree of GRUB's partition.
pub(crate) fn copy(
    tree: &mut Directory,
    entries: &[IsoEntry],
    time: Timestamp,
) -> Result<(), Error> {
    for program in entries.iter().flat_map(|e| &e.chainload) {
        tree::put(tree, &program.path, program.content.clone(), time)?;
    }
    Ok(())
}
