//! The methods of recipes in GRUB's script language: how to find the files, and the menu entries.

use super::conditions::{can_be_asked, leave_unless, there};
use super::function_names::{
    FIND_EFI_PROGRAM, FIND_IN_EFI_IMAGES, FIND_OWN_MENU, NOT_LOADED, NOT_STARTED, OFFER_OWN_MENU,
    PATH_IS_PLAIN, PICK, PICK_BESIDE, SAY_CAVEAT, START_LINUX,
};
use super::functions::{find_own_menu, name_behind_dash, own_menu, payload_place, say_file};
use super::on_key::OnKey;
use super::pattern::in_loop;
use super::words::{parameters, word};
use crate::marker::Marker;
use crate::recipe::{BootMethod, ModuleRow, Recipe, UefiRow};
use crate::verdict::Loader;
use grub_config::{
    Command, Error, GrubPlatform, Ident, If, MenuEntry, Name, Statement, Word, bare, ident,
    is_empty, is_file, is_set, matches, name, on_platform, pause, say,
};

/// The name of the function that tries `recipe`, and the definitions of it and of those that it
/// calls; `None` if GRUB can never tell that the recipe fits, or its only method is to follow an
/// entry of the ISO's own.
pub(super) fn function(
    recipe: &Recipe,
    key: &OnKey<'_>,
) -> Result<Option<(Ident, Vec<Statement>)>, Error> {
    let way = |m: &&BootMethod| {
        !matches!(m, BootMethod::Inherit { .. } | BootMethod::InheritMultiboot2 { .. })
    };
    let ways: Vec<&BootMethod> = recipe.boot.iter().filter(way).collect();
    if !can_be_asked(&recipe.when) || (ways.is_empty() && !recipe.is_refusal()) {
        return Ok(None);
    }
    let mut starters = Vec::new();
    let mut body = leave_unless(&recipe.when)?;
    let title = Statement::set(ident!("title"), word(&recipe.title)?);
    if let Some(refusal) = &recipe.refuse {
        body.push(note(recipe.id())?);
        body.push(title);
        body.push(say_file()?);
        body.push(Statement::echo(ident!("title")));
        body.extend(say(&format!("It does not start from here: {}.", refusal.reason))?);
        body.extend(say(&format!("Instead: {}.", refusal.suggestion))?);
        body.extend(pause());
        body.push(Statement::returns(0));
    } else {
        body.push(title);
        let class = vec![Statement::set(ident!("class"), Word::literal(&recipe.class)?)];
        body.push(If::new(is_empty(ident!("brand")), class).into());
        body.push(Statement::clear(ident!("sorry")));
        if let Some(row) = &recipe.uefi {
            body.push(on_uefi(recipe, row)?);
        }
        for (method, number) in ways.iter().zip(1..) {
            let start = function_name("start", recipe, Some(number))?;
            let Some(offer) = offer(method, recipe, key, &start)? else { continue };
            starters.extend(offer.starter.map(|body| Statement::function(start, body)));
            body.extend(offer.statements);
        }
        let sorry = is_set(ident!("sorry"));
        let mut said = vec![note(recipe.id())?, Statement::echo(ident!("sorry"))];
        said.extend(pause());
        said.push(Statement::returns(0));
        if recipe.boot.iter().any(is_for_bios) {
            body.push(If::new(sorry, said).into());
        }
        body.push(Statement::returns(1));
    }
    let function = function_name("try", recipe, None)?;
    starters.push(Statement::function(function.clone(), body));
    Ok(Some((function, starters)))
}

/// The name of a function that belongs to `recipe`, or to its method `number`.
fn function_name(what: &str, recipe: &Recipe, number: Option<usize>) -> Result<Ident, Error> {
    let number = number.map(|n| format!("_{n}")).unwrap_or_default();
    Ident::new(&format!("{what}_{}{number}", recipe.id().replace('-', "_")))
}

/// The statement that sets `$recipe` to the id of the recipe that decided.
fn note(id: &str) -> Result<Statement, Error> {
    Ok(Statement::set(ident!("recipe"), Word::literal(id)?))
}

