//! From a spec and an inventory to a plan: pure, and every decision in one place.

use crate::boot_tree::{PREFIX, boot_tree, graft};
use crate::check::check;
use crate::entries::{SERIAL_CONSOLES, entries, unreadable};
use crate::esp;
use crate::file_system::FileSystem;
use crate::identity::{Identity, uuid_text};
use crate::inventory::Inventory;
use crate::menu::{self, Discovery, Fixed, Menu, check as check_isos, variants};
use crate::plan::{BiosBoot, Core, Entry, Esp, Partition, Plan};
use crate::platforms::{
    BIOS_ONLY_MODULES, CORE_MODULES, grub_partition, platform, scheme, sector_size,
};
use crate::secure_boot;
use crate::sizes::{self, ALIGNMENT, round_down, round_up};
use crate::{Error, autoinstall, chainload};
use boot_recipes::Catalogue;
use file_tree::{Directory, File, Meta, Node, Timestamp};
use fs_ext::Flavour;
use grub_config::{DefaultEntry, Id, IdSet, Name, PasswordHash, Superuser, Title};
use grub_image::Platform;
use image_layout::Content;
use key_spec::{
    AutoSize, DefaultEntry as WantedDefault, Filesystem, PlacePartition, RestSize, Spec, Timeout,
};
use partition_table::{Guid, Scheme, SectorSize};

/// 2009-01-01T00:00:00Z: the time of a key whose spec has none. See `docs/adr/0006`.
pub const DEFAULT_TIME: i64 = 1_230_768_000;

/// Times that a file system can hold: 1970 to 2446.
const TIMES: core::ops::RangeInclusive<i64> = 0..=0x3_7fff_ffff;

/// Room left on an automatically sized boot partition, for a longer grub.cfg or a theme.
const BOOT_RESERVE: u64 = 512 << 10;

/// Room left on the EFI system partition, for a firmware's own notes or another boot program.
const ESP_RESERVE: u64 = 512 << 10;

/// Its name, where a file manager shows it.
const ESP_LABEL: &str = "ESP";

/// Length of the BIOS boot partition: more than GRUB can load, 444 KiB.
const BIOS_BOOT_LEN: u64 = ALIGNMENT;

