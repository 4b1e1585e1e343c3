//! The report of a plan, as text for people and as JSON.

mod xen;

use crate::entry::IsoEntry;
use crate::error::mib;
use crate::file_system::FileSystem;
use crate::menu::{Fixed, variants};
use crate::partition::{Partition, PartitionRole};
use crate::plan::{IdentitySource, Plan};
use crate::secure_boot;
use boot_recipes::{Arg, Boot, MemdiskImage, Placeholder};
use core::fmt::{self, Write as _};
use efi_program::{Acceptance, Facts};
use grub_config::spelled_out;
use hex_digest::sha256_hex;
use key_inventory::{Grub, Origin, PackageFile};
use partition_table::Scheme;
use serde::Serialize;
use std::collections::BTreeMap;

/// The text that `bootkey plan` prints.
pub fn text(plan: &Plan) -> String {
    let mut out = String::new();
    // OK to ignore: writing to a String does not fail.
    let _ = write_text(plan, &mut out);
    out
}

fn write_text(plan: &Plan, out: &mut String) -> fmt::Result {
    let firmware: Vec<_> = plan.firmware.iter().map(|f| f.as_str()).collect();
    let secure = if plan.secure_boot.is_some() { ", with Secure Boot" } else { "" };
    let (name, len, table) = (&plan.name, mib(plan.len), table(plan));
    writeln!(out, "key `{name}`: {len}, {table}, boots on {}{secure}", firmware.join(", "))?;
    let time = plan.time;
    write!(out, "  disk signature {:#010x}, ", plan.disk_signature)?;
    if plan.scheme != Scheme::Mbr {
        write!(out, "GUID {}, ", plan.disk_guid)?;
    }
    writeln!(out, "all times {time} s after 1970")?;
    writeln!(out, "  identities derive from {}", plan.identity.words())?;
    writeln!(out)?;
    writeln!(out, "partitions")?;
    for p in plan.partitions.iter().map(partition) {
        let (number, label, kind) = (p.number, p.label, p.filesystem);
        let (len, at) = (mib(p.bytes), mib(p.offset));
        let line =
            format!("  {number}  {label:<16} {kind:<5} {len:>11} at {at:<11} {}", p.uuid_line());
        writeln!(out, "{}", line.trim_end())?;
    }
    writeln!(out)?;
    writeln!(out, "boot loader")?;
    for grub in &plan.grub.platforms {
        part(out, &format!("GRUB for {},", grub.platform), &grub.origin)?;
    }
    for program in &plan.efi_programs {
        match &program.origin {
            Some(origin) => part(out, &format!("{},", program.path), origin)?,
            None => writeln!(out, "  {}, made here: {} bytes", program.path, program.len)?,
        }
    }
    if let Some(secure) = &plan.secure_boot {
        for (name, facts) in [("shim", &secure.shim), ("its GRUB", &secure.grub)] {
            write!(out, "  {name}\n{}", secure_boot::lines(facts))?;
        }
    }
    if let Some(memdisk) = &plan.memdisk {
        part(out, "memdisk", memdisk)?;
    }
    writeln!(out)?;
    writeln!(out, "menu")?;
    for entry in &plan.entries.isos {
        let key = entry.hotkey.iter().map(|k| format!("  [{k}]")).collect::<String>();
        let bios = if entry.bios_only() { "  (BIOS only)" } else { "" };
        writeln!(out, "  {}{key}{bios}", entry.title)?;
        writeln!(out, "      {} ({})", entry.shown, mib(entry.len))?;
        writeln!(out, "      {}", spelled_out(&action(entry, &entry.boot, plan)))?;
        for program in &entry.chainload {
            writeln!(
                out,
                "      on {}: a copy of {}",
                program.platform,
                spelled_out(&program.from)
            )?;
            if plan.secure_boot.is_some() {
                writeln!(out, "      Secure Boot: {}", accepted(program.acceptance.as_ref()))?;
            }
        }
        if !entry.variants.is_empty() {
            let titles: Vec<_> = entry.variants.iter().map(|v| plan.words.way(&v.title)).collect();
            writeln!(out, "      also: {}", titles.join(", "))?;
        }
        writeln!(out, "      recipe {}: {}", entry.recipe, entry.why)?;
        if plan.secure_boot.is_some() && entry.chainload.is_empty() {
            writeln!(out, "      Secure Boot: {}", accepted(entry.acceptance.as_ref()))?;
        }
    }
    xen::write_text(plan, out)?;
    if variants::any(&plan.entries.isos) {
        writeln!(out, "  {}", plan.words.more_ways)?;
    }
    for fixed in Fixed::of(plan.partition(PartitionRole::Esp).is_some()) {
        writeln!(out, "  {}", fixed.title(plan.words))?;
    }
    Ok(())
}

