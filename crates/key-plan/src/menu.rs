//! The menu: grub.cfg, made from the entries.
//!
//! The file is plain GRUB script. It depends on no disk number: it finds out at boot where the key
//! and its ISOs are.

mod checksums;
mod default;
mod discovery;
mod fixed;
mod function_names;
mod iso_entry;
mod keyboard;
mod theme;
mod variables;
pub(crate) mod variants;
mod xen;

pub(crate) use fixed::Fixed;

use crate::entry::Entries;
use crate::error::Error;
use crate::iso_entries::SERIAL_CONSOLES;
use crate::partition::{BOOT_NUMBER, ISOS_NUMBER};
use crate::paths::PREFIX;
use crate::premises::Premises;
use crate::titles;
use crate::volumes::Volumes;
use boot_recipes::Placeholder;
use default::default_entry;
use discovery::Discovery;
use function_names::{ATTACH, MISSING_ISO, OPEN_ISO};
use grub_config::{
    Command, Config, DefaultEntry, GrubPlatform, Id, IdSet, If, Name, PasswordHash, Serial,
    Statement, Superuser, Terminal, Word, bare, differs, forget_tpm, ident, load_env, name,
    on_platform, say, timeout,
};
use iso_entry::{KeyTraits, define_not_loaded, iso_entry, refused_kernel};
use key_inventory::GrubBuild;
use key_spec::{Spec, Timeout};
use variables::{disk_and_map, is_signed, isos_device, partition_here};

/// The files of the menu, for GRUB's partition.
#[derive(Debug)]
pub(crate) struct MenuFiles {
    /// The text of grub.cfg.
    pub(crate) grub_cfg: String,
    /// The scripts that grub.cfg loads when they are needed: their names in its directory, and
    /// texts.
    pub(crate) scripts: Vec<(&'static str, String)>,
    /// The files with the ISOs' checksums: their paths and texts.
    pub(crate) sums: Vec<(String, String)>,
    /// The files of the default theme, if the menu has it, and the keymap: their paths in grub.cfg's
    /// directory, and bytes.
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

/// The menu of a key with these entries.
pub(crate) fn menu(
    premises: &Premises<'_>,
    volumes: &Volumes,
    entries: &Entries,
) -> Result<MenuFiles, Error> {
    let Premises { spec, inventory, catalogue, .. } = *premises;
    let default = default_entry(&spec.menu.default, entries, premises.uefi(), premises.words)?;
    let superuser = superuser(spec)?;
    let menu = Menu { premises, volumes, entries, default, superuser };
    let grub_cfg = menu.config()?.render();
    let mut scripts = Discovery {
        isos_label: spec.isos.label.as_str(),
        entries: &entries.isos,
        no_iso: &premises.words.no_iso,
        consoles: if spec.menu.serial { &SERIAL_CONSOLES } else { &[] },
    }
    .scripts(catalogue)?;
    let checked = checksums::checked(&inventory.isos);
    scripts.push((checksums::CHECK, checksums::script(&checked, inventory.grub.signed.is_some())?));
    let mut files = theme::files(premises, entries);
    files.extend(keyboard::file(premises)?);
    Ok(MenuFiles { grub_cfg, scripts, sums: checksums::lists(&checked), files })
}

/// The warnings for the maker of a key about the look of its menu.
pub(crate) fn warnings(premises: &Premises<'_>) -> Vec<String> {
    let wanted = premises.spec.menu.locale.as_ref().and_then(|l| menu_words::of(l.as_str()));
    let english = wanted.is_some_and(|words| words != premises.words).then(|| {
        "menu.locale: without unicode.pf2 the menu is not drawn, and stays English".to_owned()
    });
    english.into_iter().chain(keyboard::warning(premises)).collect()
}

/// Reserves the ids of the entries that every key has, so that no other entry gets one of them.
pub(crate) fn claim_ids(ids: &mut IdSet) -> Result<(), Error> {
    for fixed in Fixed::ALL {
        ids.claim(Id::new(fixed.id())?)?;
    }
    Ok(variants::claim(ids)?)
}

/// The user who may edit entries and use GRUB's console, if there is a password.
fn superuser(spec: &Spec) -> Result<Option<Superuser>, Error> {
    let Some(password) = &spec.menu.password else { return Ok(None) };
    let wrap = |source| Error::Password { source };
    let name = Name::new(password.user.as_str()).map_err(wrap)?;
    let password = PasswordHash::new(password.hash.as_str()).map_err(wrap)?;
    Ok(Some(Superuser { name, password }))
}

/// The menu of a key: the values that grub.cfg is made from.
#[derive(Debug)]
struct Menu<'a> {
    premises: &'a Premises<'a>,
    volumes: &'a Volumes,
    entries: &'a Entries,
    /// The entry that starts if nobody chooses.
    default: DefaultEntry,
    /// The user who may edit entries and use GRUB's console.
    superuser: Option<Superuser>,
}

/// The description of GRUB for the comment at the top, which tells keys with different builds
/// apart.
fn grub_lines(grub: &GrubBuild) -> String {
    // The versions come from the files themselves, because the same files may come from a package,
    // of whichever version, or from a copy, and must give the same comment.
    let known = |version: Option<String>| version.unwrap_or_else(|| "of unknown version".into());
    let mut lines: Vec<String> = grub
        .platforms
        .iter()
        .map(|g| {
            let (version, sums) = (known(g.files.version()), &g.origin.sha256);
            format!("GRUB {version} for {} (SHA-256 of its files' sums: {sums})", g.platform)
        })
        .collect();
    if let Some(signed) = &grub.signed {
        for (what, program) in [("shim", &signed.shim), ("GRUB", &signed.grub)] {
            let (version, sum) = (known(program.version()), &program.asset.origin.sha256);
            lines.push(format!("{what} {version}, signed, {} (SHA-256: {sum})", program.name));
        }
    }
    lines.join("\n")
}

impl Menu<'_> {
    fn spec(&self) -> &Spec {
        self.premises.spec
    }

