//! The boot loaders' configurations inside an image, read as far as it takes to know what they
//! start: kernel, initrds, parameters of each entry.

mod budget;
mod files;
mod grub;
mod loader_entries;
mod loopback;
mod menu;
mod syslinux;
mod texts;

use crate::contents::Contents;
use crate::{BootEntry, Config, Loader, LoopbackCfg};
use menu::Menu;
use std::collections::BTreeMap;
use std::io::{Read, Seek};
use texts::Texts;

/// Configurations that are not included by another.
const MAX_CONFIGS: usize = 12;
/// Entries kept, of one configuration and in all.
const MAX_OF_ONE: usize = 6;
const MAX_ENTRIES: usize = 16;
/// Parameters kept of an entry, and their bytes.
const MAX_ARGS: usize = 64;
const MAX_ARG_BYTES: usize = 4096;
/// Initrds that an entry may have.
const MAX_INITRDS: usize = 8;

/// Known places, the more telling first. What else is called like one comes behind.
const PLACES: &[&str] = &[
    "/boot/grub/grub.cfg",
    "/boot/grub2/grub.cfg",
    "/boot/grub/kernels.cfg",
    "/EFI/BOOT/grub.cfg",
    "/EFI/debian/grub.cfg",
    "/grub/grub.cfg",
    "/isolinux/isolinux.cfg",
    "/boot/isolinux/isolinux.cfg",
    "/syslinux/syslinux.cfg",
    "/boot/syslinux/syslinux.cfg",
    "/boot/syslinux/isolinux.cfg",
];
const NAMES: &[&str] =
    &["grub.cfg", "kernels.cfg", "isolinux.cfg", "syslinux.cfg", "extlinux.conf"];

/// What all configurations together say.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) configs: BTreeMap<String, Config>,
    pub(crate) entries: Vec<BootEntry>,
    pub(crate) loopback: Option<LoopbackCfg>,
}

/// Reads them all.
pub(crate) fn read_all<R: Read + Seek>(contents: &mut Contents<R>) -> Found {
    let mut found = Found::default();
    let places = places(contents.paths(), |path| contents.find(path));
    let mut texts = Texts::new(contents);
    let mut kept = Vec::new();
    for path in places {
        let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        let (loader, menu) = match name.as_str() {
            "grub.cfg" | "kernels.cfg" => (Loader::Grub, grub::menu(&mut texts, &path)),
            _ => (Loader::Syslinux, syslinux::menu(&mut texts, &path)),
        };
        note(&texts, &path, loader, menu, &mut found.configs, &mut kept);
    }
    if let Some((directory, menu)) = loader_entries::menu(&mut texts) {
        note(&texts, directory, Loader::LoaderEntries, menu, &mut found.configs, &mut kept);
    }
    kept.truncate(MAX_ENTRIES);
    found.entries = kept;
    found.loopback = loopback::find(&mut texts).map(|cfg| LoopbackCfg {
        path: texts.find(&cfg.path).unwrap_or(&cfg.path).to_owned(),
        ..cfg
    });
    found
}

/// The configurations that there are, in the order in which they count: the known places, then
/// what is called like one, the least deep first.
fn places<'p>(
    paths: impl Iterator<Item = &'p str>,
    find: impl Fn(&str) -> Option<&'p str>,
) -> Vec<String> {
    let mut places: Vec<&str> = PLACES.iter().filter_map(|place| find(place)).collect();
    let is_config = |path: &&str| {
        let name = path.rsplit('/').next().unwrap_or_default();
        path.matches('/').count() <= 5 && NAMES.iter().any(|n| n.eq_ignore_ascii_case(name))
    };
    // There may be very many: of each depth, those that would be taken are enough.
    let mut by_depth: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for path in paths.filter(is_config) {
        let same = by_depth.entry(path.matches('/').count()).or_default();
        if same.len() < MAX_CONFIGS && !places.contains(&path) {
            same.push(path);
        }
    }
    places.extend(by_depth.into_values().flatten());
    places.truncate(MAX_CONFIGS);
    places.into_iter().map(str::to_owned).collect()
}

/// Keeps of one menu's entries those that can mean something later.
fn note<R: Read + Seek>(
    texts: &Texts<'_, R>,
    config: &str,
    loader: Loader,
    menu: Menu,
    configs: &mut BTreeMap<String, Config>,
    kept: &mut Vec<BootEntry>,
) {
    let trouble = menu.trouble.clone();
    let mut mine: Vec<BootEntry> = Vec::new();
    for (item, default) in menu.entries() {
        let Some(boots) = item.boots else { continue };
        let Some(kernel) = texts.find(&boots.kernel) else { continue };
        let spelled = |path: String| texts.find(&path).map(str::to_owned).unwrap_or(path);
        let bytes: usize = boots.args.iter().map(String::len).sum();
        let odd = boots.args.iter().any(|a| a.chars().any(char::is_control));
        let many = boots.args.len() > MAX_ARGS || boots.initrds.len() > MAX_INITRDS;
        if many || bytes > MAX_ARG_BYTES || odd {
            continue;
        }
        mine.push(BootEntry {
            config: config.to_owned(),
            title: item.title.chars().filter(|c| !c.is_control()).take(100).collect(),
            default,
            kernel: kernel.to_owned(),
            initrds: boots.initrds.into_iter().map(spelled).collect(),
            args: boots.args,
        });
    }
    let number = u32::try_from(mine.len()).unwrap_or(u32::MAX);
    // What is wrong with a menu that is understood well enough is its makers' business.
    let trouble = trouble.filter(|_| mine.is_empty()).map(|trouble| {
        let what: String = trouble.what.chars().filter(|c| !c.is_control()).take(200).collect();
        let file =
            if trouble.file == config { String::new() } else { format!(" of {}", trouble.file) };
        format!("line {}{file}: {what}", trouble.line)
    });
    configs.insert(config.to_owned(), Config { loader, entries: number, trouble });
    mine.sort_by_key(|entry| !entry.default);
    for entry in mine.into_iter().take(MAX_OF_ONE) {
        let same = |other: &BootEntry| {
            (&other.kernel, &other.initrds, &other.args)
                == (&entry.kernel, &entry.initrds, &entry.args)
        };
        if !kept.iter().any(same) {
            kept.push(entry);
        }
    }
}