/// Whether a method works on a PC BIOS only.
fn is_for_bios(method: &BootMethod) -> bool {
    match method {
        BootMethod::Linux16 { .. }
        | BootMethod::Memdisk { .. }
        | BootMethod::Kopenbsd { .. }
        | BootMethod::Knetbsd { .. } => true,
        BootMethod::Inherit { .. }
        | BootMethod::InheritMultiboot2 { .. }
        | BootMethod::Linux { .. }
        | BootMethod::Multiboot2 { .. }
        | BootMethod::LoopbackCfg { .. }
        | BootMethod::OwnMenu { .. } => false,
    }
}

/// The statements that set `$picked` to the first candidate that the ISO has: `command` is called
/// for each, in order.
fn pick(command: &Ident, candidates: &[Marker]) -> Result<Vec<Statement>, Error> {
    let mut out = vec![Statement::clear(ident!("picked"))];
    for candidate in candidates {
        // A test of the catalogue makes sure that candidates are files.
        let path = in_loop(candidate.path())?;
        out.push(Command::call(command.clone()).arg(path).into());
    }
    Ok(out)
}

/// The files that a method needs: for each a variable, and the statements that look for the file.
struct Files(Vec<(Ident, Vec<Statement>)>);

impl Files {
    fn new() -> Self {
        Self(Vec::new())
    }

    fn one(&mut self, variable: Ident, candidates: &[Marker]) -> Result<Ident, Error> {
        self.0.push((variable.clone(), pick(&PICK, candidates)?));
        Ok(variable)
    }

    fn beside_kernel(&mut self, number: usize, candidates: &[Marker]) -> Result<Ident, Error> {
        let variable = Ident::new(&format!("initrd{number}"))?;
        self.0.push((variable.clone(), pick(&PICK_BESIDE, candidates)?));
        Ok(variable)
    }

    /// The ways to start the ISO by the function body `starter`: `offered`, if the ISO has all
    /// files.
    fn offer(self, starter: Vec<Statement>, offered: Vec<Statement>) -> Result<Offer, Error> {
        Ok(Offer { starter: Some(starter), statements: self.if_there(offered)? })
    }

    /// The statements that look for all files, and run `then` if the ISO has them.
    fn if_there(self, then: Vec<Statement>) -> Result<Vec<Statement>, Error> {
        let mut inner = then;
        for (variable, mut look) in self.0.into_iter().rev() {
            let mut found = vec![Statement::set(variable.clone(), ident!("picked"))];
            if variable == ident!("kernel") {
                found.extend(name_behind_dash(&ident!("suffix"), ident!("kernel"))?);
            }
            if variable == ident!("payload") {
                found.extend(payload_place()?);
            }
            found.append(&mut inner);
            look.push(If::new(is_set(ident!("picked")), found).into());
            inner = look;
        }
        Ok(inner)
    }
}

/// The ways to start an ISO by one method.
struct Offer {
    /// The body of the function that starts it, whose arguments are more parameters; `None` for the
    /// ISO's own menu.
    starter: Option<Vec<Statement>>,
    /// The statements that look for the files, offer the ways, and return. If the ISO lacks a file
    /// that the method needs, they do nothing.
    statements: Vec<Statement>,
}

