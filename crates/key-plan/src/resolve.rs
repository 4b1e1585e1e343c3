//! From a spec and an inventory to a plan: pure, and every decision in one place.

use crate::Error;
use crate::boot_tree::{PREFIX, boot_tree};
use crate::entries::entries;
use crate::identity::Identity;
use crate::inventory::Inventory;
use crate::menu::{self, Menu};
use crate::plan::{Core, Entry, Partition, Plan};
use crate::sizes::{self, ALIGNMENT, round_down, round_up};
use boot_recipes::Catalogue;
use file_tree::{Directory, File, Meta, Node, Timestamp};
use grub_config::{DefaultEntry, Id, IdSet, Title};
use image_layout::Content;
use key_spec::{AutoSize, DefaultEntry as WantedDefault, Filesystem, RestSize, Spec, Timeout};

/// 2009-01-01T00:00:00Z: the time of a key whose spec has none. See `docs/adr/0006`.
pub const DEFAULT_TIME: i64 = 1_230_768_000;

/// Times that a file system can hold: 1970 to 2446.
const TIMES: core::ops::RangeInclusive<i64> = 0..=0x3_7fff_ffff;

/// Room left on an automatically sized boot partition, for a longer grub.cfg or a theme.
const BOOT_RESERVE: u64 = 512 << 10;

/// Modules inside core.img: what reads the key, and enough of the rest that a menu and readable
/// messages appear even when the module directory is damaged. Never a disk driver of GRUB's own
/// (`ahci`, `usbms`, …): it would take the disks from the BIOS.
const CORE_MODULES: &[&str] = &[
    "biosdisk",
    "part_msdos",
    "part_gpt",
    "ext2",
    "fat",
    "iso9660",
    "search_fs_uuid",
    "search_label",
    "search",
    "normal",
    "configfile",
    "loopback",
    "linux",
    "echo",
    "test",
    "true",
    "ls",
    "cat",
    "loadenv",
    "minicmd",
    "halt",
    "reboot",
    "sleep",
    "serial",
    "terminal",
    "regexp",
];

/// Decides everything. `environment_time` is `SOURCE_DATE_EPOCH`, if the caller has one.
///
/// # Errors
/// [`Error`] names what is wrong with the spec or the inputs.
pub fn resolve(
    spec: &Spec,
    inventory: &Inventory,
    catalogue: &Catalogue,
    environment_time: Option<i64>,
) -> Result<Plan, Error> {
    let identity = Identity::new(spec.seed());
    let seconds = spec.key.time.map(|t| t.0).or(environment_time).unwrap_or(DEFAULT_TIME);
    if !TIMES.contains(&seconds) {
        let from = if spec.key.time.is_some() { "key.time" } else { "SOURCE_DATE_EPOCH" };
        return Err(Error::Time { from, seconds, last: *TIMES.end() });
    }
    let time = Timestamp { seconds, nanoseconds: 0 };

    let mut ids = IdSet::new();
    for (id, _) in menu::fixed_entries(true) {
        ids.claim(Id::new(id)?)?;
    }
    if spec.menu.extra.as_ref().is_some_and(|e| e.contains('\0')) {
        return Err(Error::NulInExtra);
    }
    let (entries, mut warnings) = entries(spec, inventory, catalogue, &mut ids)?;
    if entries.is_empty() {
        warnings.push("the key carries no ISO that boots; its menu will only say so".to_owned());
    }
    if inventory.grub.font.is_none() {
        warnings.push(format!(
            "no unicode.pf2 beside GRUB ({}): the menu stays in the text mode of the firmware",
            inventory.grub.origin.from
        ));
    }

    let mut isos_options =
        options(spec.isos.filesystem, spec.isos.label.as_str(), "isos", &identity, time)?;
    let boot_options =
        options(spec.boot.filesystem, spec.boot.label.as_str(), "usbboot", &identity, time)?;

    let needs_memdisk = entries.iter().any(|e| e.boot.needs_memdisk());
    let memdisk = inventory.memdisk.as_ref().filter(|_| needs_memdisk);
    let grub_cfg = Menu {
        key: spec.key.name.as_str(),
        grub: &inventory.grub.origin,
        isos_uuid: isos_options.uuid,
        isos_label: spec.isos.label.as_str(),
        timeout: match spec.menu.timeout {
            Timeout::Seconds(n) => Some(n),
            Timeout::Forever => None,
        },
        default: default_entry(&spec.menu.default, &entries)?,
        serial: spec.menu.serial,
        font: inventory.grub.font.is_some(),
        entries: &entries,
        extra: spec.menu.extra.as_deref(),
    }
    .config()?
    .render();

    let boot_tree = boot_tree(&inventory.grub, memdisk, &grub_cfg, time)?;
    let isos_tree = isos_tree(inventory, time)?;
    let early_config = menu::early_config(&boot_options.uuid);

    let boot_at = ALIGNMENT;
    let boot_len = match spec.boot.size {
        AutoSize::Fixed(size) => round_up(size.0),
        AutoSize::Auto => {
            sizes::smallest(spec.boot.label.as_str(), &boot_tree, &boot_options, BOOT_RESERVE)?
        }
    };
    let isos_at = boot_at.saturating_add(boot_len);
    let isos_len = isos_len(spec, &isos_tree, &mut isos_options, isos_at)?;

    Ok(Plan {
        name: spec.key.name.to_string(),
        len: image_len(spec, boot_len, isos_at, isos_len)?,
        disk_signature: identity.disk_signature(),
        time: seconds,
        grub: inventory.grub.clone(),
        core: Core {
            modules: CORE_MODULES.to_vec(),
            prefix: format!("(,msdos1){PREFIX}"),
            early_config,
        },
        memdisk: memdisk.map(|m| m.origin.clone()),
        boot: Partition {
            at: boot_at,
            len: boot_len,
            label: spec.boot.label.to_string(),
            sized_by: "boot.size",
            options: boot_options,
            tree: boot_tree,
        },
        isos: Partition {
            at: isos_at,
            len: isos_len,
            label: spec.isos.label.to_string(),
            sized_by: match spec.isos.size {
                RestSize::Rest => "key.size (--size)",
                RestSize::Auto | RestSize::Fixed(_) => "isos.size",
            },
            options: isos_options,
            tree: isos_tree,
        },
        entries,
        grub_cfg,
        warnings,
    })
}