/// The time of everything on the key that is not an ISO's own, in seconds since 1970: the spec's,
/// else `environment_time` (`SOURCE_DATE_EPOCH`, if the caller has one), else [`DEFAULT_TIME`].
///
/// # Errors
/// [`Error::Time`] for one that a file system cannot hold.
pub fn time(spec: &Spec, environment_time: Option<i64>) -> Result<i64, Error> {
    let seconds = spec.key.time.map(|t| t.0).or(environment_time).unwrap_or(DEFAULT_TIME);
    if !TIMES.contains(&seconds) {
        let from = if spec.key.time.is_some() { "key.time" } else { "SOURCE_DATE_EPOCH" };
        return Err(Error::Time { from, seconds, last: *TIMES.end() });
    }
    Ok(seconds)
}

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
    check(spec)?;
    let identity = Identity::new(spec.seed());
    let seconds = time(spec, environment_time)?;
    let time = Timestamp { seconds, nanoseconds: 0 };

    let mut ids = IdSet::new();
    for fixed in Fixed::ALL {
        ids.claim(Id::new(fixed.id())?)?;
    }
    variants::claim(&mut ids)?;
    let secure_boot = inventory.grub.signed.as_ref().map(secure_boot::facts).transpose()?;
    let (entries, prepared, mut warnings) =
        entries(spec, inventory, catalogue, secure_boot.as_ref(), (&mut ids, time))?;
    let xen = crate::xen::decide(spec, inventory, &identity, &mut ids, time)?;
    warnings.extend(xen.warnings);
    if entries.is_empty() && xen.entries.is_empty() {
        warnings.push(
            "the key carries nothing that boots: its menu starts only what is copied onto it later"
                .to_owned(),
        );
    }
    let grub = &inventory.grub;
    if grub.font.is_none() {
        let what = "no unicode.pf2 beside GRUB: the menu stays in the text mode of the firmware";
        warnings.push(what.to_owned());
    }

    let sector_size = sector_size(spec.key.sector_size);
    let mut isos_fs = match flavour(spec.isos.filesystem) {
        Some(flavour) => {
            let label = spec.isos.label.as_str();
            FileSystem::Ext(options(flavour, label, "isos", &identity, time)?)
        }
        None => {
            let label = fs_fat::Label::new(spec.isos.label.as_str());
            let label = label.map_err(|source| Error::IsosLabel { source })?;
            let options = fat_options("isos", label, &identity, sector_size, time);
            FileSystem::Fat(fs_fat::Options { kind: Some(fs_fat::Kind::Fat32), ..options })
        }
    };
    // As it is kept: FAT has capitals only, and systems that are told a label compare it exactly.
    let isos_label = match &isos_fs {
        FileSystem::Fat(fs_fat::Options { label: Some(label), .. }) => label.as_str().to_owned(),
        _ => spec.isos.label.to_string(),
    };
    warnings.extend(unreadable(&entries, isos_fs.recipes_name()));
    // `check` has seen that it is none of FAT's.
    let boot_flavour = flavour(spec.boot.filesystem).ok_or(Error::BootOnFat)?;
    let boot_options = options(boot_flavour, spec.boot.label.as_str(), "usbboot", &identity, time)?;

    let platforms: Vec<Platform> = spec.key.firmware.iter().copied().map(platform).collect();
    let uefi = platforms.iter().any(|p| p.boot_file().is_some());
    // Also for ISOs that are copied onto the key later.
    let memdisk = inventory.memdisk.as_ref().filter(|_| platforms.contains(&Platform::I386Pc));
    let grub_cfg = Menu {
        key: spec.key.name.as_str(),
        grub,
        isos_uuid: &isos_fs.uuid(),
        isos_label: &isos_label,
        timeout: match spec.menu.timeout {
            Timeout::Seconds(n) => Some(n),
            Timeout::Forever => None,
        },
        default: default_entry(&spec.menu.default, &entries, &xen.entries, uefi)?,
        serial: spec.menu.serial,
        font: grub.font.is_some() || grub.signed.is_some(),
        theme: inventory.theme.as_ref(),
        superuser: superuser(spec)?,
        uefi,
        signed: grub.signed.is_some(),
        entries: &entries,
        xen: &xen.entries,
        extra: spec.menu.extra.as_deref(),
    }
    .config()?
    .render();

    let checked = check_isos::checked(&inventory.isos);
    let mut scripts = Discovery {
        isos_label: spec.isos.label.as_str(),
        entries: &entries,
        consoles: if spec.menu.serial { &SERIAL_CONSOLES } else { &[] },
    }
    .scripts(catalogue)?;
    scripts.push((check_isos::CHECK, check_isos::script(&checked, grub.signed.is_some())?));

    let mut boot_tree =
        boot_tree(grub, memdisk, inventory.theme.as_ref(), &grub_cfg, &scripts, time)?;
    for (path, text) in check_isos::lists(&checked) {
        let file = File::new(Meta::root(0o644, time), Content::Bytes(text.as_bytes().into()));
        boot_tree.insert(path.as_bytes(), Node::File(file))?;
    }
    chainload::copy(&mut boot_tree, &entries, time)?;
    autoinstall::put(&mut boot_tree, &prepared.answers.boot, time)?;
    let mut isos_tree = isos_tree(inventory, time)?;
    if let Some(more) = &xen.tree {
        graft(&mut isos_tree, "", more)?;
    }
    autoinstall::put(&mut isos_tree, &prepared.answers.isos, time)?;
    for (asked, found) in spec.tree.iter().zip(&inventory.trees) {
        let tree = match asked.to.partition {
            PlacePartition::Boot => &mut boot_tree,
            PlacePartition::Isos => &mut isos_tree,
        };
        let wrap = |source| Error::OverlayTree { from: found.shown.clone(), source };
        graft(tree, &asked.to.path, &found.tree).map_err(wrap)?;
    }

    let scheme = scheme(spec.key.table);
    let core = |modules: &[&[&'static str]]| Core {
        modules: modules.concat(),
        prefix: format!("(,{}){PREFIX}", grub_partition(scheme, 1)),
        early_config: menu::early_config(&boot_options.uuid),
    };
    let guid = |partition: &str| Guid(identity.uuid(&format!("{partition}/partition")));
    let bios = platforms.contains(&Platform::I386Pc);

    // In this order on the disk: the ISOs come last, so that their partition can grow.
    let mut at = ALIGNMENT;
    let mut take = |len: u64| {
        let start = at;
        at = at.saturating_add(len);
        start
    };
    let bios_boot = (bios && scheme != Scheme::Mbr).then(|| BiosBoot {
        at: take(BIOS_BOOT_LEN),
        len: BIOS_BOOT_LEN,
        guid: guid("bios boot"),
    });
    let boot_len = match spec.boot.size {
        AutoSize::Fixed(size) => round_up(size.0),
        AutoSize::Auto => {
            let fs = FileSystem::Ext(boot_options.clone());
            sizes::smallest(spec.boot.label.as_str(), &boot_tree, &fs, BOOT_RESERVE)?
        }
    };
    let boot = Partition {
        at: take(boot_len),
        len: boot_len,
        label: spec.boot.label.to_string(),
        guid: guid("usbboot"),
        sized_by: "boot.size",
        file_system: FileSystem::Ext(boot_options.clone()),
        tree: boot_tree,
    };
    let esp = if uefi {
        let contents =
            esp::contents(&platforms, grub, &core(&[CORE_MODULES]), &boot_options.uuid, time)?;
        let label = fs_fat::Label::new(ESP_LABEL)?;
        let mut options = fat_options("esp", label, &identity, sector_size, time);
        let len = round_up(fs_fat::smallest(&contents.tree, &options, ESP_RESERVE)?);
        let at = take(len);
        options.hidden_sectors = sectors_before(at, sector_size);
        let esp::Contents { tree, programs } = contents;
        Some(Esp { at, len, guid: guid("esp"), options, tree, programs })
    } else {
        None
    };
    let mut persistence = Vec::new();
    for wanted in prepared.persistence {
        let purpose = format!("persistence/{}", wanted.label);
        let options = options(Flavour::Ext4, &wanted.label, &purpose, &identity, time)?;
        let len = round_up(wanted.size.0);
        persistence.push(Partition {
            at: take(len),
            len,
            guid: guid(&purpose),
            label: wanted.label,
            sized_by: "persistence",
            file_system: FileSystem::Ext(options),
            tree: wanted.tree,
        });
    }
    let cidata = match &prepared.answers.cidata {
        None => None,
        Some((user_data, _)) => {
            let instance = uuid_text(&identity.uuid("cidata/instance"));
            let tree = autoinstall::cidata(user_data, &instance, time)?;
            let label = fs_fat::Label::new(autoinstall::CIDATA)?;
            let mut options = fat_options("cidata", label, &identity, sector_size, time);
            let len = round_up(fs_fat::smallest(&tree, &options, 0)?);
            let at = take(len);
            options.hidden_sectors = sectors_before(at, sector_size);
            Some(Partition {
                at,
                len,
                guid: guid("cidata"),
                label: autoinstall::CIDATA.to_owned(),
                sized_by: "autoinstall",
                file_system: FileSystem::Fat(options),
                tree,
            })
        }
    };
    // What the table needs behind the last partition, in whole MiB.
    let behind = round_up(scheme.sectors_behind(sector_size) * sector_size.bytes());
    let isos_at = take(0);
    let isos_len = isos_len(spec, &isos_tree, (&isos_label, &mut isos_fs), isos_at, behind)?;
    if let FileSystem::Fat(options) = &mut isos_fs {
        options.hidden_sectors = sectors_before(isos_at, sector_size);
    }
    let isos = Partition {
        at: isos_at,
        len: isos_len,
        label: isos_label,
        guid: guid("isos"),
        sized_by: match spec.isos.size {
            RestSize::Rest => "key.size (--size)",
            RestSize::Auto | RestSize::Fixed(_) => "isos.size",
        },
        file_system: isos_fs,
        tree: isos_tree,
    };

    if scheme == Scheme::Mbr {
        let more = persistence.iter().map(|p| p.label.as_str());
        let more = more.chain(cidata.iter().map(|_| autoinstall::CIDATA));
        let names = [boot.label.as_str(), isos.label.as_str()].into_iter();
        let names = names.chain(esp.iter().map(|_| ESP_LABEL)).chain(more);
        let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
        if names.len() > 4 {
            let (count, names) = (names.len(), names.join(", "));
            return Err(Error::TooManyPartitions { count, names });
        }
    }
    Ok(Plan {
        name: spec.key.name.to_string(),
        len: image_len(spec, &boot, &isos, behind)?,
        scheme,
        sector_size,
        disk_signature: identity.number("disk/signature"),
        disk_guid: Guid(identity.uuid("disk/guid")),
        time: seconds,
        firmware: spec.key.firmware.clone(),
        secure_boot,
        grub: grub.clone(),
        core: bios.then(|| core(&[BIOS_ONLY_MODULES, CORE_MODULES])),
        memdisk: memdisk.map(|m| m.origin.clone()),
        boot,
        isos,
        esp,
        persistence,
        cidata,
        bios_boot,
        entries,
        xen: xen.entries,
        grub_cfg,
        scripts,
        warnings,
    })
}