/// The ways to start an ISO by `method`, through the function `start`; `None` if the method follows
/// the ISO's own entries.
fn offer(
    method: &BootMethod,
    recipe: &Recipe,
    key: &OnKey<'_>,
    start: &Ident,
) -> Result<Option<Offer>, Error> {
    let mut files = Files::new();
    // GRUB makes an empty word of no arguments, so they are left out where there are none.
    let more = (!recipe.variant.is_empty()).then(Word::positionals);
    Ok(Some(match method {
        BootMethod::Inherit { .. } | BootMethod::InheritMultiboot2 { .. } => return Ok(None),
        BootMethod::Linux {
            kernel, payload, early_initrds, initrds, more_initrds, args, ..
        } => {
            files.one(ident!("kernel"), kernel)?;
            if !payload.is_empty() {
                files.one(ident!("payload"), payload)?;
            }
            let mut names = Vec::new();
            for (number, candidates) in (1..).zip(initrds) {
                names.push(files.beside_kernel(number, candidates)?);
            }
            let parameters = parameters(args, recipe)?;
            let before = parameters.before.clone();
            let linux = Command::call(START_LINUX).arg(ident!("kernel"));
            let linux = linux.args(parameters.with(more));
            let load = load_initrds(early_initrds, &[], &names, more_initrds)?;
            let sorry = vec![Command::call(NOT_STARTED).into()];
            let body = vec![If::new(linux, load).otherwise(sorry).into()];
            files.offer(body, offered(recipe, method, before, start)?)?
        }
        BootMethod::Linux16 { kernel, initrd, args, .. } => {
            let kernel = files.one(ident!("kernel"), kernel)?;
            let parameters = parameters(args, recipe)?;
            let before = parameters.before.clone();
            let linux = Command::new(name!("linux16")).arg(kernel.clone());
            let mut steps = vec![(linux.args(parameters.with(more)), not_loaded([kernel]))];
            if !initrd.is_empty() {
                let initrd = files.one(ident!("initrd1"), initrd)?;
                let load = Command::new(name!("initrd16")).arg(initrd.clone());
                steps.push((load, not_loaded([initrd])));
            }
            files.offer(all(steps), on_bios(recipe, method, before, start, None)?)?
        }
        BootMethod::Memdisk { inside, args, .. } => {
            // A whole ISO may have any name: what is said of it is the name that is fit to be shown.
            let (image, shown): (Word, Word) = if inside.is_empty() {
                let iso = Word::from(ident!("part")).and(ident!("iso_path"));
                (iso, ident!("shown").into())
            } else {
                let image = Word::from(files.one(ident!("image"), inside)?);
                (image.clone(), image)
            };
            let memdisk = Word::device(ident!("usbboot")).and(Word::literal(key.memdisk)?);
            let linux = Command::new(name!("linux16")).arg(memdisk.clone());
            let linux = linux.args(parameters(args, recipe)?.with(more));
            let load = Command::new(name!("initrd16")).arg(image);
            let steps = [(linux, not_loaded([memdisk.clone()])), (load, not_loaded([shown]))];
            files.offer(all(steps), on_bios(recipe, method, vec![], start, Some(memdisk))?)?
        }
        BootMethod::Multiboot2 { kernel, args, modules, .. } => {
            modular(Loader::Multiboot2, (kernel, args), modules, recipe, method, start)?
        }
        BootMethod::Kopenbsd { kernel, .. } => {
            modular(Loader::Kopenbsd, (kernel, &[]), &[], recipe, method, start)?
        }
        BootMethod::Knetbsd { kernel, modules, .. } => {
            modular(Loader::Knetbsd, (kernel, &[]), modules, recipe, method, start)?
        }
        BootMethod::LoopbackCfg { .. } => {
            let mut then = vec![note(recipe.id())?];
            then.extend(own_menu());
            then.push(Statement::returns(0));
            let mut statements = find_own_menu()?;
            statements.push(If::new(is_set(ident!("own_menu")), then).into());
            Offer { starter: None, statements }
        }
        BootMethod::OwnMenu { grub, isolinux, efi_images, .. } => {
            let isolinux_menu = Command::new(name!("syslinux_configfile")).arg(bare!("-i"));
            let mut statements = Vec::new();
            for (candidates, show) in
                [(grub, Command::new(name!("configfile"))), (isolinux, isolinux_menu)]
            {
                statements.extend(pick(&PICK, candidates)?);
                let then = whole_menu(recipe, name!("loop"), show.arg(ident!("picked")))?;
                statements.push(If::new(is_set(ident!("picked")), then).into());
            }
            statements.push(in_efi_images(recipe, efi_images)?);
            Offer { starter: None, statements }
        }
    }))
}

