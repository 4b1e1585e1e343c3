//! The menu entries of the ISOs.

use crate::entry::{EfiImage, IsoEntry, kernel_parts};
use crate::error::{CannotBoot, Error};
use crate::iso_names::plain;
use crate::kernel_args::given_args;
use crate::persistence::Labels;
use crate::premises::Premises;
use crate::variants::{self, UnnamedVariant};
use crate::verdict::{stem, verdict};
use crate::xen::{SERIAL_DOM0, SERIAL_XEN};
use crate::{autoinstall, chainload, dom0_memory, persistence, secure_boot, titles};
use boot_recipes::{Arg, Available, Boot, Recognised, Verdict};
use grub_config::{Hotkey, IdSet, Name};
use key_inventory::Iso;
use key_spec::Iso as Asked;
use std::collections::BTreeMap;

/// The parameters of a Linux kernel on a key whose menu is on the serial port, too. The kernel
/// writes its messages to both consoles, and the last one is `/dev/console`.
pub(crate) const SERIAL_CONSOLES: [&str; 2] = ["console=tty0", "console=ttyS0,115200n8"];

/// Gives the kernel, or Xen and the kernel that it starts, a console on the first serial port, too.
fn add_serial_consoles(boot: &mut Boot) {
    let consoles = if let Some(args) = boot.hypervisor_args_mut() {
        args.extend(SERIAL_XEN.map(Arg::literal));
        SERIAL_DOM0
    } else if let Boot::Linux { .. } = boot {
        SERIAL_CONSOLES
    } else {
        return;
    };
    if let Some(args) = boot.args_mut() {
        args.extend(consoles.map(Arg::literal));
    }
}

/// The entries of all ISOs, with what they need on the key.
#[derive(Debug)]
pub(crate) struct IsoEntries {
    pub(crate) entries: Vec<IsoEntry>,
    /// The partitions for the changes of live systems.
    pub(crate) persistence: Vec<persistence::PersistencePartition>,
    /// The answers for installers.
    pub(crate) answers: autoinstall::Files,
    pub(crate) warnings: Vec<String>,
}

/// The entries of all ISOs. `ids` are those in use; the entries' ids are added to them.
pub(crate) fn iso_entries(premises: &Premises<'_>, ids: &mut IdSet) -> Result<IsoEntries, Error> {
    let Premises { spec, inventory, catalogue, .. } = *premises;
    refuse_names(&inventory.isos)?;
    let available = Available { memdisk: inventory.memdisk.is_some() };
    let mut decider = Decider {
        premises,
        ids,
        labels: Labels::of(spec),
        persistence: Vec::new(),
        answers: autoinstall::Files::default(),
        warnings: Vec::new(),
        hotkeys: BTreeMap::new(),
    };
    let mut entries: Vec<IsoEntry> = Vec::new();
    let mut variants = Vec::new();
    for (asked, iso) in spec.iso.iter().zip(&inventory.isos) {
        let verdict = verdict(asked, iso, catalogue, &available)
            .map_err(|source| Error::Recipe { iso: iso.shown.clone(), source })?;
        match verdict {
            None if asked.hypervisor_args.is_some() => {
                return Err(Error::NoHypervisor { iso: iso.shown.clone() });
            }
            None => {}
            Some(Verdict::Boots(found)) => {
                check_path(iso, &found)?;
                let (entry, others) = decider.entry(asked, iso, *found)?;
                entries.push(entry);
                variants.push(others);
            }
            Some(Verdict::Refused { title, reason, found, suggestion, looked_for, .. }) => {
                let iso = iso.shown.clone();
                let refusal = CannotBoot { iso, title, reason, found, suggestion, looked_for };
                return Err(Error::CannotBoot(Box::new(refusal)));
            }
        }
    }
    let Decider { persistence, answers, warnings, .. } = decider;
    // Variants get their ids after all entries, so that a new variant never changes an entry's id.
    for (entry, unnamed) in entries.iter_mut().zip(variants) {
        entry.variants = variants::with_ids(unnamed, stem(&entry.file), ids);
    }
    titles::tell_apart(&mut entries, spec);
    Ok(IsoEntries { entries, persistence, answers, warnings })
}