fn options(
    kind: Filesystem,
    label: &str,
    purpose: &str,
    identity: &Identity,
    time: Timestamp,
) -> Result<fs_ext::Options, Error> {
    let flavour = match kind {
        Filesystem::Ext2 => fs_ext::Flavour::Ext2,
        Filesystem::Ext3 => fs_ext::Flavour::Ext3,
        Filesystem::Ext4 => fs_ext::Flavour::Ext4,
    };
    let uuid = identity.uuid(&format!("{purpose}/uuid"));
    let hash_seed = identity.uuid(&format!("{purpose}/hash seed"));
    let mut options = fs_ext::Options::new(flavour, uuid, hash_seed, time);
    let wrap = |source| Error::FileSystem { label: label.to_owned(), source };
    options.label = fs_ext::Label::new(label).map_err(wrap)?;
    // Nobody on a key needs blocks that only root may fill.
    options.reserved_percent = 0;
    Ok(options)
}

/// Checks the wanted default against the menu that there will be.
fn default_entry(wanted: &WantedDefault, entries: &[Entry]) -> Result<DefaultEntry, Error> {
    let mut have: Vec<(String, String)> =
        entries.iter().map(|e| (e.id.to_string(), e.title.clone())).collect();
    have.extend(menu::fixed_entries(entries.is_empty()).map(|(i, t)| (i.into(), t.into())));
    // By its place: GRUB compares a name with titles and ids alike, and takes the first of either.
    let place = match wanted {
        WantedDefault::Number(n) => usize::try_from(*n).ok().filter(|n| *n < have.len()),
        WantedDefault::Named(name) => {
            let title = Title::new(name.as_str());
            have.iter()
                .position(|(id, _)| id == name.as_str())
                .or_else(|| have.iter().position(|(_, t)| t == title.as_str()))
        }
    };
    let found = place.and_then(|n| u32::try_from(n).ok()).map(DefaultEntry::Index);
    found.ok_or_else(|| Error::NoSuchEntry {
        wanted: match wanted {
            WantedDefault::Number(n) => n.to_string(),
            WantedDefault::Named(name) => format!("{name:?}"),
        },
        have: have.into_iter().map(|(_, title)| format!("\"{title}\"")).collect(),
    })
}

fn isos_tree(inventory: &Inventory, time: Timestamp) -> Result<Directory, Error> {
    let mut tree = Directory::new(Meta::root(0o755, time));
    for iso in &inventory.isos {
        let content = Content::Source { id: iso.source, offset: 0, len: iso.len };
        let file = File::new(Meta::root(0o644, time), content);
        tree.insert(iso.file_name.as_bytes(), Node::File(file))?;
    }
    Ok(tree)
}

/// How long the partition of the ISOs is; sets the options that depend on it.
fn isos_len(
    spec: &Spec,
    tree: &Directory,
    options: &mut fs_ext::Options,
    at: u64,
) -> Result<u64, Error> {
    let len = match (spec.isos.size, spec.key.size) {
        (RestSize::Fixed(size), _) => round_up(size.0),
        (RestSize::Rest, AutoSize::Fixed(key)) => round_down(key.0).saturating_sub(at),
        (RestSize::Rest | RestSize::Auto, _) => 0,
    };
    if len > 0 {
        sizes::tune_for_large_files(options, tree, len);
        return Ok(len);
    }
    // Asked for, or because no room is left at all: the error then says how much there should be.
    sizes::tune_for_large_files(options, tree, sizes::payload(tree));
    sizes::smallest(spec.isos.label.as_str(), tree, options, 0)
}

/// The length of the image: what was asked for, or what the partitions need.
fn image_len(spec: &Spec, boot: u64, isos_at: u64, isos: u64) -> Result<u64, Error> {
    let needed = isos_at.saturating_add(isos);
    match spec.key.size {
        AutoSize::Auto => Ok(needed),
        AutoSize::Fixed(size) if round_down(size.0) >= needed => Ok(round_down(size.0)),
        AutoSize::Fixed(size) => Err(Error::KeyTooSmall {
            size: size.to_string(),
            needed,
            boot,
            boot_label: spec.boot.label.to_string(),
            isos,
            isos_label: spec.isos.label.to_string(),
        }),
    }
}
