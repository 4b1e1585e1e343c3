//! The menu entries of ISOs, with the commands by which GRUB boots them.

use super::variables::{isos_device, on_usbboot};
use crate::chainload::directory;
use crate::entry::{EfiImage, Entry};
use crate::paths::MEMDISK;
use boot_recipes::{Arg, ArgPart, Boot, MemdiskImage, Placeholder};
use grub_config::{
    Command, Error, GrubPlatform, Id, If, MenuEntry, Name, Statement, Title, Word, bare, ident,
    name, on_platform, pause, save_default, say,
};

/// The traits of a key that its entries depend on.
#[derive(Debug, Clone, Copy, Default)]
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
}

/// A path inside the opened ISO.
pub(super) fn in_loop(path: &str) -> Result<Word, Error> {
    Word::literal(&format!("(loop){path}"))
}

/// The entry of an ISO.
pub(super) fn iso_entry(entry: &Entry, key: KeyTraits<'_>) -> Result<Statement, Error> {
    let title = Title::new(&entry.title);
    let start = Start {
        boot: &entry.boot,
        more_initrd: entry.more_initrd.as_deref(),
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
    pub(super) more_initrd: Option<&'a str>,
    /// Whether UEFI starts a copied EFI program instead.
    pub(super) chainload: bool,
}

/// A menu entry that starts the ISO of `entry` in this way.
pub(super) fn menu_entry(
    entry: &Entry,
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
fn start(entry: &Entry, how: Start<'_>, key: KeyTraits<'_>) -> Result<Statement, Error> {
    let Start { boot, more_initrd, chainload: has_program } = how;
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
            let linux = with_args(Command::new(name!("linux")).arg(opened(entry, kernel)?), args)?;
            let mut then = Vec::new();
            if !initrds.is_empty() || more_initrd.is_some() {
                let mut initrd = Command::new(name!("initrd"));
                for path in initrds {
                    initrd = initrd.arg(opened(entry, path)?);
                }
                if let Some(path) = more_initrd {
                    initrd = initrd.arg(on_usbboot(path)?);
                }
                then.push(Statement::from(initrd));
            }
            let load = if key.signed {
                let refused = vec![Command::call(ident!("refused_kernel")).into()];
                vec![If::new(linux, then).otherwise(refused).into()]
            } else {
                then.insert(0, linux.into());
                then
            };
            match &entry.efi_image {
                Some(image) => in_efi_image(image, load)?,
                None => load,
            }
        }
        Boot::Linux16 { kernel, initrd, args } => {
            let linux = Command::new(name!("linux16")).arg(in_loop(kernel)?);
            let mut body = vec![with_args(linux, args)?.into()];
            if let Some(path) = initrd {
                body.push(Command::new(name!("initrd16")).arg(in_loop(path)?).into());
            }
            body
        }
        Boot::Memdisk { image, args } => {
            let memdisk = on_usbboot(MEMDISK)?;
            let image = match image {
                MemdiskImage::WholeIso => isos_device().and(file()?),
                MemdiskImage::Inside(path) => in_loop(path)?,
            };
            vec![
                with_args(Command::new(name!("linux16")).arg(memdisk), args)?.into(),
                Command::new(name!("initrd16")).arg(image).into(),
            ]
        }
        Boot::Modular { loader, kernel, args, modules } => {
            let (load, load_module) = loader.commands();
            let load = Command::new(Name::new(load)?).arg(in_loop(kernel)?);
            let mut body = Vec::new();
            if loader.unzips() {
                body.push(Statement::insmod(name!("gzio")));
            }
            body.push(with_args(load, args)?.into());
            for module in modules {
                let mut command = Command::new(Name::new(load_module)?);
                if loader.unzips() {
                    command = command.arg(bare!("--nounzip"));
                }
                body.push(with_args(command.arg(in_loop(&module.file)?), &module.args)?.into());
            }
            body
        }
        Boot::LoopbackCfg { config } => vec![
            // A loopback.cfg relies on these: <https://www.supergrubdisk.org/wiki/Loopback.cfg>.
            Statement::set(ident!("iso_path"), file()?),
            Statement::export(ident!("iso_path")),
            Statement::set(ident!("root"), name!("loop")),
            Command::new(name!("configfile")).literals([config])?.into(),
        ],
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

/// A file that an entry starts: in the opened ISO, or in the EFI image there.
fn opened(entry: &Entry, path: &str) -> Result<Word, Error> {
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

/// The command that opens the ISO `file`, and succeeds if it is there.
pub(super) fn opens_iso(file: &str) -> Result<Command, Error> {
    Ok(Command::call(ident!("open_iso")).arg(Word::literal(&format!("/{file}"))?))
}

/// The statement that says that the ISO `file` is missing.
pub(super) fn missing_iso(file: &str) -> Result<Statement, Error> {
    Ok(Command::call(ident!("missing_iso")).arg(Word::literal(&format!("/{file}"))?).into())
}

/// The commands that start the copy of an EFI program for this processor.
fn chainload(entry: &Entry, key: KeyTraits<'_>) -> Result<Vec<Statement>, Error> {
    let directory = on_usbboot(&directory(&entry.id))?;
    let path = directory.and(ident!("grub_cpu")).and(Word::literal(".efi")?);
    let mut start = Command::new(name!("chainloader")).arg(path);
    for arg in entry.chainload.iter().take(1).flat_map(|program| &program.args) {
        start = start.arg(parameter(arg, entry, key)?);
    }
    Ok(vec![if key.signed {
        let refused = vec![Command::call(ident!("refused_kernel")).into()];
        If::new(start, Vec::new()).otherwise(refused).into()
    } else {
        start.into()
    }])
}

/// A kernel parameter as a word: placeholders become values that the plan knows, or variables that
/// GRUB fills in.
fn parameter(arg: &Arg, entry: &Entry, key: KeyTraits<'_>) -> Result<Word, Error> {
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
    Ok(Statement::function(ident!("refused_kernel"), body))
}

/// The statements that show a message and wait until it has been read.
pub(super) fn explain(text: &str) -> Result<Vec<Statement>, Error> {
    let mut out = say(text)?;
    out.extend(pause());
    Ok(out)
}
