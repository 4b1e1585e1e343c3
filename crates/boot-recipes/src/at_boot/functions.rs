//! The functions of the script that the recipes' functions call.

use super::conditions::LOOPBACK_CFG;
use super::function_names::{
    FIND_EFI_PROGRAM, FIND_IN_EFI_IMAGES, FIND_OWN_MENU, NOT_STARTED, OFFER_OWN_MENU,
    PATH_IS_PLAIN, PICK, PICK_BESIDE, SAY_CAVEAT, START_LINUX, THERE, THERE_IS_DIRECTORY,
};
use super::on_key::OnKey;
use super::pattern::{in_loop, regex};
use super::words::word;
use crate::Catalogue;
use crate::choose::LESSER;
use grub_config::{
    Command, Error, Glob, Ident, If, MenuEntry, Statement, Word, bare, equals, ident, is_directory,
    is_empty, is_file, is_set, matches, name, pause, say,
};

/// GRUB's names of the processors that UEFI starts programs for, with the ends of the programs'
/// names.
const EFI_PROCESSORS: [(&str, &str); 3] = [("x86_64", "X64"), ("i386", "IA32"), ("arm64", "AA64")];

fn each_file(body: Vec<Statement>) -> Statement {
    let there = If::new(is_file(ident!("file")), body);
    Statement::For {
        variable: ident!("file"),
        words: vec![Word::positionals()],
        body: vec![there.into()],
    }
}

/// The definitions of all these functions, each with a comment.
pub(super) fn all(catalogue: &Catalogue, key: &OnKey<'_>) -> Result<Vec<Statement>, Error> {
    Ok(vec![
        Statement::Comment("Whether one of these files is there.".to_owned()),
        Statement::function(
            THERE,
            vec![each_file(vec![Statement::returns(0)]), Statement::returns(1)],
        ),
        Statement::Comment("Whether one of these directories is.".to_owned()),
        Statement::function(THERE_IS_DIRECTORY, there_is_directory()),
        Statement::Comment(
            "Sets $picked, unless it is set, to the file that is for most machines.".to_owned(),
        ),
        Statement::function(PICK, pick()?),
        Statement::Comment(
            "The same; of several files, to the one that is named like $kernel.".to_owned(),
        ),
        Statement::function(PICK_BESIDE, pick_beside()?),
        Statement::Comment(
            "Whether the path of the ISO can be handed on as a kernel parameter.".to_owned(),
        ),
        Statement::function(PATH_IS_PLAIN, path_is_plain()?),
        Statement::Comment("What is told to a kernel whatever the recipe.".to_owned()),
        Statement::function(START_LINUX, start_linux(catalogue, key)?),
        Statement::function(NOT_STARTED, not_started()?),
        Statement::Comment("Says what is doubtful about the only way to start the ISO.".to_owned()),
        Statement::function(SAY_CAVEAT, say_caveat()?),
        Statement::Comment(
            "Sets $program to the first of these EFI programs, or of those in these FAT images, that \
             is for this processor."
                .to_owned(),
        ),
        Statement::function(FIND_EFI_PROGRAM, find_efi_program()?),
        Statement::Comment(
            "Sets $program to a unified kernel image in the ISO or in one of these EFI images, or \
             $own_menu to a menu in one."
                .to_owned(),
        ),
        Statement::function(FIND_IN_EFI_IMAGES, find_in_efi_images()?),
        Statement::Comment(
            "Sets $own_menu to the ISO's own menu, if it has one that works.".to_owned(),
        ),
        Statement::function(FIND_OWN_MENU, find_own_menu_of_brand(catalogue)?),
        Statement::Comment("Offers that menu.".to_owned()),
        Statement::function(OFFER_OWN_MENU, offer_own_menu()?),
    ])
}

fn there_is_directory() -> Vec<Statement> {
    let is = is_directory(ident!("file"));
    let each = Statement::For {
        variable: ident!("file"),
        words: vec![Word::positionals()],
        body: vec![If::new(is, vec![Statement::returns(0)]).into()],
    };
    vec![each, Statement::returns(1)]
}

