//! Which ISO gets which menu entry.

use crate::inventory::{Inventory, Iso};
use crate::persistence::Labels;
use crate::plan::{Entry, SecureBoot};
use crate::platforms::platforms;
use crate::variants::{self, Way};
use crate::{Error, autoinstall, chainload, persistence, secure_boot};
use boot_recipes::{Arg, Available, Boot, Catalogue, Recognised, Verdict};
use file_tree::Timestamp;
use grub_config::{Hotkey, IdSet, Name, Title};
use key_spec::{Firmware, Iso as Asked, Spec};
use std::collections::BTreeMap;

/// The spec's word for "carry this file, but make no menu entry for it".
const NO_RECIPE: &str = "none";

/// What a Linux kernel is told on a key whose menu is on the serial port too: messages on both, and
/// the last one is `/dev/console`.
pub(crate) const SERIAL_CONSOLES: [&str; 2] = ["console=tty0", "console=ttyS0,115200n8"];

/// What the ISOs get besides a menu entry.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// Partitions for live systems' changes.
    pub(crate) persistence: Vec<persistence::Wanted>,
    /// Installers' answers.
    pub(crate) answers: autoinstall::Files,
    labels: Labels,
}

/// The entries of all ISOs, what they need, and warnings about them.
pub(crate) fn entries(
    spec: &Spec,
    inventory: &Inventory,
    catalogue: &Catalogue,
    secure_boot: Option<&SecureBoot>,
    (ids, time): (&mut IdSet, Timestamp),
) -> Result<(Vec<Entry>, Prepared, Vec<String>), Error> {
    let mut names = BTreeMap::new();
    for iso in &inventory.isos {
        check_name(iso)?;
        if let Some(first) = names.insert(iso.file_name.as_str(), iso) {
            return Err(Error::SameName {
                name: iso.file_name.clone(),
                first: first.shown.clone(),
                second: iso.shown.clone(),
            });
        }
    }
    let available = Available { memdisk: inventory.memdisk.is_some() };
    let mut warnings = Vec::new();
    let mut prepared = Prepared {
        persistence: Vec::new(),
        answers: autoinstall::Files::default(),
        labels: Labels::of(spec),
    };
    let mut entries: Vec<Entry> = Vec::new();
    let mut ways = Vec::new();
    let mut hotkeys = BTreeMap::new();
    let bios = spec.key.firmware.contains(&Firmware::Bios);
    let platforms = platforms(spec);
    for (asked, iso) in spec.iso.iter().zip(&inventory.isos) {
        if asked.recipe.as_ref().is_some_and(|r| r.as_str() == NO_RECIPE) {
            continue;
        }
        let stem = stem(&iso.file_name);
        let verdict = match &asked.recipe {
            Some(id) => catalogue
                .recognise_as(id.as_str(), &iso.facts, stem, &available)
                .map_err(|source| Error::Recipe { iso: iso.shown.clone(), source })?,
            None => catalogue.recognise(&iso.facts, stem, &available),
        };
        match verdict {
            Verdict::Boots(found) => {
                check_path(iso, &found)?;
                warnings.extend(found.warnings.iter().map(|w| format!("{}: {w}", iso.shown)));
                if asked.args.as_ref().is_some_and(|a| a.as_str().contains(['\'', '\\'])) {
                    let what = "GRUB puts a backslash before each ' and \\ of the kernel's `args`";
                    warnings.push(format!("{}: {what}", iso.shown));
                }
                let (mut entry, others) =
                    entry(asked, iso, *found, (spec, secure_boot), (ids, time), &mut prepared)?;
                if entry.bios_only() && !bios {
                    let what = "starts on BIOS machines only, and this key does not; add \"bios\" \
                                to `key.firmware`";
                    warnings.push(format!("{}: {what}", iso.shown));
                }
                let about = chainload::warnings(&entry, &platforms);
                warnings.extend(about.iter().map(|what| format!("{}: {what}", iso.shown)));
                entry.acceptance =
                    secure_boot.and_then(|s| secure_boot::of_kernel(s, iso, &entry.boot));
                if let Some(acceptance) = entry.acceptance.as_ref().filter(|a| !a.is_everywhere()) {
                    let what = secure_boot::verdict(acceptance);
                    let shown = &iso.shown;
                    warnings.push(format!("{shown}: with Secure Boot on, its kernel is {what}"));
                }
                if let Some(key) = &entry.hotkey
                    && let Some(first) = hotkeys.insert(key.clone(), iso.shown.clone())
                {
                    let (key, second) = (key.to_string(), iso.shown.clone());
                    return Err(Error::SameHotkey { key, first, second });
                }
                entries.push(entry);
                ways.push(others);
            }
            Verdict::Refused { title, reason, suggestion, .. } => {
                let iso = iso.shown.clone();
                return Err(Error::CannotBoot { iso, title, reason, suggestion });
            }
        }
    }
    for (entry, ways) in entries.iter_mut().zip(ways) {
        entry.variants = variants::variants(ways, stem(&entry.file), ids);
    }
    let given: Vec<Title> =
        spec.iso.iter().filter_map(|i| Some(Title::new(i.title.as_ref()?.as_str()))).collect();
    tell_apart(&mut entries, &given);
    Ok((entries, prepared, warnings))
}