    /// Whether a distribution's signed GRUB starts the key.
    fn signed(&self) -> bool {
        self.premises.inventory.grub.signed.is_some()
    }

    /// The whole grub.cfg.
    fn config(&self) -> Result<Config, Error> {
        let mut config = Config::new();
        config.push(Statement::Comment(format!(
            "Menu of the key \"{}\", generated by bootkey.\n\
             Changes here are lost when the key is built again; change its spec instead.\n\
             {}",
            self.spec().name(),
            grub_lines(&self.premises.inventory.grub)
        )));
        config.push(Statement::Blank);
        self.settings(&mut config)?;
        self.find_isos(&mut config)?;
        config.push(Statement::Comment("Says that the files $1… could not be loaded.".to_owned()));
        config.push(define_not_loaded()?);
        if self.signed() {
            config.push(refused_kernel()?);
        }
        let key = KeyTraits {
            isos_label: &self.volumes.isos_label,
            uefi: self.premises.uefi(),
            signed: self.signed(),
            locked: self.superuser.is_some(),
            saves_default: self.default == DefaultEntry::Saved,
            words: self.premises.words,
            icons: theme::is_default(self.premises),
        };
        for entry in &self.entries.isos {
            config.push(Statement::Blank);
            config.push(iso_entry(entry, key)?);
        }
        for entry in &self.entries.xen {
            config.push(Statement::Blank);
            config.push(xen::xen_entry(entry, key)?);
        }
        if let Some(more) = variants::submenu(&self.entries.isos, key)? {
            config.push(Statement::Blank);
            config.push(more);
        }
        for fixed in Fixed::of(key.uefi) {
            config.push(Statement::Blank);
            config.push(fixed.statement(key)?);
        }
        if let Some(extra) = &self.spec().menu.extra {
            config.push(Statement::Blank);
            config.push(Statement::Comment("The spec's own text (menu.extra).".to_owned()));
            config.push(Statement::Raw(extra.clone()));
        }
        Ok(config)
    }

    fn settings(&self, config: &mut Config) -> Result<(), Error> {
        if self.signed() {
            // This stops measurements by GRUB only; shim and the firmware go on measuring.
            config.push(If::new(is_signed(), vec![forget_tpm()]));
        }
        if self.default == DefaultEntry::Saved {
            config.push(load_env());
        }
        config.push(timeout(match self.spec().menu.timeout {
            Timeout::Seconds(n) => Some(n),
            Timeout::Forever => None,
        }));
        config.push(self.default.statement());
        // On a BIOS, kernels start in text mode: all of them have a driver for it, but few old ones
        // have any for the graphics mode that shows the menu. UEFI has no text mode.
        let payload = |word| Statement::set(ident!("gfxpayload"), word);
        config.push(if self.premises.uefi() {
            let text = vec![payload(name!("text"))];
            let uefi = vec![payload(name!("keep"))];
            If::new(on_platform(GrubPlatform::Pc), text).otherwise(uefi).into()
        } else {
            payload(name!("text"))
        });
        // Entries in submenus see exported variables only.
        config.push(Statement::export(ident!("gfxpayload")));
        let font = Word::from(ident!("prefix")).and(Word::literal("/fonts/unicode.pf2")?);
        let keymap = keyboard::keymap(self.premises)?;
        // Plain boxes around an ASCII menu can be read on every terminal.
        let utf8 = !titles::all(self.premises, self.entries).all(|title| title.is_ascii());
        let terminal = Terminal {
            serial: self.spec().menu.serial.then_some(Serial { unit: 0, speed: 115_200, utf8 }),
            // The signed GRUB has a font built in.
            font: self.premises.drawn_menu().then_some(font),
            built_in: self.signed().then(is_signed),
            theme: theme::statements(self.premises)?,
            keymap: keymap.map(|(name, _)| name),
        };
        config.extend(terminal.statements());
        config.extend(self.superuser.iter().flat_map(Superuser::statements));
        Ok(())
    }