/// Which ext file system; `None`: FAT.
fn flavour(kind: Filesystem) -> Option<Flavour> {
    match kind {
        Filesystem::Ext2 => Some(Flavour::Ext2),
        Filesystem::Ext3 => Some(Flavour::Ext3),
        Filesystem::Ext4 => Some(Flavour::Ext4),
        Filesystem::Fat32 => None,
    }
}

fn fat_options(
    purpose: &str,
    label: fs_fat::Label,
    identity: &Identity,
    sector_size: SectorSize,
    time: Timestamp,
) -> fs_fat::Options {
    let volume_id = identity.number(&format!("{purpose}/volume id"));
    let mut options = fs_fat::Options::new(volume_id, time);
    options.label = Some(label);
    options.sector_size = match sector_size {
        SectorSize::Bytes512 => fs_fat::SectorSize::Bytes512,
        SectorSize::Bytes4096 => fs_fat::SectorSize::Bytes4096,
    };
    options
}

/// What a FAT notes of its place. At most 2^32 sectors lie before it, or the partition table
/// refuses it.
fn sectors_before(at: u64, sector_size: SectorSize) -> u32 {
    u32::try_from(at / sector_size.bytes()).unwrap_or(u32::MAX)
}

/// Who may do more than start what the menu shows.
fn superuser(spec: &Spec) -> Result<Option<Superuser>, Error> {
    let Some(password) = &spec.menu.password else { return Ok(None) };
    let wrap = |source| Error::Password { source };
    let name = Name::new(password.user.as_str()).map_err(wrap)?;
    let password = PasswordHash::new(password.hash.as_str()).map_err(wrap)?;
    Ok(Some(Superuser { name, password }))
}