fn unless_picked() -> Statement {
    If::new(is_set(ident!("picked")), vec![Statement::returns(0)]).into()
}

fn take_file() -> Statement {
    Statement::set(ident!("picked"), ident!("file"))
}

fn pick() -> Result<Vec<Statement>, Error> {
    let lesser = |file: Ident| -> Result<Command, Error> { matches(&LESSER.join("|"), file) };
    let better = If::new(lesser(ident!("file"))?, Vec::new()).otherwise(vec![take_file()]);
    let choose = If::new(is_empty(ident!("picked")), vec![take_file()])
        .elif(lesser(ident!("picked"))?, vec![better.into()]);
    Ok(vec![unless_picked(), each_file(vec![choose.into()])])
}

/// The statements that set `variable` to the part of a file's name from its first `-` on.
pub(super) fn name_behind_dash(variable: &Ident, file: Ident) -> Result<Vec<Statement>, Error> {
    let set = Word::from(bare!("--set=1:")).and(Word::name_of(variable));
    let cut = Command::new(name!("regexp")).arg(set).literals(["/[^-/]*(-[^/]*)$"])?;
    Ok(vec![Statement::clear(variable.clone()), cut.arg(file).into()])
}

/// The statements that set the variables for the place of the file `$payload`, which begins with
/// `(loop)`.
pub(super) fn payload_place() -> Result<Vec<Statement>, Error> {
    let part = |variable: &Ident, pattern: &str| -> Result<Statement, Error> {
        let set = Word::from(bare!("--set=1:")).and(Word::name_of(variable));
        let cut = Command::new(name!("regexp")).arg(set).literals([pattern])?;
        Ok(cut.arg(ident!("payload")).into())
    };
    let directory = ident!("payload_dir");
    Ok(vec![
        Statement::set(directory.clone(), Word::literal("/")?),
        Statement::clear(ident!("payload_top")),
        part(&ident!("payload_name"), "([^/]*)$")?,
        part(&ident!("payload_top"), "^[^/]*/([^/]*)/")?,
        part(&directory, "^[^/]*(/.*)/[^/]*$")?,
        part(&ident!("payload"), "^[^/]*(/.*)$")?,
    ])
}

fn pick_beside() -> Result<Vec<Statement>, Error> {
    let mut body = vec![If::new(is_empty(ident!("picked")), vec![take_file()]).into()];
    body.extend(name_behind_dash(&ident!("tail"), ident!("file"))?);
    for end in ["", ".img"] {
        // Both texts may begin with `-`, which `test` would take for an operator.
        let x = || Word::literal("x");
        let wanted = x()?.and(ident!("suffix")).and(Word::literal(end)?);
        let same = equals(x()?.and(ident!("tail")), wanted);
        let same = If::new(same, vec![take_file(), Statement::returns(0)]);
        body.push(If::new(is_set(ident!("suffix")), vec![same.into()]).into());
    }
    Ok(vec![unless_picked(), each_file(body)])
}

/// The statements that open the FAT image `$file`.
fn open_efi_image() -> Result<Vec<Statement>, Error> {
    let image = name!("efi_image");
    let loopback = || Command::new(name!("loopback"));
    let is_open = is_directory(Word::literal("(efi_image)/")?);
    let close = loopback().arg(bare!("-d")).arg(image.clone());
    Ok(vec![
        If::new(is_open, vec![close.into()]).into(),
        loopback().arg(image).arg(ident!("file")).into(),
    ])
}