fn accepted(acceptance: Option<&Acceptance>) -> String {
    acceptance.map_or("it cannot be known whether it starts".to_owned(), secure_boot::verdict)
}

fn table(plan: &Plan) -> &'static str {
    match plan.scheme {
        Scheme::Mbr => "MBR",
        Scheme::Gpt => "GPT",
        Scheme::Hybrid => "GPT with a hybrid MBR",
    }
}

fn partition(p: &Partition) -> PartitionDocument<'_> {
    let file_system = p.file_system();
    PartitionDocument {
        number: p.number,
        label: &p.label,
        filesystem: file_system.map_or("none", FileSystem::kind),
        uuid: file_system.map(FileSystem::uuid),
        offset: p.at,
        bytes: p.len,
    }
}

/// Writes a line about a part that is not an ISO: its version, and where it comes from.
fn part(out: &mut String, name: &str, origin: &Origin) -> fmt::Result {
    let version = origin.version.as_deref().unwrap_or("of unknown version");
    let package = origin.package.iter().map(|p| format!(" (package {p})")).collect::<String>();
    writeln!(out, "  {name} {version}{package}")?;
    writeln!(out, "      {}", origin.from)?;
    writeln!(out, "      sha256 {}", origin.sha256)
}

/// The commands of GRUB that start the entry, in one line.
fn action(entry: &IsoEntry, boot: &Boot, plan: &Plan) -> String {
    let path = format!("/{}", entry.file);
    let isos = plan.partition(PartitionRole::Isos);
    let uuid = isos.and_then(Partition::file_system).map(FileSystem::uuid).unwrap_or_default();
    let value = |placeholder| match placeholder {
        Placeholder::IsoPath => path.as_str(),
        Placeholder::IsoName => entry.file.as_str(),
        Placeholder::FsUuid => uuid.as_str(),
        Placeholder::PartLabel => isos.map_or("", |p| p.label.as_str()),
    };
    let words = |args: &[Arg]| -> String {
        args.iter().map(|arg| format!(" {}", arg.fill(value))).collect()
    };
    match boot {
        Boot::Linux { kernel, initrds, args } => {
            let initrds: String = initrds.iter().map(|i| format!(" {i}")).collect();
            format!("linux {kernel}{}; initrd{initrds}", words(args))
        }
        Boot::Linux16 { kernel, initrd, args } => {
            let initrd = initrd.iter().map(|i| format!("; initrd16 {i}")).collect::<String>();
            format!("linux16 {kernel}{}{initrd}", words(args))
        }
        Boot::Memdisk { image: MemdiskImage::WholeIso, args } => {
            format!("memdisk{} with the whole ISO", words(args))
        }
        Boot::Memdisk { image: MemdiskImage::Inside(path), args } => {
            format!("memdisk{} with {path}", words(args))
        }
        Boot::Modular { loader, kernel, args, modules } => {
            let (load, module) = loader.commands();
            let modules =
                modules.iter().map(|m| format!("; {module} {}{}", m.file, words(&m.args)));
            format!("{load} {kernel}{}{}", words(args), modules.collect::<String>())
        }
        Boot::LoopbackCfg { config } | Boot::OwnMenu { config, .. } => {
            format!("the ISO's own menu {config}")
        }
    }
}

/// The JSON document of a plan. `schema` changes when a field changes its meaning.
#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    name: &'a str,
    bytes: u64,
    disk_signature: String,
    identities_from: IdentitySource,
    time: i64,
    table: &'static str,
    sector_size: u64,
    firmware: Vec<&'static str>,
    secure_boot: Option<SecureBootDocument<'a>>,
    partitions: Vec<PartitionDocument<'a>>,
    grub: Vec<GrubDocument<'a>>,
    packages: Vec<&'a PackageFile>,
    efi_programs: Vec<ProgramDocument<'a>>,
    memdisk: Option<&'a Origin>,
    entries: Vec<EntryDocument<'a>>,
    xen: Vec<xen::XenDocument<'a>>,
    warnings: &'a [String],
    grub_cfg: &'a str,
}

#[derive(Debug, Serialize)]
struct PartitionDocument<'a> {
    number: u8,
    label: &'a str,
    filesystem: &'static str,
    uuid: Option<String>,
    offset: u64,
    bytes: u64,
}

impl PartitionDocument<'_> {
    fn uuid_line(&self) -> String {
        self.uuid.iter().map(|uuid| format!("UUID {uuid}")).collect()
    }
}

