//! The report about an ISO, for people.

use super::probed::Probed;
use boot_recipes::{Arg, Boot, MemdiskImage, Recognised, Verdict};
use core::fmt::Write as _;
use grub_config::spelled_out;
use input_file::shown;
use iso_probe::{IsoFacts, Names, Platform};

/// The report, as `bootkey probe` prints it; `verbose` says also what was looked for in vain.
pub fn text(probed: &Probed, verbose: bool) -> String {
    let mut out = String::new();
    write_text(&mut out, probed, verbose);
    out
}

/// A line of the report: what it is about, what there is to say. Whatever is written in an ISO, it
/// does not draw on a terminal, nor make lines of its own.
fn line(out: &mut String, about: &str, what: &str) {
    // OK to ignore: writing to a String does not fail.
    let _ = writeln!(out, "  {about:<10} {}", spelled_out(what));
}

fn write_text(out: &mut String, probed: &Probed, verbose: bool) {
    let Probed { path, facts, verdict } = probed;
    let title = verdict.menu_title();
    let _ = writeln!(out, "{}", spelled_out(&format!("{}: {title}", shown(path))));
    match verdict {
        Verdict::Boots(found) => boots(out, found),
        Verdict::Refused { recipe, reason, found, suggestion, looked_for, .. } => {
            line(out, "boots", "no");
            line(out, "because", &format!("{reason} (recipe {recipe})"));
            line(out, "found", found);
            line(out, "instead", suggestion);
            if verbose && !looked_for.is_empty() {
                line(out, "looked for", looked_for);
            }
        }
    }
    for (path, why) in &facts.unreachable {
        line(out, "caveat", &format!("GRUB does not find {path}: {why}"));
    }
    if facts.truncated_listing {
        line(out, "caveat", "it has more files than were looked at");
    }
    line(out, "medium", &medium(facts));
    for (path, initrd) in &facts.initrds {
        let mut what: Vec<String> = vec![format!("{} entries", initrd.entries)];
        let parts: Vec<String> =
            initrd.parts.iter().map(|p| format!("{p:?}").to_lowercase()).collect();
        what.push(parts.join(" + "));
        if !initrd.filesystems.is_empty() {
            let names: Vec<&str> = initrd.filesystems.iter().map(String::as_str).collect();
            what.push(format!("mounts {}", names.join(" ")));
        }
        what.extend(initrd.loop_driver.then(|| "loop devices".to_owned()));
        what.extend(initrd.incomplete.iter().cloned());
        what.retain(|w| !w.is_empty());
        line(out, "initrd", &format!("{path}: {}", what.join(", ")));
    }
    for path in facts.unread_initrds.iter().filter(|path| !facts.initrds.contains_key(*path)) {
        line(out, "initrd", &format!("{path}: not unpacked, for it would not change that"));
    }
    for (path, kernel) in &facts.kernels {
        let machine = kernel.machine.map(|m| format!("{m:?}").to_lowercase());
        let all: Vec<String> = machine.into_iter().chain(kernel.version.clone()).collect();
        line(out, "kernel", &format!("{path}: {}", all.join(", ")));
    }
    for (path, machine) in &facts.efi_programs {
        line(out, "EFI", &format!("{path}: {}", format!("{machine:?}").to_lowercase()));
    }
    for (path, config) in &facts.configs {
        let trouble = config.trouble.iter().map(|trouble| format!("; {trouble}"));
        let trouble: String = trouble.collect();
        let entries = match config.entries {
            1 => "1 entry that starts Linux".to_owned(),
            n => format!("{n} entries that start Linux"),
        };
        line(out, "menu", &format!("{path}: {entries}{trouble}"));
    }
    if let Some(cfg) = &facts.loopback_cfg {
        let flaw = cfg.flaw.as_deref().unwrap_or("looks sane");
        line(out, "loopback", &format!("{}: {flaw}", cfg.path));
    }
    if let Some(sum) = &facts.embedded_md5 {
        line(out, "checksum", &format!("MD5 {} is embedded (isomd5sum)", sum.md5));
    }
}

