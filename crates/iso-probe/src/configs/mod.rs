//! The boot loaders' configurations in an image, read to learn what their entries start: kernel,
//! initrds and parameters.

mod budget;
mod files;
mod grub;
mod loader_entries;
mod loopback;
mod menu;
mod syslinux;
mod texts;

pub use grub::{OutlinedEntry, outline};

use crate::contents::Contents;
use crate::{BootEntry, Config, Hypervisor, Loader, LoopbackCfg};
pub(crate) use files::Volume;
use menu::{MAX_ARGS, MAX_INITRDS, Menu};
use std::collections::BTreeMap;
use texts::Texts;

/// The number of configurations to read, not counting files that they include.
const MAX_CONFIGS: usize = 12;
/// The number of directories, with the root, on the way to a configuration.
const MAX_DEPTH: usize = 5;
/// The number of entries to keep, of one configuration and in all.
const MAX_OF_ONE: usize = 6;
pub(crate) const MAX_ENTRIES: usize = 16;
/// The number of bytes that the parameters of an entry may have together.
const MAX_ARG_BYTES: usize = 4096;

/// The paths at which configurations usually lie, the more telling first. They are read before
/// other files with such names.
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
const NAMES: &[&str] = &[
    "grub.cfg",
    "kernels.cfg",
    "isolinux.cfg",
    "syslinux.cfg",
    "extlinux.conf",
    // The isolinux of Porteus and PorteuX is changed so that it reads these.
    "porteus.cfg",
    "porteux.cfg",
];

/// The facts from all configurations together.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) configs: BTreeMap<String, Config>,
    pub(crate) entries: Vec<BootEntry>,
    /// The entries that start a hypervisor first.
    pub(crate) xen: Vec<BootEntry>,
    /// The kernels of entries that say nothing but that they are EFI programs.
    pub(crate) programs: Vec<String>,
    pub(crate) loopback: Option<LoopbackCfg>,
}

/// Reads all configurations. Menus that ask for the label or the UUID of what they came from are told
/// those of `volume`.
pub(crate) fn read_all(contents: &mut Contents<'_>, volume: &Volume) -> Found {
    let mut found = Found::default();
    let places = places(contents.files().paths(), |path| contents.files().find(path));
    let places: Vec<String> = places.into_iter().map(str::to_owned).collect();
    let mut texts = Texts::new(contents, volume);
    let mut kept = Vec::new();
    for path in places {
        let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        let (loader, menu) = match name.as_str() {
            "grub.cfg" | "kernels.cfg" => (Loader::Grub, grub::menu(&mut texts, &path)),
            _ => (Loader::Syslinux, syslinux::menu(&mut texts, &path)),
        };
        note(&texts, &path, loader, menu, &mut found, &mut kept);
    }
    if let Some((directory, menu)) = loader_entries::menu(&mut texts) {
        note(&texts, directory, Loader::LoaderEntries, menu, &mut found, &mut kept);
    }
    kept.truncate(MAX_ENTRIES);
    found.xen.truncate(MAX_ENTRIES);
    found.entries = kept;
    found.loopback = loopback::find(&mut texts).map(|cfg| LoopbackCfg {
        path: texts.find(&cfg.path).unwrap_or(&cfg.path).to_owned(),
        ..cfg
    });
    found
}

/// The configurations in the image, in the order in which they are read: first those at the usual
/// paths, then other files with such names, from the root downwards.
fn places<P: Copy + AsRef<str> + PartialEq>(
    paths: impl Iterator<Item = P>,
    find: impl Fn(&str) -> Option<P>,
) -> Vec<P> {
    let mut places: Vec<P> = PLACES.iter().filter_map(|place| find(place)).collect();
    // There may be very many, so for each depth only as many are collected as could be used.
    let mut by_depth: BTreeMap<usize, Vec<P>> = BTreeMap::new();
    for path in paths {
        let name = path.as_ref().rsplit('/').next().unwrap_or_default();
        let depth = path.as_ref().matches('/').count();
        if depth > MAX_DEPTH || !NAMES.iter().any(|n| n.eq_ignore_ascii_case(name)) {
            continue;
        }
        let same = by_depth.entry(depth).or_default();
        if same.len() < MAX_CONFIGS && !places.contains(&path) {
            same.push(path);
        }
    }
    places.extend(by_depth.into_values().flatten());
    places.truncate(MAX_CONFIGS);
    places
}

