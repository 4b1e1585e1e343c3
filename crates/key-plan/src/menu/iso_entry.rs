//! The menu entries of ISOs, with the commands by which GRUB boots them.

use super::function_names::{MISSING_ISO, NOT_LOADED, OPEN_ISO, REFUSED_KERNEL};
use super::variables::{isos_device, on_usbboot};
use crate::chainload::directory;
use crate::entry::{EfiImage, IsoEntry};
use crate::paths::MEMDISK;
use boot_recipes::{Arg, ArgPart, Boot, MemdiskImage, MenuLoader, Placeholder};
use grub_config::{
    Command, Error, GrubPlatform, Id, If, MenuEntry, Name, Statement, Title, Word, bare, ident,
    name, on_platform, pause, save_default, say, unload_kernel,
};
use menu_words::Words;

/// The traits of a key that its entries depend on.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeyTraits<'a> {
    /// The label of the partition that holds the ISOs.
    pub(super) isos_label: &'a str,
    /// Whether UEFI may start the key.
    pub(super) uefi: bool,
    /// Whether UEFI may start the key with a distribution's signed GRUB, which refuses some
    /// kernels.
    pub(super) signed: bool,
    /// Whether the key has a password. ISOs boot without it.
    pub(super) locked: bool,
    /// Whether the key saves which entry was started last.
    pub(super) saves_default: bool,
    /// The words of the menu.
    pub(super) words: &'static Words,
    /// Whether the theme has icons for the entries that are not ISOs.
    pub(super) icons: bool,
}

/// A path inside the opened ISO.
pub(super) fn in_loop(path: &str) -> Result<Word, Error> {
    Word::literal(&format!("(loop){path}"))
}

/// The entry of an ISO.
pub(super) fn iso_entry(entry: &IsoEntry, key: KeyTraits<'_>) -> Result<Statement, Error> {
    let title = Title::new(&entry.title);
    let start = Start {
        boot: &entry.boot,
        answers_initrd: entry.answers_initrd.as_deref(),
        chainload: !entry.chainload.is_empty(),
    };
    let mut menu_entry = menu_entry(entry, entry.id.clone(), title, start, key)?;
    if let Some(hotkey) = &entry.hotkey {
        menu_entry = menu_entry.hotkey(hotkey.clone());
    }
    Ok(Statement::MenuEntry(menu_entry))
}

/// A way in which an entry's ISO starts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start<'a> {
    /// The commands with which GRUB starts the ISO.
    pub(super) boot: &'a Boot,
    /// The path of one more initrd, on GRUB's partition.
    pub(super) answers_initrd: Option<&'a str>,
    /// Whether UEFI starts a copied EFI program instead.
    pub(super) chainload: bool,
}

/// A menu entry that starts the ISO of `entry` in this way.
pub(super) fn menu_entry(
    entry: &IsoEntry,
    id: Id,
    title: Title,
    how: Start<'_>,
    key: KeyTraits<'_>,
) -> Result<MenuEntry, Error> {
    let mut body = if key.saves_default { save_default() } else { Vec::new() };
    body.push(start(entry, how, key)?);
    let menu_entry = MenuEntry::new(id, title, body).class(entry.class.clone());
    Ok(if key.locked { menu_entry.unrestricted() } else { menu_entry })
}