fn find_in_efi_images() -> Result<Vec<Statement>, Error> {
    let (program, menu) = (ident!("program"), ident!("own_menu"));
    let unified = |device: &str| -> Result<Statement, Error> {
        let take = vec![Statement::set(program.clone(), ident!("inner"))];
        let each = Statement::For {
            variable: ident!("inner"),
            words: vec![Word::literal(device)?.and(Glob::new("/EFI/Linux/*.efi")?)],
            body: vec![If::new(is_file(ident!("inner")), take).into()],
        };
        // Nothing is looked for in what is no file system.
        let there = is_directory(Word::literal(&format!("{device}/EFI/Linux"))?);
        Ok(If::new(there, vec![each]).into())
    };
    let found =
        |what: &Ident| Statement::from(If::new(is_set(what.clone()), vec![Statement::returns(0)]));
    let mut pick = Command::call(PICK);
    for path in ["/boot/grub/grub.cfg", "/EFI/BOOT/grub.cfg"] {
        pick = pick.arg(Word::literal(&format!("(efi_image){path}"))?);
    }
    let mut inside = open_efi_image()?;
    inside.extend([
        unified("(efi_image)")?,
        found(&program),
        Statement::clear(ident!("picked")),
        pick.into(),
        Statement::set(menu.clone(), ident!("picked")),
        found(&menu),
        // As long as it is open, so is the ISO.
        Command::new(name!("loopback")).arg(bare!("-d")).arg(name!("efi_image")).into(),
    ]);
    // `pick` has a loop over $file of its own.
    let each = Statement::For {
        variable: ident!("image"),
        words: vec![Word::positionals()],
        body: vec![
            Statement::set(ident!("file"), ident!("image")),
            If::new(is_file(ident!("file")), inside).into(),
        ],
    };
    Ok(vec![
        Statement::clear(program.clone()),
        Statement::clear(menu.clone()),
        unified("(loop)")?,
        found(&program),
        each,
        Statement::returns(1),
    ])
}

fn find_efi_program() -> Result<Vec<Statement>, Error> {
    let (program, file) = (ident!("program"), ident!("file"));
    let take = |path: Word| vec![Statement::set(program.clone(), path)];
    let mut inside = open_efi_image()?;
    let mut alone = Vec::new();
    for (processor, end) in EFI_PROCESSORS {
        let is_this = || Ok(equals(ident!("grub_cpu"), Word::literal(processor)?));
        let path = Word::literal(&format!("(efi_image)/EFI/BOOT/BOOT{end}.EFI"))?;
        let found = If::new(is_file(path.clone()), take(path));
        inside.push(If::new(is_this()?, vec![found.into()]).into());
        let named = matches(&regex(&[&format!("*/boot{end}.efi")]), file.clone())?;
        let found = If::new(named, take(file.clone().into()));
        alone.push(If::new(is_this()?, vec![found.into()]).into());
    }
    let is_image = matches(&regex(&["*.img"]), file)?;
    let look = If::new(is_image, inside).otherwise(alone);
    let first = If::new(is_empty(program.clone()), vec![look.into()]);
    Ok(vec![
        Statement::clear(program.clone()),
        each_file(vec![first.into()]),
        If::new(is_set(program), vec![Statement::returns(0)]).into(),
        Statement::returns(1),
    ])
}

fn path_is_plain() -> Result<Vec<Statement>, Error> {
    let plain = matches("^[A-Za-z0-9._+/-]*$", ident!("iso_path"))?;
    let mut sorry = vec![say_file()?];
    sorry.extend(say(
        "The system in this ISO is told where its file lies by a kernel parameter, and this name \
         has a character that cannot be handed on: a blank, a quote, a letter with an accent… \
         Rename the file, so that its path has only A-Z a-z 0-9 . _ + - in it.",
    )?);
    sorry.extend(pause());
    sorry.push(Statement::returns(1));
    Ok(vec![If::new(plain, Vec::new()).otherwise(sorry).into(), Statement::returns(0)])
}