/// GRUB for one platform, with the SHA-256 of each of its files.
#[derive(Debug, Serialize)]
struct GrubDocument<'a> {
    platform: &'static str,
    #[serde(flatten)]
    origin: &'a Origin,
    files: BTreeMap<&'a str, String>,
}

impl<'a> From<&'a Grub> for GrubDocument<'a> {
    fn from(grub: &'a Grub) -> Self {
        Self {
            platform: grub.platform.name(),
            origin: &grub.origin,
            files: grub.files.iter().map(|(name, bytes)| (name, sha256_hex(bytes))).collect(),
        }
    }
}

/// The facts about the signed programs.
#[derive(Debug, Serialize)]
struct SecureBootDocument<'a> {
    shim: &'a Facts,
    grub: &'a Facts,
}

/// A program that UEFI starts.
#[derive(Debug, Serialize)]
struct ProgramDocument<'a> {
    path: &'a str,
    bytes: u64,
    /// The place that the program comes from; `None` if it was made from GRUB's files.
    origin: Option<&'a Origin>,
}

#[derive(Debug, Serialize)]
struct EntryDocument<'a> {
    id: &'a str,
    title: &'a str,
    iso: &'a str,
    file: &'a str,
    bytes: u64,
    recipe: &'a str,
    why: &'a str,
    action: String,
    bios_only: bool,
    acceptance: Option<&'a Acceptance>,
    chainload: Vec<ChainloadDocument<'a>>,
    variants: Vec<VariantDocument<'a>>,
}

/// An EFI program that is copied out of an ISO.
#[derive(Debug, Serialize)]
struct ChainloadDocument<'a> {
    platform: &'static str,
    from: &'a str,
    path: &'a str,
    bytes: u64,
    acceptance: Option<&'a Acceptance>,
}

/// A variant: another way to start an entry's ISO.
#[derive(Debug, Serialize)]
struct VariantDocument<'a> {
    id: &'a str,
    title: &'a str,
    action: String,
}

fn entry<'a>(e: &'a IsoEntry, plan: &'a Plan) -> EntryDocument<'a> {
    EntryDocument {
        id: e.id.as_str(),
        title: &e.title,
        iso: &e.shown,
        file: &e.file,
        bytes: e.len,
        recipe: &e.recipe,
        why: &e.why,
        action: action(e, &e.boot, plan),
        bios_only: e.bios_only(),
        acceptance: e.acceptance.as_ref(),
        chainload: e
            .chainload
            .iter()
            .map(|c| ChainloadDocument {
                platform: c.platform.name(),
                from: &c.from,
                path: &c.path,
                bytes: c.content.len(),
                acceptance: c.acceptance.as_ref(),
            })
            .collect(),
        variants: e
            .variants
            .iter()
            .map(|v| VariantDocument {
                id: v.id.as_str(),
                title: plan.words.way(&v.title),
                action: action(e, &v.boot, plan),
            })
            .collect(),
    }
}

/// A value that serialises to the document that `bootkey plan --json` prints.
pub fn json(plan: &Plan) -> impl Serialize + '_ {
    Document {
        schema: "bootkey.plan/2",
        name: &plan.name,
        bytes: plan.len,
        disk_signature: format!("{:#010x}", plan.disk_signature),
        identities_from: plan.identity,
        time: plan.time,
        table: match plan.scheme {
            Scheme::Mbr => "mbr",
            Scheme::Gpt => "gpt",
            Scheme::Hybrid => "hybrid",
        },
        sector_size: plan.sector_size.bytes(),
        firmware: plan.firmware.iter().map(|f| f.as_str()).collect(),
        secure_boot: plan
            .secure_boot
            .as_ref()
            .map(|s| SecureBootDocument { shim: &s.shim, grub: &s.grub }),
        partitions: plan.partitions.iter().map(partition).collect(),
        grub: plan.grub.platforms.iter().map(GrubDocument::from).collect(),
        packages: {
            let signed = plan.grub.signed.iter().flat_map(|s| &s.packages);
            plan.grub.packages.iter().chain(signed).collect()
        },
        efi_programs: plan
            .efi_programs
            .iter()
            .map(|p| ProgramDocument { path: &p.path, bytes: p.len, origin: p.origin.as_ref() })
            .collect(),
        memdisk: plan.memdisk.as_ref(),
        entries: plan.entries.isos.iter().map(|e| entry(e, plan)).collect(),
        xen: plan.entries.xen.iter().map(xen::XenDocument::from).collect(),
        warnings: &plan.warnings,
        grub_cfg: &plan.grub_cfg,
    }
}