/// Warnings about entries whose system is not known to find its ISO on a file system of this kind,
/// which is one of the recipes' names.
pub(crate) fn unreadable(entries: &[Entry], kind: &str) -> Vec<String> {
    let lost = |e: &&Entry| !e.filesystems.is_empty() && !e.filesystems.iter().any(|f| f == kind);
    let warning = |e: &Entry| {
        format!(
            "{}: it looks for its ISO itself, and is not known to read {kind}; it may need another \
             `isos.filesystem` (recipe `{}`: {})",
            e.shown,
            e.recipe,
            e.filesystems.join(", ")
        )
    };
    entries.iter().filter(lost).map(warning).collect()
}

/// What an ISO calls itself, as menus and messages can show it.
fn shown(title: &str) -> String {
    Title::new(title).as_str().to_owned()
}

/// Puts the file's name behind titles that several entries have, two spins of one distribution
/// for instance; but not behind those that the spec has `given`.
fn tell_apart(entries: &mut [Entry], given: &[Title]) {
    let mut titles: BTreeMap<String, usize> = BTreeMap::new();
    for entry in entries.iter() {
        *titles.entry(entry.title.clone()).or_default() += 1;
    }
    for entry in entries {
        let name = stem(&entry.file);
        let several = titles.get(&entry.title).is_some_and(|n| *n > 1);
        if several && entry.title != name && !given.iter().any(|t| t.as_str() == entry.title) {
            entry.title = Title::new(&format!("{} ({name})", entry.title)).as_str().to_owned();
        }
    }
}

/// Refuses a name that a menu cannot show as it is, and one that the file system has taken. See
/// `docs/adr/0005-hostile-names.md`.
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
    let name = name.chars().flat_map(char::escape_default).collect();
    Err(Error::BadName { iso: iso.shown.clone(), name, why })
}

/// Refuses a name that the system inside would not find, for it gets it as a kernel parameter.
fn check_path(iso: &Iso, found: &Recognised) -> Result<(), Error> {
    let Some(odd) = found.boot.stumbles_over(&iso.file_name) else { return Ok(()) };
    let plain = |c: char| if c.is_ascii_alphanumeric() || ".+-".contains(c) { c } else { '_' };
    let better: String = iso.file_name.chars().map(plain).collect();
    Err(Error::CannotBoot {
        iso: iso.shown.clone(),
        title: shown(&found.title),
        reason: format!(
            "it is told its ISO's name as a kernel parameter, and {odd:?} in it cannot be handed on"
        ),
        suggestion: format!(
            "give it another name on the key: `name = \"{better}\"`, or rename the file"
        ),
    })
}

/// Splits kernel parameters as the kernel does: at blanks, but not inside double quotes, which
/// then go. GRUB puts new ones around a parameter with a blank. `None`: a quote is not closed.
pub(crate) fn split_args(text: &str) -> Option<Vec<String>> {
    let mut args = Vec::new();
    let mut arg: Option<String> = None;
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                arg.get_or_insert_default();
            }
            c if c.is_whitespace() && !quoted => args.extend(arg.take()),
            c => arg.get_or_insert_default().push(c),
        }
    }
    args.extend(arg);
    (!quoted).then_some(args)
}

/// A file name without `.iso`.
fn stem(file_name: &str) -> &str {
    match file_name.len().checked_sub(4).and_then(|n| file_name.split_at_checked(n)) {
        Some((stem, ext)) if !stem.is_empty() && ext.eq_ignore_ascii_case(".iso") => stem,
        _ => file_name,
    }
}

