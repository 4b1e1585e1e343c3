//! The methods of recipes in GRUB's script language: how to find the files, and the menu entries.

use super::conditions::{can_be_asked, leave_unless, there};
use super::functions::{find_own_menu, name_behind_dash, own_menu, payload_place, say_file};
use super::on_key::OnKey;
use super::pattern::in_loop;
use super::words::{Parameters, parameters, word};
use crate::marker::Marker;
use crate::recipe::{Method, ModuleRow, Recipe};
use grub_config::{
    Command, Error, GrubPlatform, Ident, If, MenuEntry, Name, Statement, Word, ident, is_empty,
    is_file, is_set, matches, name, on_platform, pause, say,
};

/// The function that tries `recipe`; `None` if GRUB can never tell that the recipe fits, or its
/// only method is to follow an entry of the ISO's own.
pub(super) fn function(
    recipe: &Recipe,
    key: &OnKey<'_>,
) -> Result<Option<(Ident, Statement)>, Error> {
    let way = |m: &&Method| !matches!(m, Method::Inherit { .. });
    let ways: Vec<&Method> = recipe.boot.iter().filter(way).collect();
    if !can_be_asked(&recipe.when) || (ways.is_empty() && !recipe.is_refusal()) {
        return Ok(None);
    }
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
        for method in ways {
            body.extend(offer(method, recipe, key)?);
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
    let function = Ident::new(&format!("try_{}", recipe.id().replace('-', "_")))?;
    Ok(Some((function.clone(), Statement::function(function, body))))
}

/// The statement that sets `$recipe` to the id of the recipe that decided.
fn note(id: &str) -> Result<Statement, Error> {
    Ok(Statement::set(ident!("recipe"), Word::literal(id)?))
}

/// Whether a method works on a PC BIOS only.
fn is_for_bios(method: &Method) -> bool {
    match method {
        Method::Linux16 { .. }
        | Method::Memdisk { .. }
        | Method::Kopenbsd { .. }
        | Method::Knetbsd { .. } => true,
        Method::Inherit { .. }
        | Method::Linux { .. }
        | Method::Multiboot2 { .. }
        | Method::LoopbackCfg { .. } => false,
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
        self.0.push((variable.clone(), pick(&ident!("pick"), candidates)?));
        Ok(variable)
    }

    fn beside_kernel(&mut self, number: usize, candidates: &[Marker]) -> Result<Ident, Error> {
        let variable = Ident::new(&format!("initrd{number}"))?;
        self.0.push((variable.clone(), pick(&ident!("pick_beside"), candidates)?));
        Ok(variable)
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

/// The statements that add the menu entries of `method` and return. If the ISO lacks a file that
/// the method needs, they do nothing.
fn offer(method: &Method, recipe: &Recipe, key: &OnKey<'_>) -> Result<Vec<Statement>, Error> {
    let mut files = Files::new();
    match method {
        Method::Inherit { .. } => Ok(Vec::new()),
        Method::Linux { kernel, payload, early_initrds, initrds, more_initrds, args, .. } => {
            files.one(ident!("kernel"), kernel)?;
            if !payload.is_empty() {
                files.one(ident!("payload"), payload)?;
            }
            let mut names = Vec::new();
            for (number, candidates) in (1..).zip(initrds) {
                names.push(files.beside_kernel(number, candidates)?);
            }
            let Parameters { before, words } = parameters(args, recipe)?;
            let load = load_initrds(early_initrds, &[], &names, more_initrds)?;
            let linux = |more: &[String]| -> Result<Vec<Statement>, Error> {
                let command = Command::call(ident!("start_linux")).arg(ident!("kernel"));
                let mut command = command.args(words.iter().cloned());
                for text in more {
                    command = command.arg(word(text)?);
                }
                let sorry = vec![Command::call(ident!("not_started")).into()];
                Ok(vec![If::new(command, load.clone()).otherwise(sorry).into()])
            };
            let mut entries = before;
            entries.push(entry(Word::literal("Start ")?, linux(&[])?)?);
            for variant in &recipe.variant {
                let title = Word::literal(&format!("{}: ", capital(&variant.title)))?;
                entries.push(entry(title, linux(&variant.args)?)?);
            }
            files.if_there(offered(recipe, method, entries)?)
        }
        Method::Linux16 { kernel, initrd, args, .. } => {
            let kernel = files.one(ident!("kernel"), kernel)?;
            let Parameters { before, words } = parameters(args, recipe)?;
            let linux = Command::new(name!("linux16")).arg(kernel).args(words);
            let mut body = vec![linux.into()];
            if !initrd.is_empty() {
                let initrd = files.one(ident!("initrd1"), initrd)?;
                body.push(Command::new(name!("initrd16")).arg(initrd).into());
            }
            let mut entries = before;
            entries.push(entry(Word::literal("Start ")?, body)?);
            files.if_there(on_bios(recipe, method, entries, None)?)
        }
        Method::Memdisk { inside, args, .. } => {
            let image = if inside.is_empty() {
                Word::from(ident!("part")).and(ident!("iso_path"))
            } else {
                files.one(ident!("image"), inside)?.into()
            };
            let memdisk = Word::device(ident!("usbboot")).and(Word::literal(key.memdisk)?);
            let linux = Command::new(name!("linux16")).arg(memdisk.clone());
            let linux = linux.args(parameters(args, recipe)?.words);
            let body = vec![linux.into(), Command::new(name!("initrd16")).arg(image).into()];
            let entries = vec![entry(Word::literal("Start ")?, body)?];
            files.if_there(on_bios(recipe, method, entries, Some(memdisk))?)
        }
        Method::Multiboot2 { kernel, args, modules, .. } => {
            let load = ["multiboot2", "module2"];
            modular(load, (kernel, args), modules, recipe, method)
        }
        Method::Kopenbsd { kernel, .. } => {
            modular(["kopenbsd", "kopenbsd_ramdisk"], (kernel, &[]), &[], recipe, method)
        }
        Method::Knetbsd { kernel, modules, .. } => {
            modular(["knetbsd", "knetbsd_module_elf"], (kernel, &[]), modules, recipe, method)
        }
        Method::LoopbackCfg { .. } => {
            let mut out = find_own_menu()?;
            let entries = vec![entry(Word::literal("Its own menu: ")?, own_menu())?];
            let mut then = vec![note(recipe.id())?];
            then.extend(entries);
            then.push(Statement::returns(0));
            out.push(If::new(is_set(ident!("own_menu")), then).into());
            Ok(out)
        }
    }
}

/// The statements for a method with a kernel that is not Linux, and its modules.
fn modular(
    [load, load_module]: [&str; 2],
    (kernel, args): (&[Marker], &[String]),
    modules: &[ModuleRow],
    recipe: &Recipe,
    method: &Method,
) -> Result<Vec<Statement>, Error> {
    let mut files = Files::new();
    let kernel = files.one(ident!("kernel"), kernel)?;
    let command = Command::new(Name::new(load)?).arg(kernel);
    let mut body = vec![command.args(parameters_as_they_are(args)?).into()];
    for (number, module) in (1..).zip(modules) {
        let variable = Ident::new(&format!("module{number}"))?;
        let file = files.one(variable, &module.file)?;
        let command = Command::new(Name::new(load_module)?).arg(file);
        body.push(command.args(parameters_as_they_are(&module.args)?).into());
    }
    let entries = vec![entry(Word::literal("Start ")?, body)?];
    let offered = if is_for_bios(method) {
        on_bios(recipe, method, entries, None)?
    } else {
        offered(recipe, method, entries)?
    };
    files.if_there(offered)
}

fn parameters_as_they_are(args: &[String]) -> Result<Vec<Word>, Error> {
    args.iter().map(|text| word(text)).collect()
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
    Ok(if settled.is_empty() { Vec::new() } else { vec![load.into()] })
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

/// A menu entry, titled `what`, the ISO's title, and a caveat.
fn entry(what: Word, body: Vec<Statement>) -> Result<Statement, Error> {
    let title = what.and(ident!("title")).and(ident!("caveat"));
    Ok(Statement::MenuEntry(MenuEntry::titled(title, body).class(ident!("class"))))
}

/// The statements that add `entries` and return. If a parameter needs the ISO's path, they add the
/// entries only if that path can be handed on.
fn offered(
    recipe: &Recipe,
    method: &Method,
    entries: Vec<Statement>,
) -> Result<Vec<Statement>, Error> {
    let mut then = vec![note(recipe.id())?];
    let mut all = caveat(recipe)?;
    all.extend(entries);
    all.push(Command::call(ident!("offer_own_menu")).into());
    let modules = method.modules().iter().flat_map(|m| &m.args);
    let own = method.args().iter().chain(modules).chain(&recipe.add);
    if own.into_iter().any(|a| a.contains("{iso_path}") || a.contains("{iso_name}")) {
        then.push(If::new(Command::call(ident!("path_is_plain")), all).into());
    } else {
        then.extend(all);
    }
    then.push(Statement::returns(0));
    Ok(then)
}

/// The same as [`offered`], but only if a BIOS started the key and, where `memdisk` is given, that
/// file is there. Otherwise `$sorry` says what is missing, and the next method may be tried.
fn on_bios(
    recipe: &Recipe,
    method: &Method,
    entries: Vec<Statement>,
    memdisk: Option<Word>,
) -> Result<Vec<Statement>, Error> {
    let sorry = |text: &str| -> Result<Vec<Statement>, Error> {
        Ok(vec![Statement::set(ident!("sorry"), Word::literal(text)?)])
    };
    let mut then = offered(recipe, method, entries)?;
    if let Some(memdisk) = memdisk {
        let there = is_file(memdisk);
        let what = "It starts with SYSLINUX's memdisk only, which this key does not carry.";
        then = vec![If::new(there, then).otherwise(sorry(what)?).into()];
    }
    let what = "It starts on a PC BIOS only; the firmware setup may offer that (legacy boot, CSM).";
    Ok(vec![If::new(on_platform(GrubPlatform::Pc), then).otherwise(sorry(what)?).into()])
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
         about it. Instead: write it to a key of its own, as its makers describe.",
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