/// The body of `start_linux`: the command `linux`, with the parameters that the brand adds, and
/// those for the key's consoles.
fn start_linux(catalogue: &Catalogue, key: &OnKey<'_>) -> Result<Vec<Statement>, Error> {
    let linux = |more: &[String]| -> Result<Command, Error> {
        let mut command = Command::new(name!("linux")).arg(Word::positionals());
        for text in more {
            command = command.arg(word(text)?);
        }
        command.literals(key.consoles)
    };
    let mut block: Option<If> = None;
    for brand in catalogue.brands() {
        let more = [brand.static_args.clone(), brand.add.clone()].concat();
        if more.is_empty() {
            continue;
        }
        let is = equals(ident!("brand"), Word::literal(brand.id())?);
        let then = vec![linux(&more)?.into()];
        block = Some(match block {
            None => If::new(is, then),
            Some(block) => block.elif(is, then),
        });
    }
    let plain = vec![linux(&[])?.into()];
    Ok(match block {
        None => plain,
        Some(block) => vec![block.otherwise(plain).into()],
    })
}

fn not_started() -> Result<Vec<Statement>, Error> {
    let mut body = say(
        "This kernel was not started. If the line above speaks of a bad signature, this machine's \
         Secure Boot does not know who signed the kernel: enrol the distribution's key, or turn \
         Secure Boot off in the firmware setup. Otherwise the file may be damaged, or made for \
         another kind of processor.",
    )?;
    body.extend(pause());
    Ok(body)
}

/// The statement that shows which ISO file is meant. The text in front of the name keeps `echo`
/// from taking a name like `-n` for an option.
pub(super) fn say_file() -> Result<Statement, Error> {
    Ok(Statement::echo(Word::literal("File: ")?.and(ident!("shown"))))
}

/// The statements that hand over to the ISO's own menu, whose path is in `$own_menu`.
pub(super) fn own_menu() -> Vec<Statement> {
    vec![
        // A loopback.cfg relies on `iso_path`: <https://www.supergrubdisk.org/wiki/Loopback.cfg>.
        Statement::export(ident!("iso_path")),
        Statement::set(ident!("root"), name!("loop")),
        Command::new(name!("configfile")).arg(ident!("own_menu")).into(),
        Statement::set(ident!("root"), ident!("usbboot")),
    ]
}

/// The statements that set `$own_menu` to the path of the ISO's `loopback.cfg`, if it has one.
pub(super) fn find_own_menu() -> Result<Vec<Statement>, Error> {
    let mut pick = Command::call(PICK);
    for path in LOOPBACK_CFG {
        pick = pick.arg(in_loop(path)?);
    }
    Ok(vec![
        Statement::clear(ident!("picked")),
        pick.into(),
        Statement::set(ident!("own_menu"), ident!("picked")),
    ])
}

fn find_own_menu_of_brand(catalogue: &Catalogue) -> Result<Vec<Statement>, Error> {
    let mut body = vec![Statement::clear(ident!("own_menu"))];
    for brand in catalogue.brands().iter().filter(|b| !b.loopback_cfg) {
        let is = equals(ident!("brand"), Word::literal(brand.id())?);
        body.push(If::new(is, vec![Statement::returns(0)]).into());
    }
    body.extend(find_own_menu()?);
    Ok(body)
}

fn offer_own_menu() -> Result<Vec<Statement>, Error> {
    let title = Word::literal("Its own menu (loopback.cfg)")?;
    let entry = MenuEntry::titled(title, own_menu()).class(ident!("class"));
    Ok(vec![If::new(is_set(ident!("own_menu")), vec![Statement::MenuEntry(entry)]).into()])
}

/// Seconds for which a caveat is shown before a system starts that no menu was shown for.
const TIME_FOR_CAVEAT: u64 = 5;

fn say_caveat() -> Result<Vec<Statement>, Error> {
    let text = Word::from(ident!("title")).and(ident!("caveat"));
    let text = Word::literal("Starting ")?.and(text);
    let sleep = Command::new(name!("sleep")).arg(bare!("--interruptible"));
    let say = vec![Statement::echo(text), sleep.arg(Word::number(TIME_FOR_CAVEAT)).into()];
    Ok(vec![If::new(is_set(ident!("caveat")), say).into()])
}
