//! The answer in words.

use super::firmware::{GrubFound, UefiProgram};
use super::inspection::{Inspection, RecordFound, TableFound};
use super::isos::IsoFound;
use super::menu::{EntryFound, MenuFound};
use super::partitions::PartitionFound;
use core::fmt::Write as _;
use shown_text::shown;

/// The number of an image's modules that are named; the others are only counted.
const NAMED_MODULES: usize = 12;

/// The text about a disk, for people; `verbose` leaves nothing out.
pub fn text(found: &Inspection, verbose: bool) -> String {
    let mut out = Text { out: String::new(), verbose };
    out.disk(found);
    out.firmware(found);
    if let Some(menu) = &found.menu {
        out.menu(menu);
    } else if !found.is_nothing() {
        out.section("menu");
        out.line("none: no partition that can be read has a grub.cfg of GRUB's");
    }
    if !found.isos.is_empty() {
        out.section("ISOs");
        found.isos.iter().for_each(|iso| out.iso(iso));
    }
    if let Some(record) = &found.record {
        out.section("record");
        out.record(record);
    }
    if !found.faults.is_empty() {
        out.section("not as it should be");
        found.faults.iter().for_each(|fault| out.line(fault));
    }
    out.out
}

struct Text {
    out: String,
    verbose: bool,
}

impl Text {
    fn section(&mut self, title: &str) {
        // OK to ignore, here and below: writing to a String does not fail.
        let _ = writeln!(self.out, "\n{title}");
    }

    /// Adds a line. Line ends in what was read from the disk are shown escaped, so that it stays
    /// one line.
    fn line(&mut self, what: &str) {
        let _ = writeln!(self.out, "  {}", shown(what));
    }

    fn more(&mut self, about: &str, what: &str) {
        let _ = writeln!(self.out, "    {about:<11} {}", shown(what));
    }

    fn disk(&mut self, found: &Inspection) {
        let table = match &found.table {
            None if found.is_nothing() => {
                "nothing that is known: no partition table, no file system"
            }
            None => "no partition table",
            Some(TableFound { kind: "mbr", .. }) => "MBR, disk signature",
            Some(TableFound { kind: "gpt", .. }) => "GPT, disk GUID",
            Some(_) => "GPT, of which the MBR lists partitions too (hybrid), disk GUID",
        };
        let id = found.table.as_ref().map(|t| {
            let sectors = match t.sector_size {
                512 => "",
                _ => ", in sectors of 4096 bytes",
            };
            let backup = if t.from_backup { ", read from its backup" } else { "" };
            format!(" {}{sectors}{backup}", t.id)
        });
        let _ = writeln!(self.out, "{}: {table}{}", size(found.bytes), id.unwrap_or_default());
        self.section("partitions");
        found.partitions.iter().for_each(|p| self.partition(p));
        if found.partitions.is_empty() {
            self.line("none");
        }
        if found.iso9660 && found.table.is_some() {
            self.line(
                "all of it is an ISO 9660 file system, too: `bootkey probe` says how it boots",
            );
        }
    }

    fn record(&mut self, record: &RecordFound) {
        let RecordFound { made_by, files, fault } = record;
        let files = files.join(", ");
        let what = match (made_by, fault) {
            (Some(version), _) => {
                format!("made by bootkey {version}: `bootkey verify` compares the key with it")
            }
            (None, Some(fault)) => format!("it cannot be used: {fault}"),
            (None, None) => "it cannot be used".into(),
        };
        self.line(&what);
        self.more("/boot/bootkey", &files);
    }

    fn partition(&mut self, p: &PartitionFound) {
        let number = if p.number == 0 { "all".to_owned() } else { p.number.to_string() };
        let content = match (&p.file_system, &p.content) {
            (Some(fs), _) => {
                let label = fs.label.as_ref().map(|l| format!(" `{l}`")).unwrap_or_default();
                let free = match fs.free {
                    Some(free) => format!("{} free", size(free)),
                    None => "free space unknown".into(),
                };
                format!("{}{label}, {free}", fs.kind)
            }
            (None, Some(content)) => content.clone(),
            (None, None) => String::new(),
        };
        let active = if p.active { ", active" } else { "" };
        let kind = p.kind.as_ref().map(|k| format!(" [{k}{active}]")).unwrap_or_default();
        self.line(&format!("{number:<4}{:>10}  {content}{kind}", size(p.bytes)));
        if let Some(uuid) = p.file_system.as_ref().and_then(|fs| fs.uuid.as_ref()) {
            self.more("UUID", uuid);
        }
        if let Some(name) = &p.name {
            self.more("name", name);
        }
        let from = format!("byte {}", p.start);
        if self.verbose {
            self.more("from", &from);
        }
        for note in p.file_system.iter().flat_map(|fs| &fs.notes) {
            self.more("note", note);
        }
    }