fn boots(out: &mut String, found: &Recognised) {
    let evidence = match found.evidence {
        boot_recipes::RecipeEvidence::Booted => "which this project has booted",
        boot_recipes::RecipeEvidence::EngineBooted => {
            "whose initrd this project has booted with a stand-in for the system"
        }
        boot_recipes::RecipeEvidence::Source => {
            "by what the source of its initrd says; not booted here"
        }
        boot_recipes::RecipeEvidence::Reported => "as others report; not booted here",
        _ => "without evidence",
    };
    line(out, "boots", &format!("by recipe {}, {evidence}", found.recipe));
    line(out, "because", &format!("it {}", found.why));
    if let Some(follows) = &found.follows {
        line(out, "follows", follows);
    }
    for command in commands(&found.boot) {
        line(out, "GRUB", &command);
    }
    for path in found.uefi.values() {
        line(out, "UEFI", &format!("a copy of {path}, which needs no other file"));
    }
    let firmware = if !found.uefi.is_empty() {
        "BIOS and UEFI; Secure Boot must be off, or trust who signed the EFI program"
    } else if found.boot.bios_only() {
        "BIOS only"
    } else {
        "BIOS and UEFI; Secure Boot must be off, or trust who signed its kernel"
    };
    line(out, "firmware", firmware);
    let from = if found.filesystems.is_empty() {
        "whatever GRUB can read: it does not look for its ISO".to_owned()
    } else {
        let names: Vec<&str> = found.filesystems.iter().map(|f| filesystem(f)).collect();
        let listed = |list: &[String], name: &str| list.iter().any(|f| f == name);
        let known = |name: &str| {
            listed(&found.filesystems, name) || listed(&found.unread_filesystems, name)
        };
        let not = ["ext", "fat", "exfat", "ntfs"].into_iter().filter(|name| !known(name));
        let not: Vec<&str> = not.map(filesystem).collect();
        let unread: Vec<&str> = found.unread_filesystems.iter().map(|f| filesystem(f)).collect();
        let mut text = names.join(", ");
        if !unread.is_empty() {
            text += &format!("; if its initrd has the driver: {}", unread.join(", "));
        }
        if !not.is_empty() {
            text += &format!("; not known to: {}", not.join(", "));
        }
        text
    };
    line(out, "from", &from);
    if !found.ext4_checksums {
        line(out, "", "not from ext4 with metadata_csum, which its initrd cannot check: from ext3");
    }
    for variant in &found.variants {
        line(out, "variant", &format!("{}: +{}", variant.title, words(&variant.args)));
    }
    if let Some(kept) = &found.persistence {
        line(out, "keeps", &format!("changes with{}; needs {}", words(&kept.args), kept.storage));
    }
    if let Some(auto) = &found.autoinstall {
        line(out, "unattended", &format!("with{}; needs {}", words(&auto.args), auto.answers));
    }
    for warning in &found.warnings {
        line(out, "caveat", warning);
    }
}

fn filesystem(name: &str) -> &str {
    match name {
        "ext" => "ext2/3/4",
        "fat" => "FAT32",
        "exfat" => "exFAT",
        "ntfs" => "NTFS",
        "btrfs" => "Btrfs",
        "xfs" => "XFS",
        other => other,
    }
}

fn words(args: &[Arg]) -> String {
    args.iter().map(|arg| format!(" {arg}")).collect()
}

/// The commands that GRUB is given, a line each.
fn commands(boot: &Boot) -> Vec<String> {
    match boot {
        Boot::Linux { kernel, initrds, args } => {
            let initrds = initrds.join(" ");
            let mut lines = vec![format!("linux {kernel}{}", words(args))];
            lines.extend((!initrds.is_empty()).then(|| format!("initrd {initrds}")));
            lines
        }
        Boot::Linux16 { kernel, initrd, args } => {
            let mut lines = vec![format!("linux16 {kernel}{}", words(args))];
            lines.extend(initrd.iter().map(|i| format!("initrd16 {i}")));
            lines
        }
        Boot::Memdisk { image: MemdiskImage::WholeIso, args } => {
            vec![format!("memdisk{} with the whole ISO in memory", words(args))]
        }
        Boot::Memdisk { image: MemdiskImage::Inside(path), args } => {
            vec![format!("memdisk{} with {path}", words(args))]
        }
        Boot::Modular { loader, kernel, args, modules } => {
            let (load, module) = loader.commands();
            let modules = modules.iter().map(|m| format!("{module} {}{}", m.file, words(&m.args)));
            std::iter::once(format!("{load} {kernel}{}", words(args))).chain(modules).collect()
        }
        Boot::LoopbackCfg { config } => vec![format!("configfile {config}")],
        Boot::OwnMenu { config, .. } => vec![format!("its own menu {config}")],
    }
}

fn medium(facts: &IsoFacts) -> String {
    let names = match facts.names {
        Names::RockRidge => "Rock Ridge",
        Names::Joliet => "Joliet",
        Names::Enhanced => "ISO 9660:1999",
        _ => "plain names",
    };
    let mut all = vec![format!("“{}”", facts.volume_id)];
    all.extend(facts.volume_uuid.iter().map(|uuid| format!("UUID {uuid}")));
    all.push(format!("{:.1} MiB", facts.file_size_bytes as f64 / f64::from(1 << 20)));
    all.push(format!("{} files ({names})", facts.paths.len()));
    all.extend(facts.udf.then(|| "UDF beside it".to_owned()));
    let by = |platform| facts.el_torito.iter().any(|e| e.platform == platform && e.bootable);
    let as_cd = match (by(Platform::Bios), by(Platform::Uefi)) {
        (true, true) => "a CD for BIOS and UEFI",
        (true, false) => "a CD for BIOS",
        (false, true) => "a CD for UEFI",
        (false, false) => "not bootable as a CD",
    };
    all.push(as_cd.to_owned());
    if let Some(hybrid) = &facts.hybrid {
        let tables = [(!hybrid.mbr.is_empty(), "MBR"), (hybrid.gpt, "GPT"), (hybrid.apm, "APM")];
        let tables: Vec<&str> = tables.iter().filter(|t| t.0).map(|t| t.1).collect();
        all.push(format!("hybrid ({})", tables.join(", ")));
    }
    all.extend(facts.disk_info.iter().map(|info| format!("calls itself {info}")));
    all.join(", ")
}