/// The statements that show a whole menu of the ISO's by the command `show`, and return.
fn whole_menu(recipe: &Recipe, on: Name, show: Command) -> Result<Vec<Statement>, Error> {
    let caveat = " by its own menu. Should it look for its medium, it does not find it.";
    Ok(vec![
        note(recipe.id())?,
        Statement::set(ident!("caveat"), Word::literal(caveat)?),
        Command::call(SAY_CAVEAT).into(),
        Statement::set(ident!("root"), on),
        show.into(),
        Statement::set(ident!("root"), ident!("usbboot")),
        Statement::returns(0),
    ])
}

/// The statement that starts what lies in one of these EFI images, or among the ISO's own programs,
/// and returns if there is something.
fn in_efi_images(recipe: &Recipe, images: &[Marker]) -> Result<Statement, Error> {
    let mut find = Command::call(FIND_IN_EFI_IMAGES);
    for image in images {
        find = find.arg(in_loop(image.path())?);
    }
    let start = Command::new(name!("chainloader")).arg(ident!("program"));
    let mut unified = vec![note(recipe.id())?];
    let start = all([(start, vec![Command::call(NOT_STARTED).into()])]);
    let mut sorry = vec![say_file()?];
    sorry.extend(say(
        "Its kernel is an EFI program, which UEFI starts, and this machine was started by a BIOS. \
         Instead: build the key again with it, for then the parts of that program are found.",
    )?);
    sorry.extend(pause());
    unified.push(If::new(on_platform(GrubPlatform::Efi), start).otherwise(sorry).into());
    unified.push(Statement::returns(0));
    let show = Command::new(name!("configfile")).arg(ident!("own_menu"));
    let menu = whole_menu(recipe, name!("efi_image"), show)?;
    let found = If::new(is_set(ident!("program")), unified).otherwise(menu);
    Ok(If::new(find, vec![found.into()]).into())
}

/// The ways to start a kernel that is not Linux, with its modules.
fn modular(
    loader: Loader,
    (kernel, args): (&[Marker], &[String]),
    modules: &[ModuleRow],
    recipe: &Recipe,
    method: &BootMethod,
    start: &Ident,
) -> Result<Offer, Error> {
    let (load, load_module) = loader.commands();
    let mut files = Files::new();
    let kernel = files.one(ident!("kernel"), kernel)?;
    let command = Command::new(Name::new(load)?).arg(kernel.clone());
    // A hypervisor's first module is the system's kernel: a variant's parameters are for that.
    let mut more = (!recipe.variant.is_empty()).then(Word::positionals);
    let hypervisor = loader == Loader::Multiboot2 && !modules.is_empty();
    let command = command.args(parameters_as_they_are(args)?);
    let command = command.args(if hypervisor { None } else { more.take() });
    let mut steps = vec![(command, not_loaded([kernel]))];
    for (number, module) in (1..).zip(modules) {
        let variable = Ident::new(&format!("module{number}"))?;
        let file = files.one(variable, &module.file)?;
        let mut command = Command::new(Name::new(load_module)?);
        if loader.unzips() {
            command = command.arg(bare!("--nounzip"));
        }
        let command = command.arg(file.clone()).args(parameters_as_they_are(&module.args)?);
        let command = command.args(more.take());
        steps.push((command, not_loaded([file])));
    }
    let unzip = loader.unzips().then(|| Statement::insmod(name!("gzio")));
    let body = unzip.into_iter().chain(all(steps)).collect();
    let offered = if is_for_bios(method) {
        on_bios(recipe, method, vec![], start, None)?
    } else {
        offered(recipe, method, vec![], start)?
    };
    files.offer(body, offered)
}

fn parameters_as_they_are(args: &[String]) -> Result<Vec<Word>, Error> {
    args.iter().map(|text| word(text)).collect()
}

/// The statements that load all parts in order, and stop at the first that fails.
fn all(steps: impl IntoIterator<Item = (Command, Vec<Statement>)>) -> Vec<Statement> {
    If::in_order(steps).map(Statement::from).into_iter().collect()
}