    fn firmware(&mut self, found: &Inspection) {
        self.section("firmware");
        let bios = &found.bios;
        let verdict = if bios.starts { "starts it" } else { "does not start it" };
        self.line(&format!("BIOS {verdict}: {}", bios.because));
        if let Some(grub) = &bios.grub {
            self.grub(grub);
        } else if bios.starts && bios.because.contains("core image") {
            self.more("core image", "cannot be unpacked: it is damaged, or no GRUB that is known");
        }
        if found.uefi.is_empty() {
            self.line("UEFI does not start it: no FAT partition has /EFI/BOOT/BOOT*.EFI");
        }
        found.uefi.iter().for_each(|program| self.uefi(program));
    }

    fn uefi(&mut self, program: &UefiProgram) {
        let UefiProgram { path, partition, machine, what, .. } = program;
        let machine = machine.map_or("unknown", efi_program::Machine::as_str);
        self.line(&format!("UEFI ({machine}) starts {path} of partition {partition}: {what}"));
        self.more("Secure Boot", &program.secure_boot);
        if !program.signers.is_empty() {
            self.more("signed by", &program.signers.join("; "));
        }
        if !program.sbat.is_empty() {
            self.more("SBAT", &program.sbat.join(" "));
        }
        if let Some(grub) = &program.grub {
            self.grub(grub);
        }
    }

    fn grub(&mut self, grub: &GrubFound) {
        let version = grub.version.as_deref().unwrap_or("of unknown version");
        let prefix = grub.prefix.as_deref().unwrap_or("none");
        self.more("GRUB", &format!("{version}, prefix {prefix}"));
        let named = if self.verbose { usize::MAX } else { NAMED_MODULES };
        let names: Vec<&str> = grub.modules.iter().map(String::as_str).take(named).collect();
        let others = grub.modules.len() - names.len();
        let others = if others > 0 { format!(" and {others} more (-v)") } else { String::new() };
        self.more("modules", &format!("{}{others}", names.join(" ")));
        match grub.parity {
            Some(0) => self.more("parity", "none"),
            Some(bytes) => self.more("parity", &format!("{bytes} bytes (Reed-Solomon)")),
            None => {}
        }
        if let Some(config) = grub.early_configuration.as_ref().filter(|_| self.verbose) {
            config.lines().for_each(|line| self.more("early", line));
        }
    }

    fn menu(&mut self, menu: &MenuFound) {
        let of = match menu.in_iso {
            true => "the ISO 9660 file system".to_owned(),
            false => format!("partition {}", menu.partition),
        };
        self.section(&format!("menu ({} of {of})", menu.path));
        for entry in &menu.entries {
            let EntryFound { title, submenu, depth, there, missing, .. } = entry;
            let files = match (missing.is_empty(), there.is_empty(), submenu) {
                (false, ..) => format!(": MISSING {}", missing.join(", ")),
                (true, false, _) => ": its files are there".into(),
                (true, true, true) => " (a menu)".into(),
                (true, true, false) => String::new(),
            };
            self.line(&format!("{}{title}{files}", "  ".repeat(*depth)));
        }
        if menu.entries.is_empty() {
            self.line("it has no entries of its own");
        }
    }

    fn iso(&mut self, iso: &IsoFound) {
        let title = iso.title.as_deref().unwrap_or("not an ISO that can be read");
        let verdict = match iso.boots {
            Some(true) => "boots",
            Some(false) => "does not boot",
            None => "cannot be looked into",
        };
        self.line(&format!("{}:{} ({}): {title}", iso.partition, iso.path, size(iso.bytes)));
        self.more(verdict, &iso.because);
    }
}

/// A length in the unit that people read it in.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let (mut tenths, mut unit) = (u128::from(bytes) * 10 / 1024, 0);
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        (tenths, unit) = (tenths / 1024, unit + 1);
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}