/// Adds one configuration to the facts, and those of its entries that can be used later to `kept`.
fn note(
    texts: &Texts<'_, '_>,
    config: &str,
    loader: Loader,
    menu: Menu,
    found: &mut Found,
    kept: &mut Vec<BootEntry>,
) {
    let trouble = menu.trouble.clone();
    let mut mine: Vec<BootEntry> = Vec::new();
    for (item, default) in menu.entries() {
        let Some(boots) = item.boots else { continue };
        let Some(kernel) = texts.find(&boots.kernel) else { continue };
        let hypervisor = boots.hypervisor.as_ref();
        if hypervisor.is_some_and(|hypervisor| texts.find(&hypervisor.path).is_none()) {
            continue;
        }
        let spelled = |path: String| texts.find(&path).map(str::to_owned).unwrap_or(path);
        let entry = BootEntry {
            config: config.to_owned(),
            title: item.title.chars().filter(|c| !c.is_control()).take(100).collect(),
            default,
            kernel: kernel.to_owned(),
            initrds: boots.initrds.into_iter().map(spelled).collect(),
            args: boots.args,
            hypervisor: boots.hypervisor.map(|h| Hypervisor { path: spelled(h.path), ..h }),
        };
        if is_usable(&entry) {
            found.programs.extend(boots.is_program.then(|| entry.kernel.clone()));
            mine.push(entry);
        }
    }
    let number = u32::try_from(mine.len()).unwrap_or(u32::MAX);
    // Trouble is of no interest if the menu has usable entries all the same.
    let trouble = trouble.filter(|_| mine.is_empty()).map(|trouble| {
        let what: String = trouble.what.chars().filter(|c| !c.is_control()).take(200).collect();
        let file =
            if trouble.file == config { String::new() } else { format!(" of {}", trouble.file) };
        format!("line {}{file}: {what}", trouble.line)
    });
    found.configs.insert(config.to_owned(), Config { loader, entries: number, trouble });
    mine.sort_by_key(|entry| !entry.default);
    let (xen, linux): (Vec<_>, Vec<_>) = mine.into_iter().partition(|e| e.hypervisor.is_some());
    for (mine, kept) in [(linux, kept), (xen, &mut found.xen)] {
        for entry in mine.into_iter().take(MAX_OF_ONE) {
            let what = |e: &BootEntry| {
                (e.kernel.clone(), e.initrds.clone(), e.args.clone(), e.hypervisor.clone())
            };
            if !kept.iter().any(|other| what(other) == what(&entry)) {
                kept.push(entry);
            }
        }
    }
}

/// Whether an entry is within the limits, and can be written in a menu.
pub(crate) fn is_usable(entry: &BootEntry) -> bool {
    let hypervisor = entry.hypervisor.iter().flat_map(|hypervisor| &hypervisor.args);
    let args: Vec<&String> = entry.args.iter().chain(hypervisor).collect();
    let bytes: usize = args.iter().map(|arg| arg.len()).sum();
    let odd = args.iter().any(|a| a.chars().any(char::is_control));
    let many = args.len() > MAX_ARGS || entry.initrds.len() > MAX_INITRDS;
    !many && bytes <= MAX_ARG_BYTES && !odd
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// A path that counts what it is compared with.
    #[derive(Clone, Copy)]
    struct Counted<'p>(&'p str, &'p Cell<usize>);

    impl AsRef<str> for Counted<'_> {
        fn as_ref(&self) -> &str {
            self.0
        }
    }

    impl PartialEq for Counted<'_> {
        fn eq(&self, other: &Self) -> bool {
            self.1.set(self.1.get() + 1);
            self.0 == other.0
        }
    }

    #[test]
    fn places_in_their_order() {
        let paths =
            ["/a/b/grub.cfg", "/boot/grub/grub.cfg", "/x/GRUB.CFG", "/x/y.cfg", "/grub.cfg"];
        let find = |place: &str| paths.iter().find(|p| **p == place).copied();
        let expected = ["/boot/grub/grub.cfg", "/grub.cfg", "/x/GRUB.CFG", "/a/b/grub.cfg"];
        assert_eq!(places(paths.into_iter(), find), expected);
        assert_eq!(places(["/1/2/3/4/5/grub.cfg"].into_iter(), |_| None), [""; 0]);
    }

    /// Names that differ in the case of their letters only: each is looked at once.
    #[test]
    fn very_many_configurations() {
        let name = "extlinux.conf";
        let variants: Vec<String> = (0..98_304_u32)
            .map(|n| {
                let letter = |(at, c): (usize, char)| match n >> (at % 12) & 1 {
                    0 => c,
                    _ => c.to_ascii_uppercase(),
                };
                format!("/{}/{}", n >> 12, name.chars().enumerate().map(letter).collect::<String>())
            })
            .collect();
        let compared = Cell::new(0);
        let known = Counted("/boot/grub/grub.cfg", &compared);
        let find = |place: &str| (place == known.0).then_some(known);
        let found = places(variants.iter().map(|path| Counted(path, &compared)), find);
        assert_eq!(found.len(), MAX_CONFIGS);
        assert!(compared.get() <= MAX_CONFIGS * MAX_CONFIGS, "{} comparisons", compared.get());
    }
}