/// Refuses ISOs with names that cannot be used on the key, and two with the same name.
fn refuse_names(isos: &[Iso]) -> Result<(), Error> {
    let mut names = BTreeMap::new();
    for iso in isos {
        check_name(iso)?;
        if let Some(first) = names.insert(iso.file_name.as_str(), iso) {
            return Err(Error::SameName {
                name: iso.file_name.clone(),
                first: first.shown.clone(),
                second: iso.shown.clone(),
            });
        }
    }
    Ok(())
}

/// Refuses a name that a menu cannot show as it is, and `lost+found`, which ext file systems use.
/// See `docs/adr/0005-hostile-names.md`.
fn check_name(iso: &Iso) -> Result<(), Error> {
    let name = iso.file_name.as_str();
    let why = if name == "lost+found" {
        "every ext file system has a directory of that name"
    } else if name.chars().any(char::is_control) {
        "it has control characters in it"
    } else if name.chars().any(grub_config::reorders_text) {
        "it has characters in it that reorder the text around them"
    } else {
        return Ok(());
    };
    let name = shown_text::shown(name);
    Err(Error::BadName { iso: iso.shown.clone(), name, why })
}

/// Refuses a name by which the system in the ISO would not find the file, because it gets the name
/// as a kernel parameter.
fn check_path(iso: &Iso, found: &Recognised) -> Result<(), Error> {
    let Some(odd) = found.boot.stumbles_over(&iso.file_name) else { return Ok(()) };
    let better = plain(&iso.file_name);
    Err(Error::CannotBoot(Box::new(CannotBoot {
        iso: iso.shown.clone(),
        title: found.menu_title().to_string(),
        reason: format!(
            "it is told its ISO's name as a kernel parameter, and {odd:?} in it cannot be handed on"
        ),
        found: format!("the name {:?}", iso.file_name),
        suggestion: format!(
            "give it another name on the key: `name = \"{better}\"`, or rename the file"
        ),
        looked_for: String::new(),
    })))
}

/// The state in which the entries are decided, one after the other.
struct Decider<'a> {
    premises: &'a Premises<'a>,
    ids: &'a mut IdSet,
    labels: Labels,
    persistence: Vec<persistence::PersistencePartition>,
    answers: autoinstall::Files,
    warnings: Vec<String>,
    /// The hotkeys in use, each with the ISO whose entry it starts.
    hotkeys: BTreeMap<Hotkey, String>,
}