/// The commands that start the ISO of `entry`.
fn start(entry: &IsoEntry, how: Start<'_>, key: KeyTraits<'_>) -> Result<Statement, Error> {
    let Start { boot, answers_initrd, chainload: has_program } = how;
    let file = || Word::literal(&format!("/{}", entry.file));
    let with_args = |mut command: Command, args: &[Arg]| -> Result<Command, Error> {
        for arg in args {
            command = command.arg(parameter(arg, entry, key)?);
        }
        Ok(command)
    };
    // Every entry opens the ISO first, so that one place reports a missing file.
    let body: Vec<Statement> = match boot {
        Boot::Linux { kernel, initrds, args } => {
            let linux = Command::new(name!("linux"));
            let failed = not_loaded([shown_file(entry, kernel)?]);
            let mut steps = vec![Step {
                command: with_args(linux.arg(opened(entry, kernel)?), args)?,
                failed: if key.signed { refused() } else { failed },
            }];
            let both = |path| Ok((opened(entry, path)?, shown_file(entry, path)?));
            let mut files = initrds.iter().map(|i| both(i)).collect::<Result<Vec<_>, Error>>()?;
            if let Some(path) = answers_initrd {
                files.push((on_usbboot(path)?, on_usbboot(path)?));
            }
            if !files.is_empty() {
                let (files, shown): (Vec<Word>, Vec<Word>) = files.into_iter().unzip();
                let command = Command::new(name!("initrd")).args(files);
                steps.push(Step { command, failed: not_loaded(shown) });
            }
            let load = all_or_nothing(steps);
            match &entry.efi_image {
                Some(image) => in_efi_image(image, load)?,
                None => load,
            }
        }
        Boot::Linux16 { kernel, initrd, args } => {
            let mut linux = Step::load(name!("linux16"), [in_loop(kernel)?]);
            linux.command = with_args(linux.command, args)?;
            let initrd = initrd.as_deref().map(in_loop).transpose()?;
            let initrd = initrd.map(|path| Step::load(name!("initrd16"), [path]));
            all_or_nothing([linux].into_iter().chain(initrd))
        }
        Boot::Memdisk { image, args } => {
            let image = match image {
                MemdiskImage::WholeIso => isos_device().and(file()?),
                MemdiskImage::Inside(path) => in_loop(path)?,
            };
            let mut linux = Step::load(name!("linux16"), [on_usbboot(MEMDISK)?]);
            linux.command = with_args(linux.command, args)?;
            all_or_nothing([linux, Step::load(name!("initrd16"), [image])])
        }
        Boot::Modular { loader, kernel, args, modules } => {
            let (load, load_module) = loader.commands();
            let mut kernel = Step::load(Name::new(load)?, [in_loop(kernel)?]);
            kernel.command = with_args(kernel.command, args)?;
            let mut steps = vec![kernel];
            for module in modules {
                let file = in_loop(&module.file)?;
                let mut command = Command::new(Name::new(load_module)?);
                if loader.unzips() {
                    command = command.arg(bare!("--nounzip"));
                }
                let command = with_args(command.arg(file.clone()), &module.args)?;
                steps.push(Step { command, failed: not_loaded([file]) });
            }
            let unzip = loader.unzips().then(|| Statement::insmod(name!("gzio")));
            unzip.into_iter().chain(all_or_nothing(steps)).collect()
        }
        Boot::LoopbackCfg { config } => vec![
            // A loopback.cfg relies on these: <https://www.supergrubdisk.org/wiki/Loopback.cfg>.
            Statement::set(ident!("iso_path"), file()?),
            Statement::export(ident!("iso_path")),
            Statement::set(ident!("root"), name!("loop")),
            Command::new(name!("configfile")).literals([config])?.into(),
        ],
        Boot::OwnMenu { config, loader } => {
            let show = match loader {
                MenuLoader::Grub => Command::new(name!("configfile")),
                MenuLoader::Isolinux => Command::new(name!("syslinux_configfile")).arg(bare!("-i")),
            };
            vec![Statement::set(ident!("root"), name!("loop")), show.literals([config])?.into()]
        }
    };
    let opens = opens_iso(&entry.file)?;
    let start = if has_program {
        If::new(on_platform(GrubPlatform::Efi), chainload(entry, key)?).elif(opens, body)
    } else if boot.bios_only() && key.uefi {
        If::new(on_platform(GrubPlatform::Efi), bios_only()?).elif(opens, body)
    } else {
        If::new(opens, body)
    };
    Ok(start.otherwise(vec![missing_iso(&entry.file)?]).into())
}

/// GRUB's name for the opened EFI image of an ISO.
const EFI_IMAGE: &str = "efiimage";

/// The path, in GRUB's notation, of a file that an entry starts: a file in the opened ISO or in the
/// EFI image there, or the sectors of a part of one.
fn opened(entry: &IsoEntry, path: &str) -> Result<Word, Error> {
    match entry.kernel_parts.get(path) {
        Some(sectors) => in_loop(sectors),
        None => shown_file(entry, path),
    }
}

/// The same path for messages: a part of a file is called by its name, not by its sectors.
fn shown_file(entry: &IsoEntry, path: &str) -> Result<Word, Error> {
    match entry.efi_image.as_ref().and_then(|image| image.path(path)) {
        Some(inside) => Word::literal(&format!("({EFI_IMAGE}){inside}")),
        None => in_loop(path),
    }
}

/// The statements that open an EFI image, run `load`, and close the image, so that the ISO can be
/// closed, too, if another entry is chosen later.
fn in_efi_image(image: &EfiImage, load: Vec<Statement>) -> Result<Vec<Statement>, Error> {
    let loopback = || Command::new(name!("loopback"));
    let open = loopback().literals([EFI_IMAGE])?.arg(in_loop(&image.place)?);
    let mut body = load;
    body.push(loopback().arg(bare!("-d")).literals([EFI_IMAGE])?.into());
    let sorry = explain("The EFI image in this ISO, which holds its kernel, cannot be opened.")?;
    Ok(vec![If::new(open, body).otherwise(sorry).into()])
}

/// A command that loads a part of what an entry starts.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) command: Command,
    /// The statements for when it fails.
    pub(super) failed: Vec<Statement>,
}

impl Step {
    /// A step that loads `files`.
    fn load(command: Name, files: impl IntoIterator<Item = Word>) -> Self {
        let files: Vec<Word> = files.into_iter().collect();
        let failed = not_loaded(files.iter().cloned());
        Self { command: Command::new(command).args(files), failed }
    }
}