fn options(
    flavour: Flavour,
    label: &str,
    purpose: &str,
    identity: &Identity,
    time: Timestamp,
) -> Result<fs_ext::Options, Error> {
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
fn default_entry(
    wanted: &WantedDefault,
    entries: &[Entry],
    xen: &[crate::XenEntry],
    uefi: bool,
) -> Result<DefaultEntry, Error> {
    let mut have: Vec<(String, String)> =
        entries.iter().map(|e| (e.id.to_string(), e.title.clone())).collect();
    have.extend(xen.iter().map(|e| (e.id.to_string(), e.title.clone())));
    have.extend(variants::any(entries).then(|| (variants::ID.into(), variants::TITLE.into())));
    have.extend(Fixed::of(uefi).map(|f| (f.id().into(), f.title().into())));
    // By its place: GRUB compares a name with titles and ids alike, and takes the first of either.
    let place = match wanted {
        WantedDefault::Saved => return Ok(DefaultEntry::Saved),
        WantedDefault::Number(n) => usize::try_from(*n).ok().filter(|n| *n < have.len()),
        WantedDefault::Named(name) => {
            let title = Title::new(name.as_str());
            have.iter()
                .position(|(id, _)| id == name.as_str())
                .or_else(|| have.iter().position(|(_, t)| t == title.as_str()))
        }
    };
    let found = place.and_then(|n| u32::try_from(n).ok()).map(DefaultEntry::Index);
    let variant = || match wanted {
        WantedDefault::Named(name) => variants::path_to(entries, name.as_str()),
        _ => None,
    };
    found.or_else(variant).ok_or_else(|| Error::NoSuchEntry {
        wanted: match wanted {
            WantedDefault::Saved => "saved".to_owned(),
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
    (label, file_system): (&str, &mut FileSystem),
    at: u64,
    behind: u64,
) -> Result<u64, Error> {
    let len = match (spec.isos.size, spec.key.size) {
        (RestSize::Fixed(size), _) => round_up(size.0),
        (RestSize::Rest, AutoSize::Fixed(key)) => {
            round_down(key.0).saturating_sub(at).saturating_sub(behind)
        }
        (RestSize::Rest | RestSize::Auto, _) => 0,
    };
    if let FileSystem::Ext(options) = file_system {
        let about = if len > 0 { len } else { sizes::payload(tree) };
        sizes::tune_for_large_files(options, tree, about);
    }
    if len > 0 {
        return Ok(len);
    }
    // Asked for, or because no room is left at all: the error then says how much there should be.
    sizes::smallest(label, tree, file_system, 0)
}

/// The length of the image: what was asked for, or what the partitions need.
fn image_len(spec: &Spec, boot: &Partition, isos: &Partition, behind: u64) -> Result<u64, Error> {
    let needed = isos.at.saturating_add(isos.len).saturating_add(behind);
    match spec.key.size {
        AutoSize::Auto => Ok(needed),
        AutoSize::Fixed(size) if round_down(size.0) >= needed => Ok(round_down(size.0)),
        AutoSize::Fixed(size) => Err(Error::KeyTooSmall {
            size: size.to_string(),
            needed,
            boot: boot.len,
            boot_label: boot.label.clone(),
            isos: isos.len,
            isos_label: isos.label.clone(),
        }),
    }
}