impl Decider<'_> {
    /// The entry of an ISO, with its variants.
    fn entry(
        &mut self,
        asked: &Asked,
        iso: &Iso,
        mut found: Recognised,
    ) -> Result<(IsoEntry, Vec<UnnamedVariant>), Error> {
        let Premises { spec, secure_boot, platforms, time, .. } = self.premises;
        let secure_boot = secure_boot.as_ref();
        self.warn(iso, found.warnings.iter().cloned());
        for (key, args) in [("args", &asked.args), ("hypervisor_args", &asked.hypervisor_args)] {
            if args.as_ref().is_some_and(|a| a.as_str().contains(['\'', '\\'])) {
                let what = format!("GRUB puts a backslash before each ' and \\ of its `{key}`");
                self.warn(iso, [what]);
            }
        }
        let title = titles::of_entry(asked, &found);
        if spec.menu.serial {
            add_serial_consoles(&mut found.boot);
        }
        let more = literals(given_args(asked.args.as_ref(), &iso.shown, "args")?);
        // The ISO's own menu takes no parameters.
        if let Some(args) = found.boot.args_mut() {
            args.extend(more.iter().cloned());
        }
        if let Some(text) = &asked.hypervisor_args {
            let args = found.boot.hypervisor_args_mut();
            let args = args.ok_or_else(|| Error::NoHypervisor { iso: iso.shown.clone() })?;
            args.extend(literals(given_args(Some(text), &iso.shown, "hypervisor_args")?));
        }
        let hotkey = asked.hotkey.as_ref().map(|key| hotkey(key.as_str(), iso)).transpose()?;
        let id = self.ids.slug(stem(&iso.file_name));
        let kept = persistence::wanted(asked, &iso.shown, &found, &mut self.labels, *time)?;
        let told = self.answers.add(asked, iso, &found, &id, *time)?;
        let mut boot = found.boot.clone();
        let mut first = Vec::new();
        if let Some(persistence::Kept { wanted, args }) = kept {
            let with = boot.with(&args).ok_or_else(|| persistence::own_menu(&iso.shown))?;
            self.persistence.push(wanted);
            if asked.persistence.is_some_and(|p| p.default) {
                let without = core::mem::replace(&mut boot, with);
                first.push(UnnamedVariant::new(variants::WITHOUT_PERSISTENCE, without));
            } else {
                first.push(UnnamedVariant::new(variants::PERSISTENCE, with));
                let what = format!(
                    "only its entry \"{}\", below the first screen, keeps changes; \
                     `persistence = {{ size = …, default = true }}` has the one that starts by itself keep them",
                    self.premises.words.way(variants::PERSISTENCE)
                );
                self.warn(iso, [what]);
            }
        }
        let mut variants = variants::of_recipe(&found, &boot, &iso.facts);
        let mut answers_initrd = None;
        if let Some(told) = told {
            let with = boot.with(&told.args).filter(|_| matches!(boot, Boot::Linux { .. }));
            let with = with.ok_or_else(|| autoinstall::own_menu(&iso.shown))?;
            if asked.autoinstall.as_ref().is_some_and(|a| a.default) {
                let questions = core::mem::replace(&mut boot, with);
                first.push(UnnamedVariant::new(variants::WITH_QUESTIONS, questions));
                answers_initrd = told.initrd;
            } else {
                let unattended = UnnamedVariant::new(variants::UNATTENDED, with);
                first.push(UnnamedVariant { answers_initrd: told.initrd, ..unattended });
            }
        }
        variants.splice(0..0, first);
        let entry = IsoEntry {
            hotkey,
            efi_image: EfiImage::of(&boot, &iso.facts),
            kernel_parts: kernel_parts(&boot, &iso.facts),
            answers_initrd,
            chainload: chainload::programs(&found, iso, &id, &more, platforms, secure_boot),
            acceptance: secure_boot.and_then(|s| secure_boot::of_kernel(s, iso, &boot)),
            id,
            title: title.to_string(),
            class: Name::new(&found.class)?,
            filesystems: found.filesystems,
            ext4_checksums: found.ext4_checksums,
            file: iso.file_name.clone(),
            len: iso.content.len(),
            shown: iso.shown.clone(),
            recipe: found.recipe,
            why: found.why,
            boot,
            variants: Vec::new(),
        };
        self.look_at(&entry, iso)?;
        Ok((entry, variants))
    }

    /// Adds warnings about what an entry cannot do, and refuses a hotkey that is in use already.
    fn look_at(&mut self, entry: &IsoEntry, iso: &Iso) -> Result<(), Error> {
        if entry.bios_only() && !self.premises.bios() {
            let what = "starts on BIOS machines only, and this key does not; add \"bios\" to \
                        `key.firmware`";
            self.warn(iso, [what.to_owned()]);
        }
        self.warn(iso, dom0_memory::too_small_in_iso(&entry.boot, &iso.facts));
        self.warn(iso, chainload::warnings(entry, &self.premises.platforms));
        if let Some(acceptance) = entry.acceptance.as_ref().filter(|a| !a.is_everywhere()) {
            let what = secure_boot::verdict(acceptance);
            self.warn(iso, [format!("with Secure Boot on, its kernel is {what}")]);
        }
        if let Some(key) = &entry.hotkey
            && let Some(first) = self.hotkeys.insert(key.clone(), iso.shown.clone())
        {
            let (key, second) = (key.to_string(), iso.shown.clone());
            return Err(Error::SameHotkey { key, first, second });
        }
        Ok(())
    }

    fn warn(&mut self, iso: &Iso, what: impl IntoIterator<Item = String>) {
        self.warnings.extend(what.into_iter().map(|what| format!("{}: {what}", iso.shown)));
    }
}

fn literals(args: Vec<String>) -> Vec<Arg> {
    args.into_iter().map(Arg::literal).collect()
}

fn hotkey(text: &str, iso: &Iso) -> Result<Hotkey, Error> {
    let mut chars = text.chars();
    let (Some(key), None) = (chars.next(), chars.next()) else {
        return Err(Error::HotkeyText { iso: iso.shown.clone(), text: text.to_owned() });
    };
    Hotkey::new(key).map_err(|source| Error::Hotkey { iso: iso.shown.clone(), source })
}