/// The statements for files that cannot be loaded: see [`NOT_LOADED`].
fn not_loaded<W: Into<Word>>(files: impl IntoIterator<Item = W>) -> Vec<Statement> {
    let files = files.into_iter().map(Into::into);
    vec![Command::call(NOT_LOADED).args(files).into()]
}

/// The statements that call `initrd` for all initrds at once: those of `early` that the ISO has,
/// those in the variables `names`, and those of `more` that it has. `settled` are the words for
/// what comes before.
fn load_initrds(
    early: &[Marker],
    settled: &[Word],
    names: &[Ident],
    more: &[Marker],
) -> Result<Vec<Statement>, Error> {
    if let Some((first, early)) = early.split_first() {
        return either(first, settled, |settled| load_initrds(early, settled, names, more));
    }
    let mut settled = settled.to_vec();
    settled.extend(names.iter().cloned().map(Word::from));
    if let Some((first, more)) = more.split_first() {
        return either(first, &settled, |settled| load_initrds(&[], settled, &[], more));
    }
    let load = Command::new(name!("initrd")).args(settled.iter().cloned());
    Ok(if settled.is_empty() { vec![] } else { all([(load, not_loaded(settled))]) })
}

/// The statements of `then` with the file in `settled` if the ISO has it, and without it if not.
fn either(
    file: &Marker,
    settled: &[Word],
    then: impl Fn(&[Word]) -> Result<Vec<Statement>, Error>,
) -> Result<Vec<Statement>, Error> {
    let with = [settled, &[in_loop(file.path())?]].concat();
    Ok(vec![If::new(there([file.path()])?, then(&with)?).otherwise(then(settled)?).into()])
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().collect::<String>());
    first.unwrap_or_default() + chars.as_str()
}

/// A menu entry titled `what`, the ISO's title, and a caveat, which calls `start` with more
/// parameters.
fn entry(what: &str, start: &Ident, more: &[String]) -> Result<Statement, Error> {
    let title = Word::literal(what)?.and(ident!("title")).and(ident!("caveat"));
    let mut call = Command::call(start.clone());
    for text in more {
        call = call.arg(word(text)?);
    }
    Ok(Statement::MenuEntry(MenuEntry::titled(title, vec![call.into()]).class(ident!("class"))))
}

/// The statements that offer the ways to start the ISO, by the function `start`, and return; a
/// single way is started at once. `before` sets the variables that `start` uses. If a parameter
/// needs the ISO's path, all this is done only if that path can be handed on.
fn offered(
    recipe: &Recipe,
    method: &BootMethod,
    before: Vec<Statement>,
    start: &Ident,
) -> Result<Vec<Statement>, Error> {
    let mut then = vec![note(recipe.id())?];
    let mut offer = caveat(recipe)?;
    if let Some(lost) = &recipe.lost_at_boot {
        let more = Word::from(ident!("caveat")).and(Word::literal(&format!(" ({lost})"))?);
        offer.push(Statement::set(ident!("caveat"), more));
    }
    offer.extend(before);
    offer.push(Command::call(FIND_OWN_MENU).into());
    let mut entries = vec![entry("Start ", start, &[])?];
    for variant in &recipe.variant {
        entries.push(entry(&format!("{}: ", capital(&variant.title)), start, &variant.args)?);
    }
    entries.push(Command::call(OFFER_OWN_MENU).into());
    if recipe.variant.is_empty() {
        let alone = vec![Command::call(SAY_CAVEAT).into(), Command::call(start.clone()).into()];
        offer.push(If::new(is_set(ident!("own_menu")), entries).otherwise(alone).into());
    } else {
        offer.extend(entries);
    }
    let modules = method.modules().iter().flat_map(|m| &m.args);
    let own = method.args().iter().chain(modules).chain(&recipe.add);
    if own.into_iter().any(|a| a.contains("{iso_path}") || a.contains("{iso_name}")) {
        then.push(If::new(Command::call(PATH_IS_PLAIN), offer).into());
    } else {
        then.extend(offer);
    }
    then.push(Statement::returns(0));
    Ok(then)
}