/// The statements that load all parts in order. GRUB starts whatever was loaded at the end of an
/// entry, whether or not a later command failed; so one that fails has what came before unloaded.
pub(super) fn all_or_nothing(steps: impl IntoIterator<Item = Step>) -> Vec<Statement> {
    let steps = steps.into_iter().map(|step| (step.command, step.failed));
    If::in_order(steps).map(Statement::from).into_iter().collect()
}

/// The statement for files that cannot be loaded.
pub(super) fn not_loaded(files: impl IntoIterator<Item = Word>) -> Vec<Statement> {
    vec![Command::call(NOT_LOADED).args(files).into()]
}

/// The definition of the function [`NOT_LOADED`].
pub(super) fn define_not_loaded() -> Result<Statement, Error> {
    let file = Word::literal("Not loaded: ")?.and(ident!("file"));
    let mut body = vec![
        Statement::echo(Word::empty()),
        Statement::For {
            variable: ident!("file"),
            words: vec![Word::positionals()],
            body: vec![Statement::echo(file)],
        },
    ];
    body.extend(explain(
        "This entry was stopped, because the system would not start without it. GRUB gives the \
         reason above. If that is memory, this machine has too little of it for this ISO. \
         Otherwise the file may be damaged: \"Check the ISOs\" in the menu tells.",
    )?);
    body.extend(unload_kernel());
    Ok(Statement::function(NOT_LOADED, body))
}

/// The statements for a kernel that GRUB does not load under Secure Boot.
fn refused() -> Vec<Statement> {
    vec![Command::call(REFUSED_KERNEL).into()]
}

/// The command that opens the ISO `file`, and succeeds if it is there.
pub(super) fn opens_iso(file: &str) -> Result<Command, Error> {
    Ok(Command::call(OPEN_ISO).arg(Word::literal(&format!("/{file}"))?))
}

/// The statement that says that the ISO `file` is missing.
pub(super) fn missing_iso(file: &str) -> Result<Statement, Error> {
    Ok(Command::call(MISSING_ISO).arg(Word::literal(&format!("/{file}"))?).into())
}

/// The commands that start the copy of an EFI program for this processor.
fn chainload(entry: &IsoEntry, key: KeyTraits<'_>) -> Result<Vec<Statement>, Error> {
    let directory = on_usbboot(&directory(&entry.id))?;
    let path = directory.and(ident!("grub_cpu")).and(Word::literal(".efi")?);
    let mut start = Command::new(name!("chainloader")).arg(path.clone());
    for arg in entry.chainload.iter().take(1).flat_map(|program| &program.args) {
        start = start.arg(parameter(arg, entry, key)?);
    }
    let failed = if key.signed { refused() } else { not_loaded([path]) };
    Ok(all_or_nothing([Step { command: start, failed }]))
}

/// A kernel parameter as a word: placeholders become values that the plan knows, or variables that
/// GRUB fills in.
fn parameter(arg: &Arg, entry: &IsoEntry, key: KeyTraits<'_>) -> Result<Word, Error> {
    let mut word: Option<Word> = None;
    for part in arg.parts() {
        let more = match part {
            ArgPart::Text(text) => Word::literal(text)?,
            ArgPart::Value(Placeholder::IsoPath) => Word::literal(&format!("/{}", entry.file))?,
            ArgPart::Value(Placeholder::IsoName) => Word::literal(&entry.file)?,
            ArgPart::Value(Placeholder::FsUuid) => ident!("isos_uuid").into(),
            ArgPart::Value(Placeholder::PartLabel) => Word::literal(key.isos_label)?,
        };
        word = Some(match word {
            Some(word) => word.and(more),
            None => more,
        });
    }
    Ok(word.unwrap_or_else(Word::empty))
}

/// The message for an entry that only a BIOS can start, when it is chosen under UEFI.
fn bios_only() -> Result<Vec<Statement>, Error> {
    explain(
        "This entry starts on a PC BIOS only, and this machine was started by UEFI. Its firmware \
         setup may offer the other way: legacy boot, CSM.",
    )
}

/// The function `refused_kernel`, which explains GRUB's message about a kernel that it does not
/// start.
pub(super) fn refused_kernel() -> Result<Statement, Error> {
    let mut body = vec![Statement::echo(Word::empty())];
    body.extend(explain(
        "This kernel was not started. If the line above speaks of a bad signature, this machine's \
         Secure Boot does not know who signed the kernel. Either enrol the distribution's key \
         (MokManager, mmx64.efi on this key), or turn Secure Boot off in the firmware setup.",
    )?);
    Ok(Statement::function(REFUSED_KERNEL, body))
}

/// The statements that show a message and wait until it has been read.
pub(super) fn explain(text: &str) -> Result<Vec<Statement>, Error> {
    let mut out = say(text)?;
    out.extend(pause());
    Ok(out)
}