    /// Adds the statements that set `$usbboot`, the partition GRUB was started from, and `$isos`,
    /// the one that holds the ISOs.
    ///
    /// `$isos` is first looked for by its label on the same disk: it may have been made again by
    /// hand, and FAT turns labels to capitals. If there is none, it is looked for by its UUID, so
    /// that this key's ISOs are found and not another key's.
    fn find_isos(&self, config: &mut Config) -> Result<(), Error> {
        let here = partition_here(ISOS_NUMBER)?;
        let hint = Word::from(bare!("--hint=")).and(here.clone());
        let search = |by| {
            Command::new(name!("search"))
                .arg(bare!("--no-floppy"))
                .arg(bare!("--set=isos"))
                .arg(hint.clone())
                .arg(by)
                .arg(bare!("--"))
        };
        let by_label = |label: &str| search(bare!("--label")).literals([label]);
        let by_uuid = search(bare!("--fs-uuid")).literals([self.volumes.isos.uuid()])?;
        let elsewhere = differs(ident!("isos"), here);
        let label = &self.volumes.isos_label;
        let capitals = label.to_ascii_uppercase();
        let not_here = if capitals == *label {
            vec![by_uuid.into()]
        } else {
            let still = If::new(elsewhere.clone(), vec![by_uuid.into()]);
            vec![by_label(&capitals)?.into(), still.into()]
        };

        config.push(Statement::Blank);
        config.push(Statement::Comment("Where we are, and where the ISOs are.".to_owned()));
        config.push(Statement::set(ident!("usbboot"), ident!("root")));
        config.push(disk_and_map()?);
        config.push(by_label(label)?);
        config.push(If::new(elsewhere, not_here));
        config.push(Statement::export(ident!("usbboot")));
        config.push(Statement::export(ident!("isos")));
        if self.entries.isos.iter().any(|e| e.needs(Placeholder::FsUuid)) {
            // The partition may have been made again by hand, so this asks the one that was found.
            config.push(
                Command::new(name!("probe"))
                    .arg(bare!("--set=isos_uuid"))
                    .arg(bare!("--fs-uuid"))
                    .arg(isos_device()),
            );
            config.push(Statement::export(ident!("isos_uuid")));
        }
        config.push(Statement::Blank);
        config.push(Statement::Comment("Makes the ISO file $1 readable as (loop).".to_owned()));
        config.push(discovery::attach()?);
        let file = || isos_device().and(Word::positional(1));
        let attach = Command::call(ATTACH).arg(file());
        config.push(Statement::function(OPEN_ISO, vec![attach.into()]));
        let mut missing = vec![Statement::echo(Word::literal("Cannot open ")?.and(file()))];
        missing.extend(say("Is the file still on the key, under this name?")?);
        config.push(Statement::function(MISSING_ISO, missing));
        Ok(())
    }
}

/// The menu for the places where a distribution's signed GRUB looks for one; it leads to the key's
/// own menu. It looks for GRUB's partition first on the disk that GRUB was started from.
pub(crate) fn signed_stub(boot_uuid: &str) -> Result<String, Error> {
    let mut config = Config::new();
    config.push(Statement::Comment("The menu is on the partition of the key's GRUB.".to_owned()));
    config.push(disk_and_map()?);
    config.push(
        Command::new(name!("search"))
            .arg(bare!("--no-floppy"))
            .arg(bare!("--set=root"))
            .arg(Word::from(bare!("--hint=")).and(partition_here(BOOT_NUMBER)?))
            .arg(bare!("--fs-uuid"))
            .arg(bare!("--"))
            .literals([boot_uuid])?,
    );
    let prefix = Word::device(ident!("root")).and(Word::literal(PREFIX)?);
    config.push(Statement::set(ident!("prefix"), prefix));
    config.push(Statement::set(ident!("signed"), bare!("y")));
    config.push(Statement::export(ident!("signed")));
    let menu = Word::from(ident!("prefix")).and(Word::literal("/grub.cfg")?);
    config.push(Command::new(name!("configfile")).arg(menu));
    Ok(config.render())
}
