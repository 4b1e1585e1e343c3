//! From a spec and an inventory to a plan: pure, and every decision in one place.

use crate::boot_tree::{PREFIX, boot_tree};
use crate::check::check;
use crate::entries::{SERIAL_CONSOLES, entries, unreadable};
use crate::esp;
use crate::file_system::FileSystem;
use crate::identity::Identity;
use crate::inventory::Inventory;
use crate::menu::{self, Discovery, Fixed, Menu, check as check_isos, variants};
use crate::partitions::{Ground, fit_the_table};
use crate::plan::{Core, Entry, Partition, Plan};
use crate::platforms::{
    BIOS_ONLY_MODULES, CORE_MODULES, grub_partition, platforms, scheme, sector_size,
};
use crate::secure_boot;
use crate::sizes::round_down;
use crate::{Error, autoinstall, chainload, tree};
use boot_recipes::Catalogue;
use file_tree::{Directory, Timestamp};
use grub_config::{DefaultEntry, Id, IdSet, Name, PasswordHash, Superuser, Title};
use grub_image::Platform;
use image_layout::Content;
use key_spec::{AutoSize, DefaultEntry as WantedDefault, PlacePartition, Spec, Timeout};
use partition_table::{Guid, Scheme};

/// 2009-01-01T00:00:00Z: the time of a key whose spec has none. See `docs/adr/0006`.
pub const DEFAULT_TIME: i64 = 1_230_768_000;

/// Times that a file system can hold: 1970 to 2446.
const TIMES: core::ops::RangeInclusive<i64> = 0..=0x3_7fff_ffff;

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
    let scheme = scheme(spec.key.table);
    let mut ground = Ground::new(spec, &identity, scheme, sector_size, time);
    let isos_fs = ground.isos_file_system()?;
    // As it is kept: FAT has capitals only, and systems that are told a label compare it exactly.
    let isos_label = match &isos_fs {
        FileSystem::Fat(fs_fat::Options { label: Some(label), .. }) => label.as_str().to_owned(),
        _ => spec.isos.label.to_string(),
    };
    warnings.extend(unreadable(&entries, spec.isos.filesystem.recipes_name()));
    let boot_options = ground.boot_options()?;

    let platforms = platforms(spec);
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
        tree::put(&mut boot_tree, &path, text.as_bytes(), time)?;
    }
    chainload::copy(&mut boot_tree, &entries, time)?;
    autoinstall::put(&mut boot_tree, &prepared.answers.boot, time)?;
    let mut isos_tree = isos_tree(inventory, time)?;
    if let Some(more) = &xen.tree {
        tree::graft(&mut isos_tree, "", more)?;
    }
    autoinstall::put(&mut isos_tree, &prepared.answers.isos, time)?;
    for (asked, found) in spec.tree.iter().zip(&inventory.trees) {
        let tree = match asked.to.partition {
            PlacePartition::Boot => &mut boot_tree,
            PlacePartition::Isos => &mut isos_tree,
        };
        let wrap = |source| Error::OverlayTree { from: found.shown.clone(), source };
        tree::graft(tree, &asked.to.path, &found.tree).map_err(wrap)?;
    }

    let core = |modules: &[&[&'static str]]| Core {
        modules: modules.concat(),
        prefix: format!("(,{}){PREFIX}", grub_partition(scheme, 1)),
        early_config: menu::early_config(&boot_options.uuid),
    };
    let bios = platforms.contains(&Platform::I386Pc);
    // In this order on the disk.
    let bios_boot = (bios && scheme != Scheme::Mbr).then(|| ground.bios_boot());
    let boot = ground.boot(boot_tree, boot_options.clone())?;
    let esp = if uefi {
        let core = core(&[CORE_MODULES]);
        let contents = esp::contents(&platforms, grub, &core, &boot_options.uuid, time)?;
        Some(ground.esp(contents)?)
    } else {
        None
    };
    let persistence: Vec<Partition> = prepared
        .persistence
        .into_iter()
        .map(|p| ground.persistence(p))
        .collect::<Result<_, _>>()?;
    let cidata = prepared.answers.cidata.as_ref();
    let cidata = cidata.map(|(user_data, _)| ground.cidata(user_data)).transpose()?;
    let behind = ground.behind();
    let isos = ground.isos(isos_tree, isos_label, isos_fs)?;
    let others: Vec<&Partition> = [&isos].into_iter().chain(&persistence).chain(&cidata).collect();
    fit_the_table(scheme, &boot, esp.as_ref(), &others)?;
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

/// Who may do more than start what the menu shows.
fn superuser(spec: &Spec) -> Result<Option<Superuser>, Error> {
    let Some(password) = &spec.menu.password else { return Ok(None) };
    let wrap = |source| Error::Password { source };
    let name = Name::new(password.user.as_str()).map_err(wrap)?;
    let password = PasswordHash::new(password.hash.as_str()).map_err(wrap)?;
    Ok(Some(Superuser { name, password }))
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
    let mut tree = tree::empty(time);
    for iso in &inventory.isos {
        let content = Content::Source { id: iso.source, offset: 0, len: iso.len };
        tree::put(&mut tree, &iso.file_name, content, time)?;
    }
    Ok(tree)
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
