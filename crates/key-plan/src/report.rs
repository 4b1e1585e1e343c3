//! The plan for people, and as JSON.

use crate::error::mib;
use crate::identity::uuid_text;
use crate::inventory::Origin;
use crate::plan::{Entry, Partition, Plan};
use boot_recipes::{Boot, MemdiskImage};
use core::fmt::{self, Write as _};
use fs_ext::Flavour;
use serde::Serialize;

/// The plan as `bootkey plan` prints it.
pub fn text(plan: &Plan) -> String {
    let mut out = String::new();
    // OK to ignore: writing to a String does not fail.
    let _ = write_text(plan, &mut out);
    out
}

fn write_text(plan: &Plan, out: &mut String) -> fmt::Result {
    writeln!(out, "key `{}`: {}, MBR, boots on BIOS", plan.name, mib(plan.len))?;
    writeln!(
        out,
        "  disk signature {:#010x}, all times {} s after 1970",
        plan.disk_signature, plan.time
    )?;
    writeln!(out)?;
    writeln!(out, "partitions")?;
    for (n, p) in [&plan.boot, &plan.isos].into_iter().enumerate() {
        writeln!(
            out,
            "  {}  {:<16} {:<5} {:>11} at {:<11} UUID {}",
            n + 1,
            p.label,
            flavour(p),
            mib(p.len),
            mib(p.at),
            uuid_text(&p.options.uuid)
        )?;
    }
    writeln!(out)?;
    writeln!(out, "boot loader")?;
    part(out, "GRUB", &plan.grub.origin)?;
    if let Some(memdisk) = &plan.memdisk {
        part(out, "memdisk", memdisk)?;
    }
    writeln!(out)?;
    writeln!(out, "menu")?;
    for entry in &plan.entries {
        writeln!(out, "  {}", entry.title)?;
        writeln!(out, "      {} ({})", entry.shown, mib(entry.len))?;
        writeln!(out, "      {}", action(&entry.boot))?;
        writeln!(out, "      recipe {}: {}", entry.recipe, entry.why)?;
    }
    for (_, title) in crate::menu::fixed_entries(plan.entries.is_empty()) {
        writeln!(out, "  {title}")?;
    }
    Ok(())
}

/// A part that is not an ISO: its version, and where it comes from.
fn part(out: &mut String, name: &str, origin: &Origin) -> fmt::Result {
    let version = origin.version.as_deref().unwrap_or("of unknown version");
    let package = origin.package.iter().map(|p| format!(" (package {p})")).collect::<String>();
    writeln!(out, "  {name} {version}{package}")?;
    writeln!(out, "      {}", origin.from)?;
    writeln!(out, "      sha256 {}", origin.sha256)
}

fn flavour(p: &Partition) -> &'static str {
    match p.options.flavour {
        Flavour::Ext2 => "ext2",
        Flavour::Ext3 => "ext3",
        Flavour::Ext4 => "ext4",
    }
}

/// What GRUB does, in one line.
fn action(boot: &Boot) -> String {
    let join = |words: &[String]| words.iter().map(|w| format!(" {w}")).collect::<String>();
    match boot {
        Boot::Linux { kernel, initrds, args } => {
            format!("linux {kernel}{}; initrd{}", join(args), join(initrds))
        }
        Boot::Linux16 { kernel, initrd, args } => {
            let initrd = initrd.iter().map(|i| format!("; initrd16 {i}")).collect::<String>();
            format!("linux16 {kernel}{}{initrd}", join(args))
        }
        Boot::Memdisk { image: MemdiskImage::WholeIso, args } => {
            format!("memdisk{} with the whole ISO", join(args))
        }
        Boot::Memdisk { image: MemdiskImage::Inside(path), args } => {
            format!("memdisk{} with {path}", join(args))
        }
    }
}

/// The plan as one JSON document. `schema` changes when a field changes its meaning.
#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    name: &'a str,
    bytes: u64,
    disk_signature: String,
    time: i64,
    table: &'static str,
    firmware: [&'static str; 1],
    partitions: Vec<PartitionDocument<'a>>,
    grub: &'a Origin,
    memdisk: Option<&'a Origin>,
    entries: Vec<EntryDocument<'a>>,
    warnings: &'a [String],
    grub_cfg: &'a str,
}

#[derive(Debug, Serialize)]
struct PartitionDocument<'a> {
    number: usize,
    label: &'a str,
    filesystem: &'static str,
    uuid: String,
    offset: u64,
    bytes: u64,
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
}

impl<'a> From<&'a Entry> for EntryDocument<'a> {
    fn from(e: &'a Entry) -> Self {
        Self {
            id: e.id.as_str(),
            title: &e.title,
            iso: &e.shown,
            file: &e.file,
            bytes: e.len,
            recipe: &e.recipe,
            why: &e.why,
            action: action(&e.boot),
        }
    }
}

/// The plan as a value that serialises to the document of `bootkey plan --json`.
pub fn json(plan: &Plan) -> impl Serialize + '_ {
    Document {
        schema: "bootkey.plan/1",
        name: &plan.name,
        bytes: plan.len,
        disk_signature: format!("{:#010x}", plan.disk_signature),
        time: plan.time,
        table: "mbr",
        firmware: ["bios"],
        partitions: [&plan.boot, &plan.isos]
            .into_iter()
            .enumerate()
            .map(|(n, p)| PartitionDocument {
                number: n + 1,
                label: &p.label,
                filesystem: flavour(p),
                uuid: uuid_text(&p.options.uuid),
                offset: p.at,
                bytes: p.len,
            })
            .collect(),
        grub: &plan.grub.origin,
        memdisk: plan.memdisk.as_ref(),
        entries: plan.entries.iter().map(EntryDocument::from).collect(),
        warnings: &plan.warnings,
        grub_cfg: &plan.grub_cfg,
    }
}
