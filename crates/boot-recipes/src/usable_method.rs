//! The commands that GRUB has to run for one ISO, according to a method of a recipe.

use crate::brand::Brand;
use crate::choose::{entry, kernel, xen_entry};
use crate::initrd_order;
use crate::marker::{Marker, token};
use crate::recipe::{BootMethod, Engine, ModuleRow, Recipe};
use crate::{Arg, Boot, Loader, MemdiskImage, MenuLoader, Module, args};
use iso_probe::{IsoFacts, Machine};

/// The total length of initrds, in bytes, above which GRUB may run out of memory on common
/// machines.
const LARGE_INITRDS: u64 = 512 << 20;

/// A method of a recipe whose files the ISO has, applied to the ISO.
pub(crate) struct UsableMethod {
    pub(crate) boot: Boot,
    /// The entry of the ISO's own menus that this follows, in words.
    pub(crate) follows: Option<String>,
    pub(crate) warnings: Vec<String>,
}

/// The method as it boots this ISO, with paths spelled as the ISO has them; `None` if a
/// file is missing, or a path or parameter has a control character, which no menu entry can hold.
/// An entry of the ISO's own is followed if its initrds may be `engine`'s, not one of the others'.
pub(crate) fn usable_method(
    method: &BootMethod,
    recipe: &Recipe,
    brand: Option<&Brand>,
    (engine, others): (Option<&Engine>, &[&Engine]),
    facts: &IsoFacts,
) -> Option<UsableMethod> {
    let adapted = |own: Vec<Arg>| args::adapted(own, recipe, brand, facts);
    let first = |candidates: &[Marker]| kernel(candidates, facts);
    let mut follows = None;
    let mut lost = Vec::new();
    let mut missing = None;
    let boot = match method {
        BootMethod::Inherit { tokens, kernel, more_initrds, .. } => {
            let entry = entry(tokens, kernel, engine, others, facts)?;
            follows = Some(format!("“{}” of {}", entry.title, entry.config));
            lost.extend(entry.args.iter().filter(|arg| recipe.lost.iter().any(|l| token(l, arg))));
            Boot::Linux {
                kernel: entry.kernel.clone(),
                initrds: initrd_order::of_entry(entry, more_initrds, facts),
                args: adapted(entry.args.iter().map(Arg::literal).collect()),
            }
        }
        BootMethod::Linux {
            kernel, payload, early_initrds, initrds, more_initrds, args, ..
        } => {
            let kernel = first(kernel)?;
            let system = if payload.is_empty() { None } else { Some(first(payload)?) };
            let initrds =
                initrd_order::of_recipe(&kernel, early_initrds, initrds, more_initrds, facts)?;
            let fixed = brand.iter().flat_map(|b| &b.static_args);
            let own: Vec<String> = args.iter().chain(fixed).cloned().collect();
            Boot::Linux {
                kernel,
                initrds,
                args: adapted(args::with_payload(&own, system.as_deref(), facts)),
            }
        }
        BootMethod::Linux16 { kernel, initrd, args, .. } => Boot::Linux16 {
            kernel: first(kernel)?,
            initrd: if initrd.is_empty() { None } else { Some(first(initrd)?) },
            args: adapted(args::args(args, facts)),
        },
        BootMethod::Memdisk { inside, args, .. } => Boot::Memdisk {
            image: if inside.is_empty() {
                MemdiskImage::WholeIso
            } else {
                MemdiskImage::Inside(first(inside)?)
            },
            args: args::args(args, facts),
        },
        BootMethod::Multiboot2 { kernel, args, modules, .. } => Boot::Modular {
            loader: Loader::Multiboot2,
            kernel: first(kernel)?,
            args: args::args(args, facts),
            modules: loaded(modules, facts)?,
        },
        BootMethod::InheritMultiboot2 { kernel, .. } => {
            let (entry, hypervisor) = xen_entry(kernel, facts)?;
            follows = Some(format!("“{}” of {}", entry.title, entry.config));
            let first = Module {
                file: entry.kernel.clone(),
                args: adapted(entry.args.iter().map(Arg::literal).collect()),
            };
            let others = entry.initrds.iter();
            let others = others.map(|file| Module { file: file.clone(), args: Vec::new() });
            Boot::Modular {
                loader: Loader::Multiboot2,
                kernel: hypervisor.path.clone(),
                args: hypervisor.args.iter().map(Arg::literal).collect(),
                modules: std::iter::once(first).chain(others).collect(),
            }
        }
        BootMethod::Kopenbsd { kernel, .. } => Boot::Modular {
            loader: Loader::Kopenbsd,
            kernel: first(kernel)?,
            args: Vec::new(),
            modules: Vec::new(),
        },
        BootMethod::Knetbsd { kernel, modules, .. } => Boot::Modular {
            loader: Loader::Knetbsd,
            kernel: first(kernel)?,
            args: Vec::new(),
            modules: loaded(modules, facts)?,
        },
        BootMethod::LoopbackCfg { .. } => {
            let cfg = facts.loopback_cfg.as_ref().filter(|cfg| cfg.flaw.is_none())?;
            Boot::LoopbackCfg { config: cfg.path.clone() }
        }
        BootMethod::OwnMenu { grub, isolinux, .. } => {
            let menu = |candidates, loader| Some((first(candidates)?, loader));
            let found = menu(grub, MenuLoader::Grub);
            let (config, loader) = found.or_else(|| menu(isolinux, MenuLoader::Isolinux))?;
            missing = missing_file(facts);
            Boot::OwnMenu { config, loader }
        }
    };
    if boot.files().into_iter().any(unwritable) || boot.args().any(|a| unwritable(&a.to_string())) {
        return None;
    }
    let mut warnings: Vec<String> = method.warning().map(str::to_owned).into_iter().collect();
    warnings.extend(lost.into_iter().map(|arg| {
        format!("its menu gives the parameter `{arg}`, which it cannot follow from an ISO file")
    }));
    warnings.extend(missing);
    warnings.extend(about(&boot, facts));
    Some(UsableMethod { boot, follows, warnings })
}