fn entry(
    asked: &Asked,
    iso: &Iso,
    mut found: Recognised,
    (spec, secure_boot): (&Spec, Option<&SecureBoot>),
    (ids, time): (&mut IdSet, Timestamp),
    prepared: &mut Prepared,
) -> Result<(Entry, Vec<Way>), Error> {
    let title = asked.title.as_ref().map_or(found.title.as_str(), |t| t.as_str());
    if spec.menu.serial
        && let Boot::Linux { args, .. } = &mut found.boot
    {
        args.extend(SERIAL_CONSOLES.map(Arg::literal));
    }
    let more = asked.args.as_ref().map_or(Some(Vec::new()), |more| split_args(more.as_str()));
    let more = more.ok_or_else(|| Error::OpenQuote { iso: iso.shown.clone() })?;
    let more: Vec<Arg> = more.into_iter().map(Arg::literal).collect();
    // The ISO's own menu takes none.
    if let Some(args) = found.boot.args_mut() {
        args.extend(more.iter().cloned());
    }
    let hotkey = asked.hotkey.as_ref().map(|key| hotkey(key.as_str(), iso)).transpose()?;
    let id = ids.slug(stem(&iso.file_name));
    let platforms = platforms(spec);
    let kept = persistence::wanted(asked, &iso.shown, &found, &mut prepared.labels, time)?;
    let told = prepared.answers.add(asked, iso, &found, &id, time)?;
    let mut boot = found.boot.clone();
    let mut first = Vec::new();
    if let Some((wanted, args)) = kept {
        let with = boot.with(&args).ok_or_else(|| persistence::own_menu(&iso.shown))?;
        prepared.persistence.push(wanted);
        if asked.persistence.is_some_and(|p| p.default) {
            first.push(Way::new("without persistence", core::mem::replace(&mut boot, with)));
        } else {
            first.push(Way::new("persistence", with));
        }
    }
    let mut ways = variants::ways(&found, &boot, &iso.facts);
    let mut more_initrd = None;
    if let Some(told) = told {
        let with = boot.with(&told.args).filter(|_| matches!(boot, Boot::Linux { .. }));
        let with = with.ok_or_else(|| autoinstall::own_menu(&iso.shown))?;
        if asked.autoinstall.as_ref().is_some_and(|a| a.default) {
            let questions = Way::new("with questions", core::mem::replace(&mut boot, with));
            first.push(questions);
            more_initrd = told.initrd;
        } else {
            let unattended = Way::new("unattended installation", with);
            first.push(Way { more_initrd: told.initrd, ..unattended });
        }
    }
    ways.splice(0..0, first);
    let entry = Entry {
        hotkey,
        more_initrd,
        chainload: chainload::programs(&found, iso, &id, &more, &platforms, secure_boot),
        id,
        title: shown(title),
        class: Name::new(&found.class)?,
        filesystems: found.filesystems,
        file: iso.file_name.clone(),
        len: iso.len,
        shown: iso.shown.clone(),
        recipe: found.recipe,
        why: found.why,
        boot,
        variants: Vec::new(),
        acceptance: None,
    };
    Ok((entry, ways))
}

fn hotkey(text: &str, iso: &Iso) -> Result<Hotkey, Error> {
    let mut chars = text.chars();
    let (Some(key), None) = (chars.next(), chars.next()) else {
        return Err(Error::HotkeyText { iso: iso.shown.clone(), text: text.to_owned() });
    };
    Hotkey::new(key).map_err(|source| Error::Hotkey { iso: iso.shown.clone(), source })
}

#[cfg(test)]
mod tests {
    use super::{split_args, stem};

    #[test]
    fn kernel_parameters() {
        let split = |text| split_args(text).map(|a| a.join("|"));
        assert_eq!(split("  quiet  splash ").as_deref(), Some("quiet|splash"));
        assert_eq!(split(r#"dyndbg="file x +p" a="#).as_deref(), Some("dyndbg=file x +p|a="));
        assert_eq!(split(r#"a="" """#).as_deref(), Some("a=|"));
        assert_eq!(split("").as_deref(), Some(""));
        assert_eq!(split(r#"a="b c"#), None);
    }

    #[test]
    fn stems() {
        assert_eq!(
            ["a.iso", "A.ISO", ".iso", "a.img", "é"].map(stem),
            ["a", "A", ".iso", "a.img", "é"]
        );
    }
}