/// The same as [`offered`], but only if a BIOS started the key and, where `memdisk` is given, that
/// file is there. Otherwise `$sorry` says what is missing, and the next method may be tried.
fn on_bios(
    recipe: &Recipe,
    method: &BootMethod,
    before: Vec<Statement>,
    start: &Ident,
    memdisk: Option<Word>,
) -> Result<Vec<Statement>, Error> {
    let sorry = |text: &str| -> Result<Vec<Statement>, Error> {
        Ok(vec![Statement::set(ident!("sorry"), Word::literal(text)?)])
    };
    let mut then = offered(recipe, method, before, start)?;
    if let Some(memdisk) = memdisk {
        let there = is_file(memdisk);
        let what = "It starts with SYSLINUX's memdisk only, which this key does not carry.";
        then = vec![If::new(there, then).otherwise(sorry(what)?).into()];
    }
    let what = "It starts on a PC BIOS only; the firmware setup may offer that (legacy boot, CSM).";
    Ok(vec![If::new(on_platform(GrubPlatform::Pc), then).otherwise(sorry(what)?).into()])
}

/// The statement that starts one of the recipe's EFI programs, if UEFI started the key and the ISO has
/// one for this processor. The build copies such a program onto the key; here it is read from the ISO.
fn on_uefi(recipe: &Recipe, row: &UefiRow) -> Result<Statement, Error> {
    let mut find = Command::call(FIND_EFI_PROGRAM);
    for pattern in &row.programs {
        // Of a program in a FAT image, the image.
        let file = match pattern.split_once(':') {
            Some((image, _)) if image.ends_with('*') => format!("{image}.img"),
            Some((image, _)) => image.to_owned(),
            None => pattern.clone(),
        };
        find = find.arg(in_loop(&file)?);
    }
    let start = Command::new(name!("chainloader")).arg(ident!("program"));
    let sorry = vec![Command::call(NOT_STARTED).into()];
    let mut found = vec![note(recipe.id())?];
    found.extend(all([(start, sorry)]));
    found.push(Statement::returns(0));
    let found = If::new(find, found);
    Ok(If::new(on_platform(GrubPlatform::Efi), vec![found.into()]).into())
}

/// The statements that set `$caveat`, the warning behind a title if the system may not be able to
/// read the partition's file system.
fn caveat(recipe: &Recipe) -> Result<Vec<Statement>, Error> {
    let none = Statement::clear(ident!("caveat"));
    let (always, with_driver) = (&recipe.filesystems.always, &recipe.filesystems.with_driver);
    if always.is_empty() && with_driver.is_empty() {
        return Ok(vec![none]);
    }
    let on = |names: &[String]| -> Result<Command, Error> {
        let names: Vec<&str> =
            names.iter().map(|n| if n == "ext" { "ext2" } else { n.as_str() }).collect();
        let pattern = format!("^({})$", names.join("|"));
        matches(&pattern, ident!("part_fs"))
    };
    let note = |before: &str, behind: &str| -> Result<Vec<Statement>, Error> {
        let text = Word::literal(before)?.and(ident!("part_fs")).and(Word::literal(behind)?);
        Ok(vec![Statement::set(ident!("caveat"), text)])
    };
    let mut block = If::new(on(always)?, vec![none]);
    if !with_driver.is_empty() {
        let some = note(" (only newer ones read ", ")")?;
        block = block.elif(on(with_driver)?, some);
    }
    Ok(vec![block.otherwise(note(" (not known to read ", ")")?).into()])
}

/// The statements that say that no recipe fits the ISO.
pub(super) fn unknown() -> Result<Vec<Statement>, Error> {
    let mut out = vec![note("unknown")?, say_file()?];
    out.extend(say(
        "No recipe of this key knows this ISO: there is no kernel and initrd in it where any of \
         them looks, and no menu of its own for being opened as a file. `bootkey probe` says more \
         about it. Instead: build the key again with it, for then its menus are read; or write it to \
         a key of its own, as its makers describe.",
    )?);
    out.extend(pause());
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles() {
        assert_eq!(capital("to RAM"), "To RAM");
        assert_eq!(capital(""), "");
    }
}