/// A warning about the first file that an entry of the ISO's own menus starts and the ISO does not
/// have.
fn missing_file(facts: &IsoFacts) -> Option<String> {
    facts.boot_entries.iter().find_map(|entry| {
        let mut files = core::iter::once(&entry.kernel).chain(&entry.initrds);
        let file = files.find(|file| facts.size(file).is_none())?;
        let (title, file) = (shown_text::shown(&entry.title), shown_text::shown(file));
        Some(format!("its entry “{title}” names {file}, which is not there"))
    })
}

/// Whether `text` cannot be written in GRUB's script language.
fn unwritable(text: &str) -> bool {
    text.chars().any(char::is_control)
}

fn loaded(rows: &[ModuleRow], facts: &IsoFacts) -> Option<Vec<Module>> {
    let module = |row: &ModuleRow| {
        Some(Module { file: kernel(&row.file, facts)?, args: args::args(&row.args, facts) })
    };
    rows.iter().map(module).collect()
}

/// Warnings about a way to boot that do not depend on the recipe.
fn about(boot: &Boot, facts: &IsoFacts) -> Vec<String> {
    let mut warnings = Vec::new();
    let odd = boot.args().filter_map(Arg::as_literal).find(|text| !args::is_safe(text));
    if let Some(odd) = odd {
        warnings.push(format!(
            "GRUB hands the parameter `{}` on with a backslash before each quote and backslash, or \
             in quotes; it may be misunderstood",
            shown_text::shown(odd)
        ));
    }
    for file in boot.files() {
        if let Some(why) = facts.suspects.get(file) {
            warnings.push(format!("{file} will not start: {why}"));
        }
        if facts.multi_extent.iter().any(|path| path == file) {
            warnings.push(format!(
                "{file} lies in several pieces, which GRUB 2.06 and older put together wrongly"
            ));
        }
    }
    if let Boot::Linux { initrds, .. } = boot {
        let bytes: u64 = initrds.iter().filter_map(|path| facts.size(path)).sum();
        if bytes > LARGE_INITRDS {
            warnings.push(format!(
                "its initrds have {} MiB, which GRUB loads into memory in one piece: it takes a \
                 machine with twice as much, and GRUB 2.06 and older may not manage it at all",
                bytes >> 20
            ));
        }
    }
    if let Boot::Linux { kernel, .. } = boot
        && let Some(found) = facts.kernels.get(kernel)
        && found.machine == Some(Machine::X86_64)
    {
        // Worth a warning only if the ISO has a 32-bit kernel, too: then people may expect that
        // one.
        let both = facts.kernels.values().any(|k| k.machine == Some(Machine::X86));
        if both {
            warnings.push(format!("{kernel} is for 64-bit processors; there is a 32-bit one, too"));
        }
    }
    warnings
}
